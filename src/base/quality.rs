//! How a party's audio was: what is counted of a stream, and the opinion a listener would have of it.

use std::time::Duration;

/// What was seen of one party's audio, from its answer to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AudioQuality {
    /// The encoding's name, as SDP writes it.
    pub codec: String,
    /// Packets sent to the party.
    pub sent: u64,
    /// Packets that came from it.
    pub received: u64,
    /// Packets from it that never came.
    pub lost: u64,
    /// Packets to it that never came there, where it reported (RFC 3550 6.4.1).
    pub lost_there: Option<u64>,
    /// How unevenly its packets came (RFC 3550 6.4.1).
    pub jitter: Duration,
    /// To the party and back, where it reported.
    pub round_trip: Option<Duration>,
    /// Mean opinion score of what came from it, in hundredths from 100 to 450; none where nothing came.
    pub mos: Option<u16>,
}

/// A network's part in how speech sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Packets that came.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// How unevenly they came.
    pub jitter: Duration,
    /// There and back, where it is known.
    pub round_trip: Option<Duration>,
    /// How long a packet's speech is.
    pub packet: Duration,
    /// How well the codec bears losses: `Bpl` of ITU-T G.113 Appendix I.
    pub robustness: f64,
}

impl Line {
    /// The mean opinion score in hundredths; none where nothing came.
    ///
    /// ITU-T G.107 with its default values: R = 93.2 - Id - Ie,eff, where Ie,eff = 95 Ppl / (Ppl + Bpl) for random
    /// losses of Ppl percent and a codec without impairment of its own, and Id = 0.024 d + 0.11 (d - 177.3) above
    /// 177.3 ms of one-way delay d (Cole and Rosenbluth 2001, of G.107's Id without echo). The score of R is
    /// Annex B of G.107. The delay is half the round trip, a packet, and a jitter buffer of twice the jitter.
    pub fn mos(&self) -> Option<u16> {
        let expected = self.received + self.lost;
        if self.received == 0 {
            return None;
        }
        let loss = 100.0 * self.lost as f64 / expected as f64;
        let way = self.round_trip.unwrap_or_default() / 2 + self.packet + self.jitter * 2;
        let r = 93.2 - delay_impairment(way.as_secs_f64() * 1_000.0) - 95.0 * loss / (loss + self.robustness);
        Some((score(r) * 100.0).round() as u16)
    }
}

fn delay_impairment(ms: f64) -> f64 {
    0.024 * ms + 0.11 * (ms - 177.3).max(0.0)
}

/// G.107 Annex B.
fn score(r: f64) -> f64 {
    match r {
        r if r <= 0.0 => 1.0,
        r if r >= 100.0 => 4.5,
        r => (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const G711: f64 = 25.1;

    fn mos(lost_percent: u64, round_trip_ms: u64, jitter_ms: u64) -> f64 {
        let line = Line {
            received: 10_000 - lost_percent * 100,
            lost: lost_percent * 100,
            jitter: Duration::from_millis(jitter_ms),
            round_trip: Some(Duration::from_millis(round_trip_ms)),
            packet: Duration::from_millis(20),
            robustness: G711,
        };
        f64::from(line.mos().expect("packets came")) / 100.0
    }

    #[test]
    fn scores_are_those_of_the_recommendation() {
        // R 93.2 is 4.41 (G.107 Annex B); 2 % random loss takes 7.0 from R, 10 % takes 27.1, 420 ms take 36.8.
        assert!((score(93.2) - 4.41).abs() < 0.005);
        assert!((score(50.0) - 2.575).abs() < 0.01);
        assert_eq!((score(-3.0), score(120.0)), (1.0, 4.5));
        let close = |found: f64, wanted: f64| assert!((found - wanted).abs() < 0.03, "{found} {wanted}");
        close(mos(0, 0, 0), 4.40);
        close(mos(2, 0, 0), 4.22);
        close(mos(10, 0, 0), 3.39);
        close(mos(0, 800, 0), 2.91);
    }

    #[test]
    fn losses_delay_and_jitter_each_make_it_worse_and_it_stays_a_score() {
        assert!(mos(0, 0, 0) > mos(1, 0, 0) && mos(0, 0, 0) > mos(0, 200, 0) && mos(0, 0, 0) > mos(0, 0, 30));
        for loss in 0..100 {
            assert!((1.0..=4.5).contains(&mos(loss, loss * 50, loss)), "{loss}");
        }
    }

    #[test]
    fn who_was_never_heard_has_no_score() {
        let line = Line {
            received: 0,
            lost: 0,
            jitter: Duration::ZERO,
            round_trip: None,
            packet: Duration::ZERO,
            robustness: G711,
        };
        assert_eq!(line.mos(), None);
    }
}
