//! RTCP of one stream: a report every five seconds or so, round trips, and the goodbye (RFC 3550 6).
//!
//! The NTP fields count from the start of the process: RFC 3550 6.4.1 asks only that they run
//! steadily, and the wall clock may step.

use super::reception::Reception;
use super::sender::Sender;
use crate::base::{Instant, Rng};
use crate::rtp::Rtcp;
use crate::rtp::rtcp::{self, ReportBlock};
use std::time::Duration;

/// Mean time between reports (RFC 3550 6.2).
const INTERVAL: Duration = Duration::from_secs(5);

/// The reports of one stream.
#[derive(Debug)]
pub(super) struct Reporter {
    cname: String,
    rng: Rng,
    next_at: Option<Instant>,
    sent_before: u64,
    /// The far side's last sender report: middle bits of its NTP time, and when it came.
    last_report: Option<(u32, Instant)>,
    pub(super) round_trip: Option<Duration>,
    /// Packets of ours that the far side missed, as it reported last.
    pub(super) lost_there: Option<u64>,
}

impl Reporter {
    pub(super) fn new(cname: String, rng: Rng) -> Self {
        Reporter {
            cname,
            rng,
            next_at: None,
            sent_before: 0,
            last_report: None,
            round_trip: None,
            lost_there: None,
        }
    }

    /// The first report is due after half an interval (RFC 3550 6.2); later calls change nothing.
    pub(super) fn start(&mut self, now: Instant) {
        if self.next_at.is_none() {
            self.next_at = Some(now + self.interval() / 2);
        }
    }

    /// When the next report is due.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.next_at
    }

    /// The report that is due by now, if any.
    pub(super) fn due(
        &mut self,
        now: Instant,
        sender: &Sender,
        reception: &mut Reception,
    ) -> Option<Vec<u8>> {
        if self.next_at.is_none_or(|at| at > now) {
            return None;
        }
        self.next_at = Some(now + self.interval());
        Some(rtcp::write(&self.report(now, sender, reception)))
    }

    /// The goodbye, with a last report before it as every compound needs one.
    pub(super) fn goodbye(&mut self, now: Instant, sender: &Sender, reception: &mut Reception) -> Vec<u8> {
        self.next_at = None;
        let mut packets = self.report(now, sender, reception).to_vec();
        packets.push(Rtcp::Bye { ssrcs: vec![sender.ssrc()] });
        rtcp::write(&packets)
    }

    /// Reads a compound from the far side; false where it is none. Its goodbye ends nothing: the
    /// signalling does.
    pub(super) fn take(&mut self, now: Instant, our_ssrc: u32, bytes: &[u8]) -> bool {
        let Ok(packets) = rtcp::read(bytes) else { return false };
        for packet in &packets {
            match packet {
                Rtcp::SenderReport { ntp, blocks, .. } => {
                    self.last_report = Some(((ntp >> 16) as u32, now));
                    self.take_blocks(now, our_ssrc, blocks);
                }
                Rtcp::ReceiverReport { blocks, .. } => self.take_blocks(now, our_ssrc, blocks),
                Rtcp::Name { .. } | Rtcp::Bye { .. } => {}
            }
        }
        true
    }

    fn take_blocks(&mut self, now: Instant, our_ssrc: u32, blocks: &[ReportBlock]) {
        for block in blocks.iter().filter(|b| b.ssrc == our_ssrc) {
            // Below zero where packets came twice (RFC 3550 6.4.1).
            self.lost_there = Some(u64::try_from(block.lost).unwrap_or(0));
            if block.last_sender_report == 0 {
                continue;
            }
            let asked = block.last_sender_report.wrapping_add(block.delay_since_last_sender_report);
            let trip = ((ntp(now) >> 16) as u32).wrapping_sub(asked);
            // Half the range means that the peer's figures were wrong, not that it is hours away.
            if trip < u32::MAX / 2 {
                self.round_trip = Some(Duration::from_micros((u64::from(trip) * 1_000_000) >> 16));
            }
        }
    }

    fn interval(&mut self) -> Duration {
        INTERVAL / 2 + Duration::from_micros(self.rng.below(INTERVAL.as_micros() as u64))
    }

    /// A sender's report where something was sent since the last one, else a receiver's.
    fn report(&mut self, now: Instant, sender: &Sender, reception: &mut Reception) -> [Rtcp; 2] {
        let blocks: Vec<_> = self.block(now, reception).into_iter().collect();
        let ssrc = sender.ssrc();
        let sent = std::mem::replace(&mut self.sent_before, sender.packets) != sender.packets;
        let report = if sent {
            Rtcp::SenderReport {
                ssrc,
                ntp: ntp(now),
                rtp_timestamp: sender.timestamp_at(now),
                packets: sender.packets as u32,
                octets: sender.octets,
                blocks,
            }
        } else {
            Rtcp::ReceiverReport { ssrc, blocks }
        };
        [report, Rtcp::Name { ssrc, cname: self.cname.clone() }]
    }

    fn block(&self, now: Instant, reception: &mut Reception) -> Option<ReportBlock> {
        let block = reception.block()?;
        let (middle, waited) = match self.last_report {
            Some((middle, came)) => (middle, (units(now - came) >> 16) as u32),
            None => (0, 0),
        };
        Some(ReportBlock { last_sender_report: middle, delay_since_last_sender_report: waited, ..block })
    }
}

