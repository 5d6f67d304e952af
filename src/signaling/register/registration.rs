//! Our registration with a carrier: RFC 3261 10.2.
//!
//! ```text
//!   +------+  a place is known      +-------------+  401, 407: again with credentials
//!   | Idle |----------------------->| Registering |  423: again with Min-Expires
//!   +------+                        +-------------+  5xx, 408, silence, broken path: the next place
//!                   refresh due,      |    ^   |
//!                   place failed      |    |   | any other refusal, no place left
//!   +------------+--------------------|----+   v
//!   | Registered |<-------------------+  |  +---------+
//!   +------------+        2xx            +--| Waiting |  back-off over, longer each time
//!         |                         again   +---------+
//!         | Drain, and no call is left: Expires 0; from Registering and Waiting too
//!         v
//!   +----------+  an answer, or none soon
//!   | Removing |------------------------->  Removed
//!   +----------+
//! ```
//!
//! A binding that stands is kept through Registering and Waiting until it expires.

use super::config::TrunkConfig;
use super::places::Places;
use super::request::{Identity, contact, register};
use super::standing::RegistrationStanding;
use crate::base::{Deadline, Instant};
use crate::signaling::auth::Auth;
use crate::signaling::command::Target;
use crate::signaling::core::Core;
use crate::signaling::transaction::ClientId;
use crate::signaling::usage::{Replied, UsageKey};
use crate::signaling::{Flow, fields};
use crate::sip::{Fields, NameAddr, Response, Uri};
use std::time::Duration;

/// The first wait after a failure is up to this, each next one up to twice as long.
const FIRST_WAIT: Duration = Duration::from_secs(5);
/// No wait of our own is longer.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// Nor one that the carrier asks for.
const LONGEST_ASKED_WAIT: Duration = Duration::from_secs(3600);
/// No carrier makes us ask for more.
const LONGEST_EXPIRES: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long the answer to the last request is waited for.
const LAST_WAIT: Duration = Duration::from_secs(4);
/// How long a place that failed a registration is passed over.
const REST: Duration = Duration::from_secs(60);

/// A binding that stands.
#[derive(Clone, Debug)]
struct Binding {
    place: Flow,
    until: Instant,
    granted: Duration,
    /// Where later requests go through (RFC 3608).
    routes: Vec<NameAddr>,
}

#[derive(Debug)]
enum State {
    Idle,
    Registering { tx: ClientId, place: Flow, tried: Vec<Flow>, held: Option<Binding> },
    Registered { binding: Binding, refresh: Instant },
    Waiting { again: Instant, held: Option<Binding> },
    Removing { tx: ClientId, until: Instant },
    Removed,
}

/// A registration.
#[derive(Debug)]
pub(super) struct Registration {
    owner: UsageKey,
    identity: Identity,
    cseq: u32,
    asked: Duration,
    auth: Auth,
    failures: u32,
    sent: Instant,
    answered_in: Option<Duration>,
    /// The carrier's last refusal; the outer `None`: nothing failed since the last success.
    failing: Option<Option<u16>>,
    state: State,
}

impl Registration {
    pub(super) fn new(core: &mut Core, owner: UsageKey, asked: Duration) -> Self {
        let identity = Identity { call_id: core.new_tag(), tag: core.new_tag() };
        let state = State::Idle;
        let auth = Auth::default();
        Registration {
            owner,
            identity,
            cseq: 0,
            asked,
            auth,
            failures: 0,
            sent: Instant::ZERO,
            answered_in: None,
            failing: None,
            state,
        }
    }

    /// The set of places changed: begins where there was none, and moves where the place it stands at is
    /// no longer the one that calls go to.
    pub(super) fn on_places(&mut self, core: &mut Core, trunk: &TrunkConfig, places: &mut Places) {
        let moves = match &self.state {
            State::Idle => places.current().is_some(),
            State::Registered { binding, .. } => places.current().is_some_and(|place| place != binding.place),
            State::Registering { .. } | State::Waiting { .. } | State::Removing { .. } | State::Removed => {
                false
            }
        };
        if moves {
            self.begin(core, trunk, places, Vec::new());
        }
    }

    pub(super) fn owns(&self, id: ClientId) -> bool {
        match self.state {
            State::Registering { tx, .. } | State::Removing { tx, .. } => tx == id,
            State::Idle | State::Registered { .. } | State::Waiting { .. } | State::Removed => false,
        }
    }

    pub(super) fn on_response(
        &mut self,
        core: &mut Core,
        trunk: &TrunkConfig,
        places: &mut Places,
        replied: &Replied,
    ) {
        let response = &replied.response;
        if response.status.code() >= 200 {
            self.answered_in = Some(core.now.mono - self.sent);
        }
        match response.status.code() {
            ..=199 => {}
            200..=299 => self.bound(core, trunk, places, response),
            401 | 407 if self.answer_challenge(core, replied) => {}
            423 if self.ask_longer(core, trunk, response) => {}
            status @ (408 | 500..=599) => {
                self.place_failed(core, trunk, places, Some(status), rest_of(response))
            }
            status => self.wait(core, Some(status), rest_of(response)),
        }
    }

