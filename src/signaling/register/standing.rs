//! How a trunk stands: what operations see of it.

use super::limits::Refused;
use crate::signaling::Transport;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A trunk as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrunkStanding {
    /// Its name.
    pub trunk: Arc<str>,
    /// Its registration.
    pub registration: RegistrationStanding,
    /// How long the carrier took for its newest answer to a REGISTER.
    pub registered_in: Option<Duration>,
    /// Its places in the order of the name service.
    pub places: Vec<PlaceStanding>,
    /// The newest look-up, where one came back.
    pub lookup: Option<LookupStanding>,
    /// Calls that are up by it.
    pub calls: usize,
    /// Calls refused because of its limits.
    pub refused: Refused,
}

/// A registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationStanding {
    /// None is wanted.
    NotWanted,
    /// There is none yet.
    Wanted,
    /// It stands.
    Standing {
        /// For how long the carrier granted it.
        granted: Duration,
    },
    /// There is none: the carrier's last answer, where it gave one.
    Failing {
        /// The status.
        status: Option<u16>,
    },
    /// It was taken back.
    TakenBack,
}

/// A place of a trunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceStanding {
    /// Its address.
    pub address: SocketAddr,
    /// How SIP travels to it.
    pub transport: Transport,
    /// Whether it is used before the others.
    pub current: bool,
    /// Whether it is passed over.
    pub down: bool,
    /// The status of its newest answer to OPTIONS; none: it gave none, or was never asked.
    pub status: Option<u16>,
    /// How long that answer took, the look-up of the name apart.
    pub round_trip: Option<Duration>,
}

/// A look-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupStanding {
    /// How long it took.
    pub took: Duration,
    /// Why it gave nothing; the places known before are kept.
    pub error: Option<String>,
}

impl TrunkStanding {
    /// Whether calls can come and go: registered where that is wanted, and a place that is not down.
    pub fn is_usable(&self) -> bool {
        let registered = matches!(
            self.registration,
            RegistrationStanding::NotWanted | RegistrationStanding::Standing { .. }
        );
        registered && self.places.iter().any(|place| !place.down)
    }

    /// In one line.
    pub fn in_words(&self) -> String {
        let mut parts = vec![self.registration.in_words()];
        parts.extend(self.lookup.as_ref().and_then(|l| l.error.as_ref()).map(|why| format!("name: {why}")));
        parts.extend(self.places.iter().map(PlaceStanding::in_words));
        if self.places.is_empty() {
            parts.push("no address known".to_string());
        }
        parts.join(", ")
    }

    /// What changed since then that somebody should read, a line each.
    pub fn news_since(&self, before: Option<&TrunkStanding>) -> Vec<String> {
        let mut news = Vec::new();
        let registration = before.map_or(RegistrationStanding::Wanted, |before| before.registration);
        if self.registration != registration && self.registration != RegistrationStanding::NotWanted {
            news.push(self.registration.in_words());
        }
        let was_down = |place: &PlaceStanding| {
            let before = before.and_then(|b| b.places.iter().find(|p| p.address == place.address));
            before.is_some_and(|before| before.down)
        };
        for place in self.places.iter().filter(|place| place.down != was_down(place)) {
            news.push(place.in_words());
        }
        let error = |standing: &TrunkStanding| standing.lookup.as_ref().and_then(|l| l.error.clone());
        if let Some(why) = error(self).filter(|_| before.and_then(error).is_none()) {
            news.push(format!("name: {why}"));
        }
        news
    }
}

impl RegistrationStanding {
    /// In a few words.
    pub fn in_words(self) -> String {
        match self {
            RegistrationStanding::NotWanted => "no registration wanted".to_string(),
            RegistrationStanding::Wanted => "not registered yet".to_string(),
            RegistrationStanding::Standing { granted } => format!("registered for {} s", granted.as_secs()),
            RegistrationStanding::Failing { status: Some(status) } => {
                format!("not registered: the carrier answered {status}")
            }
            RegistrationStanding::Failing { status: None } => "not registered: no answer".to_string(),
            RegistrationStanding::TakenBack => "registration taken back".to_string(),
        }
    }
}

impl PlaceStanding {
    fn in_words(&self) -> String {
        let answer = match (self.status, self.round_trip) {
            (Some(status), Some(took)) => format!(" answers {status} in {} ms", took.as_millis()),
            _ => String::new(),
        };
        let state = if self.down {
            " is down"
        } else if answer.is_empty() {
            " is not asked"
        } else {
            ""
        };
        format!("{}{state}{answer}", self.address)
    }
}
