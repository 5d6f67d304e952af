//! Answering digest challenges (RFC 3261 22, RFC 7616): only the target's own, and each once.

use super::command::Target;
use super::usage::Replied;
use crate::base::{Rng, Secret};
use crate::sip::{Challenge, Fields, Request};
use std::net::IpAddr;

/// How often a target may call our nonce stale before it is disbelieved.
const STALE: u32 = 3;

/// What is known for answering one target's challenges.
#[derive(Clone, Debug, Default)]
pub(super) struct Auth {
    target: Option<(IpAddr, String, Secret<String>)>,
    /// The realm first seen; another one is somebody else's challenge.
    realm: Option<String>,
    nonce: String,
    count: u32,
    stale: u32,
}

impl Auth {
    pub(super) fn new(target: &Target) -> Self {
        let of = |(user, password): (String, Secret<String>)| (target.flow.remote.ip(), user, password);
        Auth { target: target.credentials.clone().map(of), ..Auth::default() }
    }

    /// The challenged request once more, with credentials and the next CSeq. `None` where the response
    /// is no challenge, not the target's, or was answered before.
    pub(super) fn answer(&mut self, rng: &mut Rng, replied: &Replied, cseq: u32) -> Option<Request> {
        let (asks, answers) = match replied.response.status.code() {
            401 => ("WWW-Authenticate", "Authorization"),
            407 => ("Proxy-Authenticate", "Proxy-Authorization"),
            _ => return None,
        };
        let challenge =
            replied.response.headers_named(asks).find_map(|value| Challenge::parse(value).ok())?;
        self.accept(replied, &challenge, answers)?;
        let (_, user, password) = self.target.as_ref()?;
        let mut request = replied.request.clone();
        let credentials = challenge.answer(
            user,
            password.reveal(),
            &request.method,
            &request.uri,
            &request.body,
            &rng.hex(8),
            self.count,
        );
        let method = request.method.clone();
        request.set("CSeq", format_args!("{cseq} {method}")).set(answers, credentials);
        Some(request)
    }

    /// Whether this challenge is to be answered; counts its nonce.
    fn accept(&mut self, replied: &Replied, challenge: &Challenge, answers: &str) -> Option<()> {
        let (target, ..) = self.target.as_ref()?;
        let foreign = replied.came_by.remote.ip() != *target
            || self.realm.as_ref().is_some_and(|realm| *realm != challenge.realm);
        let answered = replied.request.header(answers).is_some();
        if foreign || (answered && !(challenge.stale && self.stale < STALE)) {
            return None;
        }
        self.stale = if answered { self.stale + 1 } else { 0 };
        self.realm = Some(challenge.realm.clone());
        self.count = if self.nonce == challenge.nonce { self.count + 1 } else { 1 };
        self.nonce.clone_from(&challenge.nonce);
        Some(())
    }
}
