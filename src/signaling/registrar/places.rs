//! Where one phone is reached, and until when.

use super::PLACES;
use super::standing::{PhonePlace, PhoneStanding};
use crate::base::{Instant, Now};
use crate::signaling::command::Target;
use crate::signaling::{Flow, Transport};
use crate::sip::{NameAddr, Uri};
use std::sync::Arc;
use std::time::Duration;

/// How often a path of datagrams is kept open: under the 30 seconds of the most impatient NAT (RFC 5626 4.4.2).
const KEEP_DATAGRAMS: Duration = Duration::from_secs(25);
/// How often a connection is.
const KEEP_STREAMS: Duration = Duration::from_secs(90);

/// One place.
#[derive(Clone, Debug)]
pub(super) struct Place {
    contact: Uri,
    /// The phone's own name for itself, the same whatever its Contact is (RFC 5626 4.1).
    instance: Option<String>,
    flow: Flow,
    /// Proxies on the way there, nearest first.
    path: Vec<NameAddr>,
    until: Instant,
    ping_at: Option<Instant>,
    call_id: String,
    cseq: u32,
}

/// What a phone wants.
#[derive(Debug)]
pub(super) enum Change {
    /// To be reached there.
    Keep(Place),
    /// Not to be reached there.
    Remove(Uri),
    /// Not to be reached.
    RemoveAll,
}

/// The places of one phone, the one that registered last first.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<Place>);

impl Place {
    pub(super) fn new(
        now: Instant,
        contact: NameAddr,
        granted: Duration,
        flow: Flow,
        path: &[NameAddr],
    ) -> Place {
        Place {
            instance: contact.params.get("+sip.instance").map(str::to_string),
            contact: contact.uri,
            flow,
            path: path.to_vec(),
            until: now + granted,
            ping_at: interval(flow).map(|interval| now + interval),
            call_id: String::new(),
            cseq: 0,
        }
    }

    fn is_same(&self, other: &Place) -> bool {
        self.contact.equivalent(&other.contact)
            || (self.instance.is_some()
                && self.instance == other.instance
                && self.flow.transport == other.flow.transport)
    }
}

impl Places {
    /// Makes every change, or where one is out of order none (RFC 3261 10.3 step 7).
    pub(super) fn take(&mut self, now: Instant, changes: Vec<Change>, call_id: &str, cseq: u32) -> bool {
        self.0.retain(|place| place.until > now);
        let late = |place: &Place| place.call_id == call_id && cseq <= place.cseq;
        let touches = |change: &Change, place: &Place| match change {
            Change::Keep(new) => place.is_same(new),
            Change::Remove(uri) => place.contact.equivalent(uri),
            Change::RemoveAll => true,
        };
        if changes.iter().any(|change| self.0.iter().any(|place| touches(change, place) && late(place))) {
            return false;
        }
        for change in changes {
            self.0.retain(|place| !touches(&change, place));
            if let Change::Keep(place) = change {
                self.add(Place { call_id: call_id.to_string(), cseq, ..place });
            }
        }
        true
    }

    fn add(&mut self, place: Place) {
        if self.0.len() >= PLACES
            && let Some(at) = (0..self.0.len()).min_by_key(|at| self.0[*at].until)
        {
            self.0.remove(at);
        }
        self.0.insert(0, place);
    }

    /// Where to ring it: everywhere at once.
    pub(super) fn targets(&self, now: Instant) -> Vec<Target> {
        let standing = self.0.iter().filter(|place| place.until > now).enumerate();
        let target = |(at, place): (usize, &Place)| Target {
            routes: place.path.clone(),
            keeps_flow: true,
            rings_along: at > 0,
            ..Target::new(place.contact.clone(), place.flow)
        };
        standing.map(target).collect()
    }

    /// Each contact, and how long it lasts.
    pub(super) fn listed(&self, now: Instant) -> impl Iterator<Item = (&Uri, Duration)> {
        self.0.iter().map(move |place| (&place.contact, place.until.saturating_since(now)))
    }

    /// Its contacts and the paths to them.
    pub(super) fn contacts(&self) -> Vec<(Uri, Flow)> {
        self.0.iter().map(|place| (place.contact.clone(), place.flow)).collect()
    }

    pub(super) fn standing(&self, phone: Arc<str>, now: Now) -> PhoneStanding {
        let place = |place: &Place| PhonePlace {
            contact: place.contact.clone(),
            flow: place.flow,
            until: now.wall + place.until.saturating_since(now.mono),
        };
        PhoneStanding { phone, places: self.0.iter().map(place).collect() }
    }

    /// Where it is, in one line.
    pub(super) fn in_words(&self) -> String {
        let place = |place: &Place| format!("{} {}", place.flow.transport.name(), place.flow.remote);
        match self.0.is_empty() {
            true => "it is registered nowhere".to_string(),
            false => format!("it is at {}", self.0.iter().map(place).collect::<Vec<_>>().join(", ")),
        }
    }

    pub(super) fn due_at(&self) -> Option<Instant> {
        self.0.iter().flat_map(|place| [Some(place.until), place.ping_at]).flatten().min()
    }

    /// Forgets those that have ended; whether there were any.
    pub(super) fn forget_ended(&mut self, now: Instant) -> bool {
        let before = self.0.len();
        self.0.retain(|place| place.until > now);
        self.0.len() < before
    }

    /// The paths to be kept open now.
    pub(super) fn paths_to_keep(&mut self, now: Instant) -> Vec<Flow> {
        let mut paths = Vec::new();
        for place in self.0.iter_mut().filter(|place| place.ping_at.is_some_and(|at| at <= now)) {
            place.ping_at = interval(place.flow).map(|interval| now + interval);
            if !paths.contains(&place.flow) {
                paths.push(place.flow);
            }
        }
        paths
    }

    /// Forgets those that were reached by this path; whether there were any.
    pub(super) fn forget_path(&mut self, flow: Flow) -> bool {
        let before = self.0.len();
        self.0.retain(|place| place.flow != flow);
        self.0.len() < before
    }
}

fn interval(flow: Flow) -> Option<Duration> {
    match flow.transport {
        Transport::Udp => Some(KEEP_DATAGRAMS),
        Transport::Tcp | Transport::Tls => Some(KEEP_STREAMS),
        // WebSocket keeps itself open.
        Transport::Ws | Transport::Wss => None,
    }
}
