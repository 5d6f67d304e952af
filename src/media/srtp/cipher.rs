//! Session keys and what they do to one packet (RFC 3711 4, RFC 7714).

use super::{RTCP_HEAD, word};
use crate::sdp::Suite;
use aes::cipher::consts::U16;
use aes::cipher::{BlockEncrypt, BlockSizeUser, KeyInit};
use aes::{Aes128, Aes256, Block};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;

/// Blocks of key stream made at a time: 20 ms of G.711 are ten.
const BLOCKS: usize = 8;
/// Tag of RTCP under both HMAC suites (RFC 4568 6.2.2).
const RTCP_TAG: usize = 10;
/// The index word after an RTCP packet.
const INDEX_WORD: usize = 4;
const GCM_TAG: usize = 16;
const AUTH_KEY_BYTES: usize = 20;
const SALT_BYTES: usize = 14;
/// Bytes of a key of AES-128, and of AES-256.
const KEY: usize = 16;
const LONG_KEY: usize = 32;

/// Where a packet stands: its source, and its index in that source's order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) ssrc: u32,
    pub(super) index: u64,
}

/// The session keys of one direction.
pub(super) struct Cipher {
    rtp: Half,
    rtcp: Half,
}

/// The keys of RTP, or of RTCP.
enum Half {
    Counter { aes: Box<Aes128>, salt: [u8; SALT_BYTES], auth: hmac::Key, tag: usize },
    Gcm { key: Box<LessSafeKey>, salt: [u8; 12] },
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(***)")
    }
}

impl Cipher {
    /// From master key and salt, whose lengths are the suite's.
    pub(super) fn new(suite: Suite, master: &[u8]) -> Cipher {
        let tag = match suite {
            Suite::AesCm128HmacSha1Tag32 => 4,
            Suite::AeadAes256Gcm | Suite::AeadAes128Gcm | Suite::AesCm128HmacSha1Tag80 => RTCP_TAG,
        };
        let half = |first_label, tag| match suite {
            Suite::AeadAes256Gcm => Half::gcm(master, LONG_KEY, first_label),
            Suite::AeadAes128Gcm => Half::gcm(master, KEY, first_label),
            Suite::AesCm128HmacSha1Tag80 | Suite::AesCm128HmacSha1Tag32 => {
                Half::counter(master, first_label, tag)
            }
        };
        Cipher { rtp: half(0, tag), rtcp: half(3, RTCP_TAG) }
    }

    /// Encrypts an RTP packet behind its head, and adds the tag.
    pub(super) fn seal(&self, place: Place, head: usize, packet: &mut Vec<u8>) -> bool {
        let Some((readable, payload)) = packet.split_at_mut_checked(head) else { return false };
        match &self.rtp {
            Half::Counter { aes, salt, auth, tag } => {
                add_key_stream(&**aes, counter_iv(salt, place), payload);
                let signed = sign(auth, packet, place);
                packet.extend_from_slice(&signed.as_ref()[..*tag]);
                true
            }
            Half::Gcm { key, salt } => {
                let nonce = gcm_nonce(salt, place);
                let sealed = key.seal_in_place_separate_tag(nonce, Aad::from(readable), payload);
                sealed.map(|tag| packet.extend_from_slice(tag.as_ref())).is_ok()
            }
        }
    }

    /// Checks an RTP packet's tag, takes it away and decrypts what is behind the head.
    pub(super) fn open(&self, place: Place, head: usize, packet: &mut Vec<u8>) -> bool {
        let tag_bytes = self.rtp.tag_bytes();
        let Some(end) = packet.len().checked_sub(tag_bytes).filter(|end| *end >= head) else { return false };
        match &self.rtp {
            Half::Counter { aes, salt, auth, .. } => {
                let (signed, tag) = packet.split_at(end);
                if !is_same(&sign(auth, signed, place).as_ref()[..tag_bytes], tag) {
                    return false;
                }
                packet.truncate(end);
                add_key_stream(&**aes, counter_iv(salt, place), &mut packet[head..]);
                true
            }
            Half::Gcm { key, salt } => {
                let (readable, sealed) = packet.split_at_mut(head);
                let nonce = gcm_nonce(salt, place);
                let opened = key.open_in_place(nonce, Aad::from(readable), sealed).is_ok();
                packet.truncate(end);
                opened
            }
        }
    }

