//! How a stream's packets come to flow where descriptions alone do not say it: which address checks prove, which
//! keys a handshake gives. Until both are there nothing leaves; what plays begins then.

use super::Stream;
use crate::base::{Deadline, Instant};
use crate::media::dtls::{Association, Identity, Told};
use crate::media::ice::{Checked, IceLite};
use crate::media::outbox::Outbox;
use crate::media::srtp::Srtp;
use crate::media::{Event, Port, Settings};
use crate::stun;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// First bytes of DTLS beside RTP and STUN on one port (RFC 7983 7).
const DTLS: RangeInclusive<u8> = 20..=63;

/// What finds the far side, and agrees on keys with it.
#[derive(Debug, Default)]
pub(super) struct Way {
    ice: Option<IceLite>,
    dtls: Option<Association>,
}

impl Way {
    /// Where packets go, where that is not for the description to say: inside, nowhere.
    fn remote(&self) -> Option<Option<SocketAddr>> {
        self.ice.as_ref().map(IceLite::remote)
    }

    /// Whose packet it is: an address that a check has proved speaks for the one in use. Browsers that find a better
    /// way send by it before they nominate it.
    pub(super) fn speaker(&self, from: SocketAddr) -> SocketAddr {
        match &self.ice {
            Some(ice) if ice.is_valid(from) => ice.remote().unwrap_or(from),
            Some(_) | None => from,
        }
    }

    fn deadline(&self) -> Option<Deadline> {
        let checks = self.ice.as_ref().and_then(IceLite::check_at);
        let checks = checks.map(|at| Deadline { at, why: "connectivity checks" });
        let keys = self.dtls.as_ref().and_then(Association::deadline);
        Deadline::earliest(checks, keys.map(|at| Deadline { at, why: "dtls handshake" }))
    }
}

impl Stream {
    /// Takes what descriptions agreed of checks and handshakes. The same credentials and the same certificate
    /// change nothing.
    pub(super) fn set_way(&mut self, now: Instant, settings: &Settings, identity: Option<&Arc<Identity>>) {
        self.way.ice = match (self.way.ice.take(), settings.ice.as_deref().cloned()) {
            (Some(mut known), Some(ice)) => {
                known.reconfigure(now, ice);
                Some(known)
            }
            (None, Some(ice)) => Some(IceLite::new(now, ice)),
            (_, None) => None,
        };
        let kept = self.way.dtls.take();
        let Some((agreed, identity)) = settings.dtls.zip(identity) else { return };
        self.way.dtls = match kept.filter(|kept| kept.is_with(agreed.theirs)) {
            Some(kept) => Some(kept),
            None => {
                self.srtp = None;
                Some(Association::new(now, Arc::clone(identity), agreed))
            }
        };
    }

    /// Whether packets may leave: it is known whereto, and with which keys.
    pub(super) fn is_open(&self) -> bool {
        let keyed = self.srtp.is_some() || !self.wants_keys();
        self.agreed.is_some() && keyed && self.way.remote() != Some(None)
    }

    fn wants_keys(&self) -> bool {
        self.agreed.as_ref().is_some_and(|agreed| agreed.settings.dtls.is_some())
    }

    /// When checks and handshakes want to be looked at.
    pub(super) fn way_deadline(&self) -> Option<Deadline> {
        self.way.deadline()
    }

    /// Whether a packet belongs to checks or handshakes of this stream; without any, to nobody.
    pub(in crate::media) fn is_of_the_way(&self, bytes: &[u8]) -> bool {
        let is_dtls = bytes.first().is_some_and(|first| DTLS.contains(first));
        self.way.ice.is_some() && stun::is_stun(bytes) || self.way.dtls.is_some() && is_dtls
    }

    /// Takes such a packet.
    pub(in crate::media) fn handle_way(
        &mut self,
        now: Instant,
        port: Port,
        from: SocketAddr,
        bytes: &[u8],
        outbox: &mut Outbox,
    ) {
        match (port, stun::is_stun(bytes)) {
            (Port::Rtcp, _) => self.strangers += 1,
            (Port::Rtp, true) => self.take_check(now, from, bytes, outbox),
            (Port::Rtp, false) => self.take_handshake(now, from, bytes, outbox),
        }
        self.settle_way(now, outbox);
    }

    fn take_check(&mut self, now: Instant, from: SocketAddr, bytes: &[u8], outbox: &mut Outbox) {
        let Some(ice) = &mut self.way.ice else { return };
        let answer = match ice.take(now, from, bytes) {
            Checked::Good(answer) => answer,
            Checked::Refused(answer) => {
                self.strangers += 1;
                answer
            }
            Checked::Ignored => {
                self.strangers += 1;
                return;
            }
        };
        outbox.packet(self.leg, Port::Rtp, from, answer);
    }

    /// Without checks the far side is where its description says, and nobody else may begin.
    fn take_handshake(&mut self, now: Instant, from: SocketAddr, bytes: &[u8], outbox: &mut Outbox) {
        let announced = self.agreed.as_ref().map(|agreed| agreed.remote.address(Port::Rtp));
        let theirs = match &self.way.ice {
            Some(ice) => ice.is_valid(from),
            None => announced == Some(from),
        };
        let Some(dtls) = self.way.dtls.as_mut().filter(|_| theirs) else {
            self.strangers += 1;
            return;
        };
        let leg = self.leg;
        let told = dtls.take(now, bytes, |bytes| outbox.packet(leg, Port::Rtp, from, bytes.to_vec()));
        self.told(told, outbox);
    }

    /// Time passed: what may be lost is sent again, and who checks no more is lost.
    pub(super) fn way_due(&mut self, now: Instant, outbox: &mut Outbox) {
        if self.way.ice.as_mut().is_some_and(|ice| ice.has_expired(now)) {
            outbox.event(Event::Lost { leg: self.leg });
        }
        if let (Some(dtls), Some(to)) =
            (&mut self.way.dtls, self.agreed.as_ref().map(|a| a.remote.address(Port::Rtp)))
        {
            let leg = self.leg;
            let told = dtls.handle_deadline(now, |bytes| outbox.packet(leg, Port::Rtp, to, bytes.to_vec()));
            self.told(told, outbox);
        }
        self.settle_way(now, outbox);
    }

    /// The address that checks prove is the far side's; who begins a handshake does, and what plays may begin.
    pub(super) fn settle_way(&mut self, now: Instant, outbox: &mut Outbox) {
        let Some(agreed) = &mut self.agreed else { return };
        let to = match self.way.remote() {
            Some(None) => return,
            Some(Some(remote)) => {
                agreed.remote.follow(remote);
                remote
            }
            None => agreed.remote.address(Port::Rtp),
        };
        if let Some(dtls) = &mut self.way.dtls {
            let leg = self.leg;
            let told = dtls.begin(now, |bytes| outbox.packet(leg, Port::Rtp, to, bytes.to_vec()));
            self.told(told, outbox);
        }
        self.start_ticking(now);
    }

    fn told(&mut self, told: Option<Told>, outbox: &mut Outbox) {
        match told {
            Some(Told::Keys(keys)) => self.srtp = Some(Box::new(Srtp::new(*keys))),
            Some(Told::Failed(why)) => outbox.event(Event::NoKeys { leg: self.leg, why }),
            None => {}
        }
    }
}
