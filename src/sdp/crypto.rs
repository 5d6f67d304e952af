//! Keys of encrypted audio in descriptions: `a=crypto` (RFC 4568, RFC 7714).

use super::Fingerprint;
use crate::base::{Rng, Secret};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Most `a=crypto` lines of a section that are looked at.
pub(super) const MAX_LINES: usize = 16;

/// How packets are encrypted and authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suite {
    /// AES-GCM with a key of 256 bits (RFC 7714). Agreed on by DTLS alone: of those that descriptions name, the
    /// shorter key costs every packet less.
    AeadAes256Gcm,
    /// AES-GCM with a tag of 128 bits (RFC 7714).
    AeadAes128Gcm,
    /// AES in counter mode, HMAC-SHA1 with a tag of 80 bits (RFC 4568 6.2.1).
    AesCm128HmacSha1Tag80,
    /// The same with a tag of 32 bits on RTP (RFC 4568 6.2.2).
    AesCm128HmacSha1Tag32,
}

impl Suite {
    /// Every suite that descriptions name, best first.
    pub const ALL: [Suite; 3] =
        [Suite::AeadAes128Gcm, Suite::AesCm128HmacSha1Tag80, Suite::AesCm128HmacSha1Tag32];

    /// Its name in descriptions.
    pub fn name(self) -> &'static str {
        match self {
            Suite::AeadAes256Gcm => "AEAD_AES_256_GCM",
            Suite::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Suite::AesCm128HmacSha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Suite::AesCm128HmacSha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }

    /// Bytes of its master key.
    pub fn key_bytes(self) -> usize {
        match self {
            Suite::AeadAes256Gcm => 32,
            Suite::AeadAes128Gcm | Suite::AesCm128HmacSha1Tag80 | Suite::AesCm128HmacSha1Tag32 => 16,
        }
    }

    /// Bytes of its master salt.
    pub fn salt_bytes(self) -> usize {
        match self {
            Suite::AeadAes256Gcm | Suite::AeadAes128Gcm => 12,
            Suite::AesCm128HmacSha1Tag80 | Suite::AesCm128HmacSha1Tag32 => 14,
        }
    }

    fn named(name: &str) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.name() == name)
    }
}

/// One `a=crypto` line: the key with which its writer sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// Names the line, so that an answer can say which it takes.
    pub tag: u32,
    /// What it is for.
    pub suite: Suite,
    /// Master key, then master salt.
    pub key: Secret<Vec<u8>>,
}

impl Crypto {
    /// A fresh key for each suite, best suite first.
    pub fn fresh(rng: &mut Rng) -> Vec<Crypto> {
        let mut tag = 0;
        let fresh = |suite: Suite| {
            tag += 1;
            let bytes = (0..suite.key_bytes() + suite.salt_bytes()).map(|_| rng.next_u32() as u8).collect();
            Crypto { tag, suite, key: Secret::new(bytes) }
        };
        Suite::ALL.into_iter().map(fresh).collect()
    }

    /// Reads the value of the attribute. `None`: another suite, a key of the wrong length, several keys, or
    /// parameters that change how packets look; such a line is one not taken (RFC 4568 5.1.2).
    pub(super) fn read(value: &str) -> Option<Crypto> {
        let mut words = value.split_whitespace();
        let tag = words.next()?.parse().ok().filter(|tag| *tag <= 999_999_999)?;
        let suite = Suite::named(words.next()?)?;
        let key = words.next()?.strip_prefix("inline:")?;
        // After the key comes how long it lasts, longer than any call; an MKI would be part of each packet.
        let mut parts = key.split('|');
        let key = parts.next()?;
        let plain = parts.all(|part| !part.contains(':')) && !key.contains(';');
        let known = words.all(|parameter| parameter.starts_with('-') || parameter.starts_with("WSH="));
        let bytes = STANDARD.decode(key).ok()?;
        let fits = bytes.len() == suite.key_bytes() + suite.salt_bytes();
        (plain && known && fits).then(|| Crypto { tag, suite, key: Secret::new(bytes) })
    }