    /// Encrypts an RTCP packet behind its head, and adds the index word and the tag.
    pub(super) fn seal_rtcp(&self, ssrc: u32, index_word: u32, packet: &mut Vec<u8>) -> bool {
        let place = rtcp_place(ssrc, index_word);
        let (readable, payload) = packet.split_at_mut(RTCP_HEAD);
        match &self.rtcp {
            Half::Counter { aes, salt, auth, tag } => {
                add_key_stream(&**aes, counter_iv(salt, place), payload);
                packet.extend_from_slice(&index_word.to_be_bytes());
                let signed = hmac::sign(auth, packet);
                packet.extend_from_slice(&signed.as_ref()[..*tag]);
                true
            }
            Half::Gcm { key, salt } => {
                let nonce = gcm_nonce(salt, place);
                let aad = rtcp_aad(readable, index_word);
                let Ok(tag) = key.seal_in_place_separate_tag(nonce, Aad::from(aad), payload) else {
                    return false;
                };
                packet.extend_from_slice(tag.as_ref());
                packet.extend_from_slice(&index_word.to_be_bytes());
                true
            }
        }
    }

    /// Checks an RTCP packet, takes tag and index word away and decrypts it; its index where it is good.
    pub(super) fn open_rtcp(&self, ssrc: u32, packet: &mut Vec<u8>) -> Option<u32> {
        let added = self.rtcp.tag_bytes() + INDEX_WORD;
        let end = packet.len().checked_sub(added).filter(|end| *end >= RTCP_HEAD)?;
        let index_word = match &self.rtcp {
            Half::Counter { .. } => word(packet, end)?,
            Half::Gcm { .. } => word(packet, packet.len() - INDEX_WORD)?,
        };
        let place = rtcp_place(ssrc, index_word);
        // Nobody who has keys sends reports in clear text: we never said that we would take them.
        let encrypted = index_word & super::ENCRYPTED != 0;
        let good = encrypted
            && match &self.rtcp {
                Half::Counter { aes, salt, auth, tag } => {
                    let (signed, shown) = packet.split_at(end + INDEX_WORD);
                    let good = is_same(&hmac::sign(auth, signed).as_ref()[..*tag], shown);
                    add_key_stream(&**aes, counter_iv(salt, place), &mut packet[RTCP_HEAD..end]);
                    good
                }
                Half::Gcm { key, salt } => {
                    packet.truncate(end + GCM_TAG);
                    let (readable, sealed) = packet.split_at_mut(RTCP_HEAD);
                    let nonce = gcm_nonce(salt, place);
                    let aad = rtcp_aad(readable, index_word);
                    key.open_in_place(nonce, Aad::from(aad), sealed).is_ok()
                }
            };
        packet.truncate(end);
        good.then_some(index_word & !super::ENCRYPTED)
    }
}

impl Half {
    fn counter(master: &[u8], first_label: u8, tag: usize) -> Half {
        let mut auth = [0; AUTH_KEY_BYTES];
        derive(master, KEY, first_label + 1, &mut auth);
        let mut salt = [0; SALT_BYTES];
        derive(master, KEY, first_label + 2, &mut salt);
        let mut key = [0; KEY];
        derive(master, KEY, first_label, &mut key);
        Half::Counter {
            aes: Box::new(Aes128::new(&key.into())),
            salt,
            auth: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &auth),
            tag,
        }
    }

    fn gcm(master: &[u8], key_bytes: usize, first_label: u8) -> Half {
        let mut salt = [0; 12];
        derive(master, key_bytes, first_label + 2, &mut salt);
        let algorithm = if key_bytes == LONG_KEY { &AES_256_GCM } else { &AES_128_GCM };
        let mut key = vec![0; algorithm.key_len()];
        derive(master, key_bytes, first_label, &mut key);
        let key = UnboundKey::new(algorithm, &key).expect("as many bytes as the algorithm's keys have");
        Half::Gcm { key: Box::new(LessSafeKey::new(key)), salt }
    }

    fn tag_bytes(&self) -> usize {
        match self {
            Half::Counter { tag, .. } => *tag,
            Half::Gcm { .. } => GCM_TAG,
        }
    }
}

/// RFC 3711 4.3: key stream of the master key, begun at the salt with the label in its eighth byte. A shorter
/// salt is filled up with zeros (RFC 7714 11), a longer key makes a key stream of AES-256 (RFC 6188 4).
fn derive(master: &[u8], key_bytes: usize, label: u8, out: &mut [u8]) {
    let (key, salt) = master.split_at(key_bytes);
    let mut iv = [0; 16];
    iv[..salt.len()].copy_from_slice(salt);
    iv[7] ^= label;
    out.fill(0);
    match key_bytes {
        LONG_KEY => add_key_stream(&Aes256::new(key.into()), iv, out),
        _ => add_key_stream(&Aes128::new(key.into()), iv, out),
    }
}

/// RFC 3711 4.1.1: the counter's first block.
fn counter_iv(salt: &[u8; SALT_BYTES], place: Place) -> [u8; 16] {
    let Place { ssrc, index } = place;
    let mut padded = [0; 16];
    padded[..SALT_BYTES].copy_from_slice(salt);
    let value = u128::from_be_bytes(padded) ^ u128::from(ssrc) << 64 ^ u128::from(index) << 16;
    value.to_be_bytes()
}

