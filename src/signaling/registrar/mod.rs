//! Where phones are: the registrar of desk phones (RFC 3261 10.3).
//!
//! Owns: who may register (`gate`), where each phone is reached and until when (`places`), what is told of it
//! (`standing`). Does not know: who sits at a phone, or when it is rung.
//!
//! Invariants: a request without good credentials costs no memory and learns nothing: unknown phones and wrong
//! passwords get the same answer, at the same cost; a phone holds at most [`PLACES`] places, so that the table
//! has a bound; a phone is reached by the path that it registered from, whatever address its Contact names (NAT,
//! RFC 3581; its own connection, RFC 5626), and by the proxies in its Path (RFC 3327); every change is told by
//! [`Event::Phone`].
//!
//! Deviations: the host of To is not looked at, as this registrar has one domain; a contact more than a phone
//! may have takes the place of the one that would end first; the RFC 5626 extension itself is not announced;
//! places are not kept over a restart: those at connections are gone with it anyway, and the others come back
//! within the longest registration that is granted.

mod gate;
mod places;
mod standing;

pub use standing::{PhonePlace, PhoneStanding};

use super::command::{Event, Target};
use super::core::Core;
use super::{Flow, answers, compose, fields};
use crate::base::{Deadline, Instant, Rng, Secret};
use crate::sip::frame::PING;
use crate::sip::{Algorithm, Fields, NameAddr, Request, Response, Uri};
use gate::{Gate, Verdict};
use places::{Change, Place, Places};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Places of one phone.
pub const PLACES: usize = 8;
/// Proxies on the way to one place.
const PROXIES: usize = 8;

/// The phones that may register.
#[derive(Clone, Debug)]
pub struct Phones {
    /// The domain that their passwords are for.
    pub realm: String,
    /// Passwords by name.
    pub passwords: BTreeMap<Arc<str>, Secret<String>>,
    /// The shortest registration granted; a shorter wish is answered 423.
    pub min_expires: Duration,
    /// The longest one, and what is granted where nothing is wished for.
    pub max_expires: Duration,
    /// What they are challenged with, the most wanted first (RFC 8760 2.3).
    pub digests: Vec<Algorithm>,
}

/// The registrar.
#[derive(Debug)]
pub(super) struct Registrar {
    min_expires: Duration,
    max_expires: Duration,
    gate: Gate,
    phones: BTreeMap<Arc<str>, Places>,
    /// When a place ends, a path is to be kept open, or, at the start, where the phones are is to be told.
    due: Option<Instant>,
    is_told: bool,
}

impl Registrar {
    /// Nobody has registered.
    pub(super) fn new(phones: Phones, rng: &mut Rng) -> Registrar {
        let Phones { realm, passwords, min_expires, max_expires, digests } = phones;
        let nowhere: BTreeMap<Arc<str>, Places> =
            passwords.keys().map(|phone| (phone.clone(), Places::default())).collect();
        let gate = Gate::new(realm, passwords, digests, rng);
        let due = Some(Instant::ZERO);
        Registrar { min_expires, max_expires, gate, phones: nowhere, due, is_told: false }
    }

    /// Answers a REGISTER that came by this path. Of what is refused nothing is kept.
    ///
    /// # Errors
    /// The refusal.
    pub(super) fn answer(
        &mut self,
        core: &mut Core,
        request: &Request,
        flow: Flow,
    ) -> Result<Response, Response> {
        match answers::objection(request) {
            Some(refusal) => return Err(refusal),
            None if core.servers.len() >= core.config.max_transactions => return Err(answers::busy(request)),
            None => {}
        }
        let phone = match self.gate.judge(core.now.mono, flow.remote.ip(), request) {
            Verdict::Known(phone) => phone,
            Verdict::Unknown { stale } => return Err(self.challenge(core.now.mono, request, flow, stale)),
        };
        let meant = request.to().ok().and_then(|to| to.uri.user().map(|user| user.into_owned()));
        if meant.as_deref() != Some(&*phone) {
            return Err(compose::reply(request, 403));
        }
        let changes = self.changes(core.now.mono, request, flow)?;
        let mut response = self.take(core, &phone, request, changes)?;
        compose::ensure_tag(&mut response, &core.new_tag());
        Ok(response)
    }

    /// Where a phone is reached now, the place that registered last first. All of them ring at once.
    pub(super) fn targets(&self, now: Instant, phone: &str) -> Vec<Target> {
        self.phones.get(phone).map(|places| places.targets(now)).unwrap_or_default()
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        self.due.map(|at| Deadline { at, why: "registration" })
    }