    /// The value of the attribute. It goes to the peer and nowhere else.
    pub(super) fn value(&self) -> String {
        format!("{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.key.reveal()))
    }
}

/// What we say of encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protection {
    /// Our keys, best suite first; none: we speak in clear text.
    pub keys: Vec<Crypto>,
    /// Our certificate; none: we agree on no keys by DTLS. An offer that bears it is for that alone.
    pub certificate: Option<Fingerprint>,
    /// Whether our offer is for encrypted audio or none. Where not, it asks for as much as the peer can
    /// (RFC 8643).
    pub required: bool,
}

/// The keys both sides send with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// What they are for.
    pub suite: Suite,
    /// Master key and salt that we send with.
    pub ours: Secret<Vec<u8>>,
    /// Master key and salt that the peer sends with.
    pub theirs: Secret<Vec<u8>>,
}

impl Protection {
    /// What we answer to these lines of an offer, with the tag it is to bear, and what is agreed by it: the first
    /// line whose suite is ours.
    pub(super) fn answer(&self, offered: &[Crypto]) -> Option<(Crypto, Keys)> {
        offered.iter().find_map(|theirs| {
            let ours = self.keys.iter().find(|ours| ours.suite == theirs.suite)?;
            let line = Crypto { tag: theirs.tag, ..ours.clone() };
            Some((line, keys(ours, theirs)))
        })
    }

    /// What the lines of an answer agree to in our offer.
    pub(super) fn accept(&self, answered: &[Crypto]) -> Option<Keys> {
        answered.iter().find_map(|theirs| {
            let same = |ours: &&Crypto| ours.tag == theirs.tag && ours.suite == theirs.suite;
            Some(keys(self.keys.iter().find(same)?, theirs))
        })
    }
}

fn keys(ours: &Crypto, theirs: &Crypto) -> Keys {
    Keys { suite: ours.suite, ours: ours.key.clone(), theirs: theirs.key.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4568 5.1.
    const LINE: &str = "1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:32";
    const KEY: &str = "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";

    #[test]
    fn lines_that_change_how_packets_look_are_not_taken() {
        let line =
            |key: &str, rest: &str| Crypto::read(&format!("7 AES_CM_128_HMAC_SHA1_32 inline:{key}{rest}"));
        let read = line(KEY, "|2^31 WSH=64 -FOO=1").expect("a line");
        assert_eq!((read.tag, read.suite), (7, Suite::AesCm128HmacSha1Tag32));
        assert_eq!(read.value(), format!("7 AES_CM_128_HMAC_SHA1_32 inline:{KEY}"));
        for rest in
            ["|2^20|1:32", "|1:4", " KDR=3", " UNENCRYPTED_SRTP", " UNAUTHENTICATED_SRTP", ";inline:x"]
        {
            assert_eq!(line(KEY, rest), None, "{rest}");
        }
        assert_eq!(Crypto::read(LINE), None, "an MKI");
        for wrong in
            ["", "x", "1 F8_128_HMAC_SHA1_80 inline:x", "1 AEAD_AES_128_GCM", "1 AEAD_AES_128_GCM inline:"]
        {
            assert_eq!(Crypto::read(wrong), None, "{wrong}");
        }
        assert_eq!(line("AAAA", ""), None, "a short key");
    }

    #[test]
    fn the_offers_first_suite_that_is_ours_is_answered_under_its_tag() {
        let mut rng = Rng::from_seed(1);
        let ours = Protection { keys: Crypto::fresh(&mut rng), required: true, certificate: None };
        let theirs = Protection { keys: Crypto::fresh(&mut rng), required: true, certificate: None };
        let mut offered = theirs.keys.clone();
        offered.rotate_left(1);
        let (line, agreed) = ours.answer(&offered).expect("a suite in common");
        assert_eq!((line.tag, line.suite), (2, Suite::AesCm128HmacSha1Tag80));
        let accepted = theirs.accept(std::slice::from_ref(&line)).expect("our own tag and suite");
        assert_eq!((accepted.ours, accepted.theirs), (agreed.theirs, agreed.ours));
        assert_eq!(theirs.accept(&[Crypto { tag: 3, ..line }]), None, "the tag of another suite");
        assert_eq!(Protection::default().answer(&offered), None);
    }

    #[test]
    fn a_key_never_prints() {
        let line = Crypto::fresh(&mut Rng::from_seed(1)).remove(0);
        let written = line.value();
        let key = written.split("inline:").nth(1).expect("a key");
        assert!(!format!("{line:?}").contains(key) && format!("{line:?}").contains("***"));
    }
}
