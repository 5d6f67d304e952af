//! Where a stream's far side is, and who may speak for it.
//!
//! Without `learn` only the address of SDP (IP and port) is heard. With `learn` the first address
//! that sends [`STEADY`] packets of the agreed payload types, one SSRC, in sequence, becomes the far
//! side's for good; SDP's own address can win this race too. Three packets (60 ms) are enough to
//! tell a stream from a stray datagram, and few enough that an attacker who starts later has lost;
//! until then we go on sending to SDP's address, so that a forged packet moves nothing (RTP
//! bleed). After the lock a packet from anywhere else is a stranger's. Only another remote
//! address in a new answer opens the race again.

use super::sender::is_before_seq;
use super::{Port, Settings};
use std::net::SocketAddr;

/// Packets in sequence that make an address the far side's.
pub(super) const STEADY: u32 = 3;
/// Sources watched at a time: more cannot push a true one out before its third packet by luck.
const CANDIDATES: usize = 8;
/// Lost packets forgiven between two packets of a candidate.
const FORGIVEN_GAP: u16 = 10;

/// What a source's packet means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is the far side's.
    Ours,
    /// It is the far side's, whose real address this is, known from now on.
    Learned,
    /// It is not (or not yet known to be) the far side's.
    Stranger,
}

#[derive(Clone, Debug)]
struct Candidate {
    from: SocketAddr,
    ssrc: u32,
    seq: u16,
    steady: u32,
}

/// The far side's addresses.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    announced_rtp: SocketAddr,
    announced_rtcp: SocketAddr,
    rtp: SocketAddr,
    rtcp: SocketAddr,
    learning: bool,
    learned: bool,
    rtcp_learned: bool,
    candidates: Vec<Candidate>,
}

impl Remote {
    pub(super) fn new(settings: &Settings) -> Self {
        Remote {
            announced_rtp: settings.remote_rtp,
            announced_rtcp: settings.remote_rtcp,
            rtp: settings.remote_rtp,
            rtcp: settings.remote_rtcp,
            learning: settings.learn,
            learned: false,
            rtcp_learned: false,
            candidates: Vec::new(),
        }
    }

    /// Takes a new answer. The same addresses change nothing: what was learnt stays.
    pub(super) fn reconfigure(&mut self, settings: &Settings) {
        let same = self.announced_rtp == settings.remote_rtp && self.announced_rtcp == settings.remote_rtcp;
        if !same {
            *self = Remote::new(settings);
        } else if !self.learned {
            self.learning = settings.learn;
        }
    }

    /// The address is known, whatever came from where: RTP and RTCP have one port there.
    pub(super) fn follow(&mut self, remote: SocketAddr) {
        (self.announced_rtp, self.announced_rtcp) = (remote, remote);
        (self.rtp, self.rtcp) = (remote, remote);
        self.learned = true;
        self.candidates = Vec::new();
    }

    /// Where packets of this port go.
    pub(super) fn address(&self, port: Port) -> SocketAddr {
        match port {
            Port::Rtp => self.rtp,
            Port::Rtcp => self.rtcp,
        }
    }

    /// From which of our ports RTCP leaves: from the one RTP uses, where the far side takes both on
    /// one (RFC 5761).
    pub(super) fn rtcp_leaves_from(&self) -> Port {
        if self.announced_rtp == self.announced_rtcp { Port::Rtp } else { Port::Rtcp }
    }

    /// Whether RTP from there is a stranger's whatever it holds.
    pub(super) fn ignores(&self, from: SocketAddr) -> bool {
        from != self.rtp && (!self.learning || self.learned)
    }

    /// Judges the sender of an RTP packet whose payload type was agreed.
    pub(super) fn judge(&mut self, from: SocketAddr, ssrc: u32, seq: u16) -> Verdict {
        let announced = from == self.rtp;
        if !self.learning || self.learned {
            return if announced { Verdict::Ours } else { Verdict::Stranger };
        }
        match (self.is_steady(from, ssrc, seq), announced) {
            (true, true) => {
                self.lock(from);
                Verdict::Ours
            }
            (true, false) => {
                self.lock(from);
                Verdict::Learned
            }
            (false, true) => Verdict::Ours,
            (false, false) => Verdict::Stranger,
        }
    }

    /// Whether an RTCP packet comes from the far side; after the lock its first one tells the port.
    pub(super) fn judge_rtcp(&mut self, from: SocketAddr) -> bool {
        let known = from == self.rtcp || from == self.rtp;
        let moved = self.learned && self.announced_rtp != self.rtp && from.ip() == self.rtp.ip();
        if moved && !known && !self.rtcp_learned {
            self.rtcp = from;
            self.rtcp_learned = true;
        }
        known || from == self.rtcp
    }

    fn is_steady(&mut self, from: SocketAddr, ssrc: u32, seq: u16) -> bool {
        let Some(candidate) = self.candidates.iter_mut().find(|c| c.from == from) else {
            if self.candidates.len() == CANDIDATES {
                self.candidates.remove(0);
            }
            self.candidates.push(Candidate { from, ssrc, seq, steady: 1 });
            return STEADY <= 1;
        };
        let follows = is_before_seq(candidate.seq, seq) && seq.wrapping_sub(candidate.seq) <= FORGIVEN_GAP;
        let steady = if candidate.ssrc == ssrc && follows { candidate.steady + 1 } else { 1 };
        *candidate = Candidate { from, ssrc, seq, steady };
        steady >= STEADY
    }

