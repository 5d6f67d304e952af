//! Who may register: digest (RFC 7616, RFC 8760) with nonces that say themselves when and for whom they were
//! made, so that a challenge costs no memory.

use crate::base::{Instant, Rng, Secret};
use crate::sip::{Algorithm, Challenge, Credentials, Fields, Qop, Request, Uri};
use ring::hmac;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;

/// How long a nonce is good for, in seconds.
const NONCE_LIFE: u64 = 300;
/// Nonces in use whose counts are remembered for one phone: one for each of its places, and as many renewed.
const NONCES: usize = 16;

/// What a request proves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is this phone's.
    Known(Arc<str>),
    /// It proves nothing; or it did with a nonce that is no longer good.
    Unknown {
        /// Whether only the nonce was wrong: the phone need not ask its user again.
        stale: bool,
    },
}

/// Passwords, and what was proved with them.
pub(super) struct Gate {
    realm: String,
    passwords: BTreeMap<Arc<str>, Secret<String>>,
    digests: Vec<Algorithm>,
    key: hmac::Key,
    /// Stands in for the password of a phone that there is none of.
    nobody: Secret<String>,
    /// Nonces of each phone with the highest count of each, the newest last.
    counts: BTreeMap<Arc<str>, VecDeque<(String, u32)>>,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").field("realm", &self.realm).finish_non_exhaustive()
    }
}

impl Gate {
    pub(super) fn new(
        realm: String,
        passwords: BTreeMap<Arc<str>, Secret<String>>,
        digests: Vec<Algorithm>,
        rng: &mut Rng,
    ) -> Gate {
        let key: Vec<u8> = (0..32).map(|_| rng.next_u32() as u8).collect();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let nobody = Secret::new(rng.hex(16));
        Gate { realm, passwords, digests, key, nobody, counts: BTreeMap::new() }
    }

    /// The challenges for a peer at this address, best first (RFC 8760 2.3).
    pub(super) fn challenges(&self, now: Instant, peer: IpAddr, stale: bool) -> Vec<Challenge> {
        let nonce = self.nonce(now.since_start().as_secs(), peer);
        let challenge = |algorithm: &Algorithm| Challenge {
            realm: self.realm.clone(),
            nonce: nonce.clone(),
            opaque: None,
            stale,
            algorithm: Some(*algorithm),
            qop: vec![Qop::Auth],
            userhash: false,
        };
        self.digests.iter().map(challenge).collect()
    }

    /// Whose request it is. Each count of a nonce is good once.
    pub(super) fn judge(&mut self, now: Instant, peer: IpAddr, request: &Request) -> Verdict {
        let ours = |shown: &Credentials| {
            shown.realm == self.realm && self.digests.contains(&shown.algorithm.unwrap_or(Algorithm::Md5))
        };
        let mut all = request.headers_named("Authorization").filter_map(|v| Credentials::parse(v).ok());
        let Some(shown) = all.find(ours) else { return Verdict::Unknown { stale: false } };
        let known = self.passwords.get_key_value(shown.username.as_str());
        let (name, password) = known.map_or((shown.username.as_str(), &self.nobody), |(n, p)| (&**n, p));
        let proved = shown.proves(name, password.reveal(), &request.method, &request.body);
        let Some((phone, _)) = known.filter(|_| proved && shown.qop.is_some() && means(&shown, request))
        else {
            return Verdict::Unknown { stale: false };
        };
        let phone = phone.clone();
        let count = shown.nc.unwrap_or(0);
        match self.is_good(now, peer, &shown.nonce) && self.counts_up(&phone, &shown.nonce, count) {
            true => Verdict::Known(phone),
            false => Verdict::Unknown { stale: true },
        }
    }

    /// Whether we made this nonce for that peer, not long ago.
    fn is_good(&self, now: Instant, peer: IpAddr, nonce: &str) -> bool {
        let made = nonce.get(..16).and_then(|at| u64::from_str_radix(at, 16).ok());
        made.is_some_and(|made| {
            let age = now.since_start().as_secs().checked_sub(made);
            age.is_some_and(|age| age <= NONCE_LIFE) && self.nonce(made, peer) == nonce
        })
    }

    /// The moment it is made, and our mark on moment and peer.
    fn nonce(&self, seconds: u64, peer: IpAddr) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&seconds.to_be_bytes());
        context.update(peer.to_canonical().to_string().as_bytes());
        let mark: String = context.sign().as_ref().iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("{seconds:016x}{mark}")
    }

    /// Notes a count; false where it is not above every one before.
    fn counts_up(&mut self, phone: &Arc<str>, nonce: &str, count: u32) -> bool {
        let counts = self.counts.entry(phone.clone()).or_default();
        if let Some((_, last)) = counts.iter_mut().find(|(known, _)| known == nonce) {
            let up = count > *last;
            *last = count.max(*last);
            return up;
        }
        counts.push_back((nonce.to_string(), count));
        if counts.len() > NONCES {
            counts.pop_front();
        }
        count > 0
    }
}

/// Whether the digest is about this request's URI.
fn means(shown: &Credentials, request: &Request) -> bool {
    Uri::parse(&shown.uri).is_ok_and(|uri| uri.equivalent(&request.uri))
}