    /// No answer: time ran out, or the path failed.
    pub(super) fn on_failure(&mut self, core: &mut Core, trunk: &TrunkConfig, places: &mut Places) {
        self.answered_in = None;
        self.place_failed(core, trunk, places, None, None);
    }

    pub(super) fn on_deadline(&mut self, core: &mut Core, trunk: &TrunkConfig, places: &mut Places) {
        let now = core.now.mono;
        match &mut self.state {
            State::Registered { refresh, .. } if *refresh <= now => {
                places.prefer_best(now);
                self.begin(core, trunk, places, Vec::new());
            }
            State::Waiting { again, .. } if *again <= now => self.begin(core, trunk, places, Vec::new()),
            State::Waiting { held, .. } | State::Registering { held, .. }
                if held.as_ref().is_some_and(|held| held.until <= now) =>
            {
                *held = None;
            }
            State::Removing { tx, until } if *until <= now => {
                core.clients.forget(*tx);
                self.state = State::Removed;
            }
            State::Idle
            | State::Registering { .. }
            | State::Registered { .. }
            | State::Waiting { .. }
            | State::Removing { .. }
            | State::Removed => {}
        }
    }

    /// Takes the binding back; what might stand is taken back too.
    pub(super) fn retire(&mut self, core: &mut Core, trunk: &TrunkConfig) {
        let place = match &self.state {
            State::Registered { binding, .. } => Some(binding.place),
            State::Registering { place, tx, .. } => {
                core.clients.forget(*tx);
                Some(*place)
            }
            State::Waiting { held, .. } => held.as_ref().map(|held| held.place),
            State::Removing { .. } | State::Removed => return,
            State::Idle => None,
        };
        self.state = match place {
            Some(place) => {
                let tx = self.send(core, trunk, place, Duration::ZERO);
                State::Removing { tx, until: core.now.mono + LAST_WAIT }
            }
            None => State::Removed,
        };
    }

    /// Whether the last request waits for its answer.
    pub(super) fn is_removing(&self) -> bool {
        matches!(self.state, State::Removing { .. })
    }

    /// What later requests go through, where a binding stands.
    pub(super) fn routes(&self) -> &[NameAddr] {
        self.binding().map_or(&[], |binding| &binding.routes)
    }

    /// How long the newest answer took.
    pub(super) fn answered_in(&self) -> Option<Duration> {
        self.answered_in
    }

    /// Whether a binding stands.
    pub(super) fn stands(&self) -> bool {
        self.binding().is_some()
    }

    pub(super) fn standing(&self) -> RegistrationStanding {
        match (&self.state, self.binding(), self.failing) {
            (State::Removing { .. } | State::Removed, ..) => RegistrationStanding::TakenBack,
            (_, Some(binding), _) => RegistrationStanding::Standing { granted: binding.granted },
            (_, None, Some(status)) => RegistrationStanding::Failing { status },
            (_, None, None) => RegistrationStanding::Wanted,
        }
    }

    pub(super) fn deadline(&self) -> Option<Deadline> {
        let expiry = |held: &Option<Binding>| {
            held.as_ref().map(|held| Deadline { at: held.until, why: "registration expires" })
        };
        match &self.state {
            State::Idle | State::Removed => None,
            State::Registered { refresh, .. } => Some(Deadline { at: *refresh, why: "registration" }),
            State::Registering { held, .. } => expiry(held),
            State::Waiting { again, held } => {
                Deadline::earliest(Some(Deadline { at: *again, why: "registration" }), expiry(held))
            }
            State::Removing { until, .. } => Some(Deadline { at: *until, why: "last registration" }),
        }
    }

    fn binding(&self) -> Option<&Binding> {
        match &self.state {
            State::Registered { binding, .. } => Some(binding),
            State::Registering { held, .. } | State::Waiting { held, .. } => held.as_ref(),
            State::Idle | State::Removing { .. } | State::Removed => None,
        }
    }

    /// Asks the first place that was not tried in this round, else waits.
    fn begin(&mut self, core: &mut Core, trunk: &TrunkConfig, places: &Places, mut tried: Vec<Flow>) {
        let next = places.order(core.now.mono).into_iter().find(|place| !tried.contains(place));
        let Some(place) = next else {
            let status = self.failing.flatten();
            return self.wait(core, status, None);
        };
        tried.push(place);
        let held = self.binding().cloned();
        let tx = self.send(core, trunk, place, self.asked);
        self.state = State::Registering { tx, place, tried, held };
    }

    fn send(&mut self, core: &mut Core, trunk: &TrunkConfig, place: Flow, expires: Duration) -> ClientId {
        self.cseq += 1;
        self.sent = core.now.mono;
        let request = register(&core.config, trunk, place, &self.identity, self.cseq, expires);
        let (uri, credentials) = (request.uri.clone(), trunk.credentials.clone());
        self.auth = Auth::new(&Target { credentials, ..Target::new(uri, place) });
        core.send(self.owner, request, place)
    }

