//! What is known of a carrier from the start, and the question for its addresses.

use crate::base::Secret;
use crate::signaling::{Flow, Transport};
use crate::sip::{Host, NameAddr, Uri};
use std::sync::Arc;
use std::time::Duration;

/// A carrier.
#[derive(Clone, Debug)]
pub struct TrunkConfig {
    /// What it is called here.
    pub name: Arc<str>,
    /// Its address, or the name that is looked up.
    pub host: String,
    /// Its port; none: what the name service says, else 5060.
    pub port: Option<u16>,
    /// How SIP travels to it.
    pub transport: Transport,
    /// The domain of our address there.
    pub domain: Host,
    /// The user part of our address there.
    pub user: String,
    /// Name and password for its challenges; none: the line itself says who we are.
    pub credentials: Option<(String, Secret<String>)>,
    /// The time asked for in a registration; none: it wants no registration.
    pub register: Option<Duration>,
    /// How often each of its places is asked whether it answers; none: never.
    pub keep_alive: Option<Duration>,
    /// Whether numbers are asked for at the address of the place, not at the domain.
    pub dials_address: bool,
    /// What it carries.
    pub limits: Limits,
}

/// What a trunk carries. A call over a limit is refused, and counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once, in both directions.
    pub calls: Option<u32>,
    /// New calls a second, in both directions.
    pub per_second: Option<u32>,
    /// Beginnings of the numbers that may be dialled; empty: all.
    pub prefixes: Vec<String>,
}

impl TrunkConfig {
    /// Our address there, without tag.
    pub(super) fn own_address(&self) -> NameAddr {
        NameAddr::new(Uri::sip(Some(&self.user), self.domain.clone(), None))
    }

    /// What is looked up.
    pub(super) fn lookup(&self) -> Lookup {
        Lookup {
            trunk: self.name.clone(),
            host: self.host.clone(),
            port: self.port,
            transport: self.transport,
        }
    }
}

/// A question for the places of a trunk (RFC 3263 4). Each gets exactly one [`Resolved`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Whose places.
    pub trunk: Arc<str>,
    /// The name, or an address.
    pub host: String,
    /// A port written down: then only addresses are asked for.
    pub port: Option<u16>,
    /// The transport to be used.
    pub transport: Transport,
}

/// What a name means now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Whose places.
    pub trunk: Arc<str>,
    /// The paths to them, the most wanted first; or why there are none, in one line.
    pub places: Result<Vec<Flow>, String>,
    /// How long the name service took.
    pub took: Duration,
    /// How long this holds; none: for ever (an address).
    pub holds: Option<Duration>,
}