    /// RTCP follows: to the same address where it was multiplexed, else to the announced port there.
    fn lock(&mut self, from: SocketAddr) {
        let multiplexed = self.announced_rtp == self.announced_rtcp;
        if from != self.announced_rtp {
            self.rtcp =
                if multiplexed { from } else { SocketAddr::new(from.ip(), self.announced_rtcp.port()) };
        }
        self.rtp = from;
        self.learned = true;
        self.candidates = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{Codec, Wishes};
    use crate::media::Direction;
    use std::time::Duration;

    fn settings(learn: bool, rtp: &str) -> Settings {
        Settings {
            remote_rtp: addr(rtp),
            remote_rtcp: addr("10.0.0.1:4001"),
            learn,
            codec: Codec::Pcmu,
            payload_type: 0,
            wishes: Wishes::default(),
            events: None,
            also: Vec::new(),
            direction: Direction::SendRecv,
            ptime: Duration::from_millis(20),
            inband: false,
            timeout: None,
            keys: None,
            dtls: None,
            ice: None,
        }
    }

    fn addr(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    const ANNOUNCED: &str = "10.0.0.1:4000";
    const REAL: &str = "203.0.113.5:61000";
    const THIEF: &str = "198.51.100.6:7777";

    fn learnt() -> Remote {
        let mut remote = Remote::new(&settings(true, ANNOUNCED));
        let verdicts: Vec<_> = (1..=3).map(|seq| remote.judge(addr(REAL), 1, seq)).collect();
        assert_eq!(verdicts, [Verdict::Stranger, Verdict::Stranger, Verdict::Learned]);
        remote
    }

    #[test]
    fn without_learning_only_the_announced_address_and_port_is_heard() {
        let mut remote = Remote::new(&settings(false, ANNOUNCED));
        assert_eq!(remote.judge(addr(ANNOUNCED), 1, 1), Verdict::Ours);
        for seq in 1..20 {
            assert_eq!(remote.judge(addr("10.0.0.1:4002"), 1, seq), Verdict::Stranger);
            assert_eq!(remote.judge(addr(THIEF), 1, seq), Verdict::Stranger);
        }
        assert_eq!(remote.address(Port::Rtp), addr(ANNOUNCED));
    }

    #[test]
    fn a_steady_sender_is_learnt_once_and_no_stranger_after_it() {
        let mut remote = learnt();
        for seq in 1..50 {
            assert_eq!(remote.judge(addr(THIEF), 1, seq), Verdict::Stranger);
            assert_eq!(remote.judge(addr(ANNOUNCED), 1, seq), Verdict::Stranger);
        }
        assert_eq!(remote.judge(addr(REAL), 2, 9), Verdict::Ours);
        assert_eq!(remote.address(Port::Rtp), addr(REAL));
    }

    #[test]
    fn stray_packets_do_not_make_an_address() {
        let mut remote = Remote::new(&settings(true, ANNOUNCED));
        for seq in [5, 5, 5, 900, 100, 4] {
            assert_eq!(remote.judge(addr(THIEF), 1, seq), Verdict::Stranger);
        }
        for ssrc in 0..5u16 {
            assert_eq!(remote.judge(addr(THIEF), u32::from(ssrc), ssrc), Verdict::Stranger);
        }
    }

    #[test]
    fn the_announced_address_can_win_the_race() {
        let mut remote = Remote::new(&settings(true, ANNOUNCED));
        assert!((1..=3).all(|seq| remote.judge(addr(ANNOUNCED), 1, seq) == Verdict::Ours));
        assert!((1..=9).all(|seq| remote.judge(addr(REAL), 1, seq) == Verdict::Stranger));
    }

    #[test]
    fn only_another_address_in_the_answer_opens_the_race_again() {
        let mut remote = learnt();
        remote.reconfigure(&settings(true, ANNOUNCED));
        assert_eq!(remote.address(Port::Rtp), addr(REAL));
        remote.reconfigure(&settings(true, "10.0.0.9:5000"));
        assert_eq!(remote.address(Port::Rtp), addr("10.0.0.9:5000"));
        assert!((1..=3).any(|seq| remote.judge(addr(THIEF), 1, seq) == Verdict::Learned));
    }

    #[test]
    fn rtcp_follows_to_the_learnt_host_and_its_port_is_learnt_once() {
        let mut remote = learnt();
        assert_eq!(remote.address(Port::Rtcp), addr("203.0.113.5:4001"));
        assert!(!remote.judge_rtcp(addr(THIEF)));
        assert!(remote.judge_rtcp(addr("203.0.113.5:61001")));
        assert!(!remote.judge_rtcp(addr("203.0.113.5:9")));
        assert_eq!(remote.address(Port::Rtcp), addr("203.0.113.5:61001"));
    }
}