    fn bound(&mut self, core: &mut Core, trunk: &TrunkConfig, places: &mut Places, response: &Response) {
        let State::Registering { place, .. } = self.state else {
            self.state = State::Removed;
            return;
        };
        let own = contact(&core.config, trunk, place).uri;
        let granted = granted(response, &own).unwrap_or(self.asked);
        if granted.is_zero() {
            return self.wait(core, Some(response.status.code()), None);
        }
        (self.failures, self.failing) = (0, None);
        places.revive(place);
        places.settle_on(place);
        let now = core.now.mono;
        let routes = routes(response);
        let binding = Binding { place, until: now + granted, granted, routes };
        // Between eight and nine tenths of what was granted, so that many lines do not ask at one moment.
        let tenths = 800 + u32::try_from(core.rng.below(100)).unwrap_or_default();
        self.state = State::Registered { binding, refresh: now + granted / 1000 * tenths };
    }

    fn answer_challenge(&mut self, core: &mut Core, replied: &Replied) -> bool {
        let Some(request) = self.auth.answer(&mut core.rng, replied, self.cseq + 1) else { return false };
        self.cseq += 1;
        self.sent = core.now.mono;
        let again = core.send(self.owner, request, replied.sent_on);
        match &mut self.state {
            State::Registering { tx, .. } | State::Removing { tx, .. } => *tx = again,
            State::Idle | State::Registered { .. } | State::Waiting { .. } | State::Removed => {}
        }
        true
    }

    /// 423: asks the same place for as long as it grants at least (RFC 3261 10.2.8).
    fn ask_longer(&mut self, core: &mut Core, trunk: &TrunkConfig, response: &Response) -> bool {
        let least = seconds(response.header("Min-Expires"));
        let usable = least.filter(|least| *least > self.asked && *least <= LONGEST_EXPIRES);
        let (Some(least), State::Registering { place, .. }) = (usable, &self.state) else { return false };
        let place = *place;
        self.asked = least;
        let again = self.send(core, trunk, place, least);
        if let State::Registering { tx, .. } = &mut self.state {
            *tx = again;
        }
        true
    }

    fn place_failed(
        &mut self,
        core: &mut Core,
        trunk: &TrunkConfig,
        places: &mut Places,
        status: Option<u16>,
        rest: Option<Duration>,
    ) {
        let State::Registering { place, tried, .. } = &mut self.state else {
            self.state = State::Removed;
            return;
        };
        let (place, tried) = (*place, std::mem::take(tried));
        self.failing = Some(status);
        places.fail(place, core.now.mono, rest.unwrap_or(REST));
        let another = places.order(core.now.mono).iter().any(|place| !tried.contains(place));
        match another {
            true => self.begin(core, trunk, places, tried),
            false => self.wait(core, status, rest),
        }
    }

    /// Waits for up to twice as long as the last time, at least half of that (RFC 5626 4.5), and as long as
    /// the carrier asks.
    fn wait(&mut self, core: &mut Core, status: Option<u16>, asked: Option<Duration>) {
        let held = self.binding().cloned();
        if matches!(self.state, State::Removing { .. }) {
            self.state = State::Removed;
            return;
        }
        self.failing = Some(status);
        let longest = FIRST_WAIT.saturating_mul(1 << self.failures.min(10)).min(LONGEST_WAIT);
        self.failures += 1;
        let half = longest / 2;
        let spread = core.rng.below(u64::try_from(half.as_millis()).unwrap_or(1) + 1);
        let own = half + Duration::from_millis(spread);
        let wait = asked.map_or(own, |asked| own.max(asked));
        self.state = State::Waiting { again: core.now.mono + wait, held };
    }
}

/// How long a place asks to be left alone.
fn rest_of(response: &Response) -> Option<Duration> {
    fields::retry_after(response).map(Duration::from_secs).map(|wait| wait.min(LONGEST_ASKED_WAIT))
}

/// What the registrar granted our binding: the parameter of our Contact, else the shortest of those it
/// lists (a registrar that rewrites what it sees behind a NAT), else the header field.
fn granted(response: &Response, own: &Uri) -> Option<Duration> {
    let contacts = response.contacts().unwrap_or_default();
    let of = |contact: &NameAddr| seconds(contact.params.get("expires"));
    let ours = contacts.iter().find(|contact| is_same_place(&contact.uri, own));
    let listed = match ours {
        Some(ours) => of(ours),
        None => contacts.iter().filter_map(of).min(),
    };
    listed.or_else(|| seconds(response.header("Expires")))
}

fn is_same_place(a: &Uri, b: &Uri) -> bool {
    let host = match (a.host(), b.host()) {
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    };
    host && a.user() == b.user() && a.port().unwrap_or(5060) == b.port().unwrap_or(5060)
}

fn seconds(text: Option<&str>) -> Option<Duration> {
    text?.trim().parse().ok().map(Duration::from_secs)
}

/// Every Service-Route in order (RFC 3608 5); a list with a broken member is no list.
fn routes(response: &Response) -> Vec<NameAddr> {
    let parsed = fields::list(response, "Service-Route").iter().map(|route| NameAddr::parse(route)).collect();
    let routes: Result<Vec<NameAddr>, _> = parsed;
    routes.unwrap_or_default()
}
