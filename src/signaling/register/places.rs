//! The places where a trunk is reached: one order for everything that is sent there.

use super::keep_alive::KeepAlive;
use super::standing::PlaceStanding;
use crate::base::Instant;
use crate::signaling::Flow;
use std::net::IpAddr;
use std::time::Duration;

/// A place.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) flow: Flow,
    /// Until when it is passed over.
    down_until: Option<Instant>,
    pub(super) keep_alive: KeepAlive,
}

/// The places, the most wanted first. One is current: used until it fails.
#[derive(Debug, Default)]
pub(super) struct Places {
    list: Vec<Place>,
    current: usize,
}

impl Places {
    /// Takes a new list; what is known of places that stay is kept, and the current one where it stays.
    pub(super) fn replace(&mut self, flows: &[Flow], now: Instant) {
        let current = self.current();
        let mut known = std::mem::take(&mut self.list);
        for flow in flows {
            if self.list.iter().any(|place| same(place.flow, *flow)) {
                continue;
            }
            let at = known.iter().position(|place| same(place.flow, *flow));
            let place = at.map(|at| known.swap_remove(at));
            self.list.push(place.unwrap_or(Place {
                flow: *flow,
                down_until: None,
                keep_alive: KeepAlive::starting(now),
            }));
        }
        let stays = current.and_then(|flow| self.index(flow));
        self.current = stays.unwrap_or(0);
    }

    /// The place that is used before the others.
    pub(super) fn current(&self) -> Option<Flow> {
        self.list.get(self.current).map(|place| place.flow)
    }

    /// The current place, then those that are up, then the others: where all are down, each may be back.
    pub(super) fn order(&self, now: Instant) -> Vec<Flow> {
        let rank = |(index, place): &(usize, &Place)| (place.is_down(now), *index != self.current, *index);
        let mut ranked: Vec<_> = self.list.iter().enumerate().collect();
        ranked.sort_by_key(rank);
        ranked.into_iter().map(|(_, place)| place.flow).collect()
    }

    /// A place failed: it is passed over for so long, and the next one that is up is current.
    pub(super) fn fail(&mut self, flow: Flow, now: Instant, rest: Duration) {
        let Some(index) = self.index(flow) else { return };
        if let Some(place) = self.list.get_mut(index) {
            place.down_until = Some(now + rest);
        }
        if index == self.current {
            let next = self.list.iter().position(|place| !place.is_down(now));
            self.current = next.unwrap_or(self.current);
        }
    }

    /// A place answered.
    pub(super) fn revive(&mut self, flow: Flow) {
        if let Some(place) = self.index(flow).and_then(|index| self.list.get_mut(index)) {
            place.down_until = None;
        }
    }

    /// Goes back to the most wanted place that is up.
    pub(super) fn prefer_best(&mut self, now: Instant) {
        self.current = self.list.iter().position(|place| !place.is_down(now)).unwrap_or(self.current);
    }

    /// Makes this place the current one.
    pub(super) fn settle_on(&mut self, flow: Flow) {
        self.current = self.index(flow).unwrap_or(self.current);
    }

    pub(super) fn has_host(&self, ip: IpAddr) -> bool {
        self.list.iter().any(|place| place.flow.remote.ip().to_canonical() == ip.to_canonical())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.list.iter_mut()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Place> {
        self.list.iter()
    }

    pub(super) fn standing(&self, now: Instant) -> Vec<PlaceStanding> {
        let standing = |(index, place): (usize, &Place)| PlaceStanding {
            address: place.flow.remote,
            transport: place.flow.transport,
            current: index == self.current,
            down: place.is_down(now),
            status: place.keep_alive.answer().map(|answer| answer.status),
            round_trip: place.keep_alive.answer().map(|answer| answer.round_trip),
        };
        self.list.iter().enumerate().map(standing).collect()
    }

    fn index(&self, flow: Flow) -> Option<usize> {
        self.list.iter().position(|place| same(place.flow, flow))
    }
}

impl Place {
    fn is_down(&self, now: Instant) -> bool {
        self.down_until.is_some_and(|until| now < until)
    }
}

/// The same place, by whichever address of ours.
fn same(a: Flow, b: Flow) -> bool {
    a.transport == b.transport && a.remote == b.remote
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signaling::Transport;

    fn flow(port: u16) -> Flow {
        let at = |port| ([192, 0, 2, 1], port).into();
        Flow { transport: Transport::Udp, local: at(5060), remote: at(port) }
    }

    fn ports(places: &Places, at: u64) -> Vec<u16> {
        places.order(Instant::from_millis(at)).iter().map(|flow| flow.remote.port()).collect()
    }

    #[test]
    fn what_fails_is_passed_over_until_it_is_rested_or_answers() {
        let mut places = Places::default();
        let (zero, rest) = (Instant::ZERO, Duration::from_secs(60));
        places.replace(&[flow(1), flow(2), flow(3)], zero);
        assert_eq!(ports(&places, 0), [1, 2, 3]);
        places.fail(flow(1), zero, rest);
        assert_eq!(ports(&places, 0), [2, 3, 1]);
        assert_eq!(ports(&places, 60_000), [2, 1, 3], "the current one is used until it fails");
        places.prefer_best(Instant::from_millis(60_000));
        assert_eq!(ports(&places, 60_000), [1, 2, 3]);
        for port in 1..=3 {
            places.fail(flow(port), zero, rest);
        }
        assert_eq!(ports(&places, 0).len(), 3, "where all are down each is tried");
        places.revive(flow(2));
        assert_eq!(ports(&places, 0)[0], 2);
    }

    #[test]
    fn a_new_list_keeps_what_is_known() {
        let mut places = Places::default();
        let (zero, rest) = (Instant::ZERO, Duration::from_secs(60));
        places.replace(&[flow(1), flow(2)], zero);
        places.fail(flow(1), zero, rest);
        places.replace(&[flow(3), flow(1), flow(2), flow(2)], zero);
        assert_eq!(ports(&places, 0), [2, 3, 1]);
        places.replace(&[flow(3)], zero);
        assert_eq!(ports(&places, 0), [3]);
        places.replace(&[], zero);
        assert_eq!(places.current(), None);
    }
}