    /// Forgets what has ended, and keeps open the paths to what has not.
    pub(super) fn on_deadline(&mut self, core: &mut Core) {
        let now = core.now.mono;
        if self.due.is_none_or(|due| due > now) {
            return;
        }
        let is_told = std::mem::replace(&mut self.is_told, true);
        for (phone, places) in &mut self.phones {
            if !is_told {
                tell(core, phone, places, Vec::new());
            }
            if places.forget_ended(now) {
                tell(core, phone, places, vec![format!("a registration ended: {}", places.in_words())]);
            }
            for flow in places.paths_to_keep(now) {
                core.out.transmit(flow, PING.to_vec());
            }
        }
        self.reckon_due();
    }

    /// A connection is gone, and with it every place that was reached by it.
    pub(super) fn forget_path(&mut self, core: &mut Core, flow: Flow) {
        for (phone, places) in &mut self.phones {
            if places.forget_path(flow) {
                tell(core, phone, places, vec![format!("a connection is gone: {}", places.in_words())]);
            }
        }
        self.reckon_due();
    }

    fn reckon_due(&mut self) {
        self.due = self.phones.values().filter_map(Places::due_at).min();
    }

    fn challenge(&self, now: Instant, request: &Request, flow: Flow, stale: bool) -> Response {
        let mut response = compose::reply(request, 401);
        for challenge in self.gate.challenges(now, flow.remote.ip(), stale) {
            response.push("WWW-Authenticate", challenge);
        }
        response
    }

    fn take(
        &mut self,
        core: &mut Core,
        phone: &Arc<str>,
        request: &Request,
        changes: Vec<Change>,
    ) -> Result<Response, Response> {
        let now = core.now.mono;
        let asks_only = changes.is_empty();
        let places = self.phones.entry(phone.clone()).or_default();
        let before = places.contacts();
        if !places.take(now, changes, fields::call_id(request), fields::cseq_number(request)) {
            // RFC 3261 10.3 step 7: out of order.
            return Err(compose::reply(request, 500));
        }
        let response = listing(places, now, request);
        if !asks_only {
            let moved = places.contacts() != before;
            tell(core, phone, places, moved.then(|| places.in_words()).into_iter().collect());
            self.reckon_due();
        }
        Ok(response)
    }

    /// What a request wants changed (RFC 3261 10.3 steps 6 and 7).
    fn changes(&self, now: Instant, request: &Request, flow: Flow) -> Result<Vec<Change>, Response> {
        let bad = || compose::reply(request, 400);
        let wish = seconds(request.header("Expires"));
        if request.is_contact_star() {
            return if wish == Some(0) { Ok(vec![Change::RemoveAll]) } else { Err(bad()) };
        }
        let contacts = request.contacts().map_err(|_| bad())?;
        let path = request.addresses("Path").map_err(|_| bad())?;
        if contacts.len() > PLACES || path.len() > PROXIES {
            return Err(bad());
        }
        let one = |contact: NameAddr| {
            let Uri::Sip(_) = &contact.uri else { return Err(bad()) };
            let wished = seconds(contact.params.get("expires")).or(wish);
            match self.granted(wished).ok_or_else(|| self.too_brief(request))? {
                Duration::ZERO => Ok(Change::Remove(contact.uri)),
                granted => Ok(Change::Keep(Place::new(now, contact, granted, flow, &path))),
            }
        };
        contacts.into_iter().map(one).collect()
    }

    /// What a wish is granted; `None`: too short.
    fn granted(&self, wish: Option<u64>) -> Option<Duration> {
        match wish.map(Duration::from_secs) {
            None => Some(self.max_expires),
            Some(Duration::ZERO) => Some(Duration::ZERO),
            Some(wish) if wish < self.min_expires => None,
            Some(wish) => Some(wish.min(self.max_expires)),
        }
    }

    fn too_brief(&self, request: &Request) -> Response {
        let mut response = compose::reply(request, 423);
        response.push("Min-Expires", self.min_expires.as_secs());
        response
    }
}

fn tell(core: &mut Core, phone: &Arc<str>, places: &Places, news: Vec<String>) {
    let standing = Box::new(places.standing(phone.clone(), core.now));
    core.out.tell(Event::Phone { standing, news });
}

/// 200 with every place of the phone and how long each lasts, and the Path that was taken (RFC 3327 5.3).
fn listing(places: &Places, now: Instant, request: &Request) -> Response {
    let mut response = compose::reply(request, 200);
    for (uri, left) in places.listed(now) {
        response.push("Contact", format_args!("<{uri}>;expires={}", left.as_secs()));
    }
    if fields::names(request, "Supported", "path") {
        for path in request.headers_named("Path") {
            response.push("Path", path);
        }
    }
    response
}

/// Seconds as written; nonsense is no wish (RFC 3261 10.2.1.1: as if it were not there).
fn seconds(text: Option<&str>) -> Option<u64> {
    text?.trim().parse::<u32>().ok().map(u64::from)
}