/// Encrypts or decrypts in counter mode.
fn add_key_stream<C>(aes: &C, iv: [u8; 16], data: &mut [u8])
where
    C: BlockEncrypt + BlockSizeUser<BlockSize = U16>,
{
    let mut counter = u128::from_be_bytes(iv);
    for part in data.chunks_mut(16 * BLOCKS) {
        let mut blocks = [Block::default(); BLOCKS];
        let used = part.len().div_ceil(16);
        for block in &mut blocks[..used] {
            *block = counter.to_be_bytes().into();
            counter = counter.wrapping_add(1);
        }
        aes.encrypt_blocks(&mut blocks[..used]);
        let stream = blocks.iter().flatten();
        part.iter_mut().zip(stream).for_each(|(byte, stream)| *byte ^= stream);
    }
}

/// RFC 3711 4.2: the packet, then the upper part of its index.
fn sign(auth: &hmac::Key, packet: &[u8], place: Place) -> hmac::Tag {
    let mut context = hmac::Context::with_key(auth);
    context.update(packet);
    context.update(&((place.index >> 16) as u32).to_be_bytes());
    context.sign()
}

/// RFC 7714 8.1, 9.1: SSRC, then the index in six bytes, over the salt.
fn gcm_nonce(salt: &[u8; 12], place: Place) -> Nonce {
    let mut bytes = [0; 12];
    bytes[2..6].copy_from_slice(&place.ssrc.to_be_bytes());
    bytes[6..].copy_from_slice(&place.index.to_be_bytes()[2..]);
    bytes.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
    Nonce::assume_unique_for_key(bytes)
}

/// RFC 7714 9.2: the head and the index word.
fn rtcp_aad(head: &[u8], index_word: u32) -> [u8; RTCP_HEAD + INDEX_WORD] {
    let mut aad = [0; RTCP_HEAD + INDEX_WORD];
    aad[..RTCP_HEAD].copy_from_slice(head);
    aad[RTCP_HEAD..].copy_from_slice(&index_word.to_be_bytes());
    aad
}

fn rtcp_place(ssrc: u32, index_word: u32) -> Place {
    Place { ssrc, index: u64::from(index_word & !super::ENCRYPTED) }
}

/// In time that does not tell where they differ.
fn is_same(ours: &[u8], theirs: &[u8]) -> bool {
    ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: String = hex.split_whitespace().collect();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
    }

    /// RFC 3711 B.3.
    #[test]
    fn session_keys_are_those_of_the_rfc() {
        let master = bytes("E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6");
        let derived = |label, length| {
            let mut out = vec![0; length];
            derive(&master, KEY, label, &mut out);
            out
        };
        assert_eq!(derived(0, 16), bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(derived(2, 14), bytes("30CBBC08863D8C85D49DB34A9AE1"));
        assert_eq!(derived(1, 20), bytes("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
    }

    /// RFC 6188 7.4.
    #[test]
    fn session_keys_of_a_long_master_key_are_those_of_the_rfc() {
        let master = bytes(
            "f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2",
        );
        let mut key = vec![0; 32];
        derive(&master, LONG_KEY, 0, &mut key);
        assert_eq!(key, bytes("5ba1064e30ec51613cad926c5a28ef73 1ec7fb397f70a960653caf06554cd8c4"));
        let mut salt = vec![0; 14];
        derive(&master, LONG_KEY, 2, &mut salt);
        assert_eq!(salt, bytes("fa31791685ca444a9e07c6c64e93"));
    }

    /// RFC 7714 16.1.1 (a packet) and 17.1 (a report).
    #[test]
    fn nonces_are_those_of_the_rfc_and_no_two_packets_share_one() {
        let salt = bytes("517569642070726f2071756f").try_into().expect("12 bytes");
        let nonce = |ssrc, index| gcm_nonce(&salt, Place { ssrc, index }).as_ref().to_vec();
        assert_eq!(nonce(0x5501_a0b2, 0xf17b), bytes("51753c6580c2726f20718414"));
        assert_eq!(rtcp_place(0x4d61_7273, super::super::ENCRYPTED | 0x5d4).index, 0x5d4);
        assert_eq!(nonce(0x4d61_7273, 0x5d4), bytes("517524055203726f207170bb"));
        assert_ne!(nonce(1, 7), nonce(1, 8));
    }

    /// RFC 3711 B.2.
    #[test]
    fn the_key_stream_is_that_of_the_rfc() {
        let aes = Aes128::new(bytes("2B7E151628AED2A6ABF7158809CF4F3C")[..].into());
        let salt = bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().expect("14 bytes");
        let iv = counter_iv(&salt, Place { ssrc: 0, index: 0 });
        assert_eq!(iv.to_vec(), bytes("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000"));
        let mut stream = [0; 48];
        add_key_stream(&aes, iv, &mut stream);
        let expected = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB \
                        41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream.to_vec(), bytes(expected));
    }
}
