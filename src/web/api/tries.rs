//! How often somebody may try what anybody may: log in, open a case, have a request done once.

use super::{Api, held};
use crate::web::access::Pace;
use crate::web::listener::Source;
use crate::web::problem::Problem;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::Duration;

impl Api {
    /// How long somebody has to wait before they may try to log in; none: the try is counted, and may be made.
    pub(super) fn begin_try(&self, name: &str, source: Source) -> Option<Duration> {
        let (now, address) = (self.clock.instant(), source.network());
        let (mut names, mut sources) = (held(&self.names), held(&self.sources));
        let pause = names.pause(&name.to_string(), now).max(sources.pause(&address, now));
        if pause.is_none() {
            names.fail(&name.to_string(), now);
            sources.fail(&address, now);
        }
        pause
    }

    /// Takes back that a try failed.
    pub(super) fn end_try(&self, name: &str, source: Source) {
        held(&self.names).forgive(&name.to_string());
        held(&self.sources).forgive_one(&source.network());
    }

    /// Counts a form of an address, or makes it wait.
    pub(in crate::web) fn begin_form(&self, source: Source) -> Result<(), Problem> {
        let problem = Problem::new(429, "too-many-forms", "Too many cases at once", "wait, or call us");
        self.begin(&self.forms, source, problem)
    }

    /// Counts a request under a key of somebody who is not known, or makes them wait: before the key is taken, for that
    /// is written to the store.
    pub(in crate::web) fn begin_keyed(&self, source: Source) -> Result<(), Problem> {
        let problem = Problem::new(429, "too-many-tries", "Too many tries", "wait before the next try");
        self.begin(&self.keyed, source, problem)
    }

    fn begin(&self, pace: &Mutex<Pace<IpAddr>>, source: Source, problem: Problem) -> Result<(), Problem> {
        let (now, address, mut pace) = (self.clock.instant(), source.network(), held(pace));
        if let Some(pause) = pace.pause(&address, now) {
            return Err(problem.retry_after(pause.as_secs() + 1));
        }
        pace.fail(&address, now);
        Ok(())
    }
}

impl Source {
    /// Whom tries are counted of: an address, of IPv6 a /64, which one customer of a provider has.
    pub(super) fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V6(address) => match address.to_ipv4_mapped() {
                Some(address) => IpAddr::V4(address),
                None => IpAddr::V6(Ipv6Addr::from(u128::from(address) >> 64 << 64)),
            },
            v4 @ IpAddr::V4(_) => v4,
        }
    }
}