/// The NTP fields' 32.32 form of a moment; never zero, which would mean "no report yet".
fn ntp(now: Instant) -> u64 {
    units(now.since_start() + Duration::from_secs(1))
}

/// Seconds in 32.32 fixed point.
fn units(elapsed: Duration) -> u64 {
    (elapsed.as_secs() << 32) | ((u64::from(elapsed.subsec_nanos()) << 32) / 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reporter() -> Reporter {
        Reporter::new("engine@example.invalid".to_string(), Rng::from_seed(1))
    }

    fn sender(ssrc: u32) -> Sender {
        let mut sender = Sender::new(Instant::ZERO, ssrc, 1, 1);
        sender.audio(Instant::ZERO, Duration::from_millis(20));
        sender.count(160);
        sender
    }

    #[test]
    fn reports_come_two_and_a_half_to_seven_and_a_half_seconds_apart() {
        let mut reporter = reporter();
        reporter.start(Instant::ZERO);
        let mut before = reporter.next_at().unwrap();
        let mut distances = Vec::new();
        for _ in 0..50 {
            assert!(reporter.due(before, &sender(1), &mut Reception::default()).is_some());
            let next = reporter.next_at().unwrap();
            distances.push(next - before);
            before = next;
        }
        assert!(distances.iter().all(|d| (2500..=7500).contains(&d.as_millis())));
        assert!(distances.windows(2).any(|w| w[0] != w[1]));
    }

    #[test]
    fn two_sides_measure_the_round_trip() {
        let (mut here, mut there) = (reporter(), reporter());
        let mut heard = Reception::default();
        heard.take(Instant::ZERO, 1, 5);
        here.start(Instant::ZERO);
        let at = here.next_at().unwrap();
        let report = here.due(at, &sender(1), &mut Reception::default()).unwrap();
        let way = Duration::from_millis(30);
        assert!(there.take(at + way, 2, &report));
        there.next_at = Some(at + way * 10);
        let reply = there.due(at + way * 10, &sender(2), &mut heard).unwrap();
        assert!(here.take(at + way * 11, 1, &reply));
        assert_eq!(here.lost_there, Some(0));
        let trip = here.round_trip.unwrap();
        assert!((59..=61).contains(&trip.as_millis()), "{trip:?}");
    }

    #[test]
    fn a_compound_starts_with_a_report_and_names_its_source() {
        let mut reporter = reporter();
        let bytes = reporter.goodbye(Instant::ZERO, &sender(7), &mut Reception::default());
        let packets = rtcp::read(&bytes).unwrap();
        let [Rtcp::SenderReport { packets: 1, octets: 160, .. }, name, bye] = packets.as_slice() else {
            panic!("{packets:?}");
        };
        assert_eq!(*name, Rtcp::Name { ssrc: 7, cname: "engine@example.invalid".to_string() });
        assert_eq!(*bye, Rtcp::Bye { ssrcs: vec![7] });
    }
}
