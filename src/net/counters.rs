//! What the shell dropped or was late with: numbers for metrics, shared by its threads.

use crate::media::StreamReport;
use std::sync::atomic::{AtomicU64, Ordering};

/// Opinion scores in hundredths from which users are satisfied, and from which only some are (G.107 Annex B).
const GOOD: u16 = 400;
const FAIR: u16 = 310;

macro_rules! counters {
    ($(#[doc = $doc:literal] $name:ident)*) => {
        /// Counters that all threads of a shell add to.
        #[derive(Debug, Default)]
        pub(super) struct Counters { $(pub(super) $name: Counter,)* }

        /// The counters at one moment.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct Counts { $(#[doc = $doc] pub $name: u64,)* }

        impl Counts {
            /// Every count with its name and what it counts.
            pub fn named(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name), $doc.trim().trim_end_matches('.'), self.$name),)*]
            }
        }

        impl Counters {
            pub(super) fn read(&self) -> Counts {
                Counts { $($name: self.$name.get(),)* }
            }
        }
    };
}

counters! {
    /// Calls that came in, refused ones too.
    calls_started
    /// Calls that are wholly over.
    calls_gone
    /// Calls ended because a rule of the engine's own broke in them.
    calls_broken
    /// Inputs lost because a rule of the engine's own broke outside any call.
    inputs_broken
    /// SIP datagrams dropped because the engine's inbox was full.
    sip_dropped
    /// SIP messages of strangers dropped, or on streams made to wait, because their source sent too many.
    sip_limited
    /// INVITEs of strangers dropped, or on streams made to wait, because their source placed too many calls.
    calls_limited
    /// SIP messages of trunks and desks that a stranger would have been denied; they were taken.
    sip_exempt
    /// SIP datagrams the system would not take; retransmission makes up for them.
    sip_unsent
    /// TCP connections refused because too many were open.
    connections_refused
    /// TCP connections ended because the peer was too slow, silent for too long, or sent no SIP.
    connections_cut
    /// Connections ended because no TLS came about on them.
    tls_failed
    /// RTP and RTCP datagrams sent.
    rtp_sent
    /// RTP and RTCP datagrams the system would not take.
    rtp_unsent
    /// RTP and RTCP datagrams received.
    rtp_received
    /// RTP packets of far sides that came, of streams that are over.
    rtp_streams_received
    /// RTP packets of far sides that never came, of streams that are over.
    rtp_streams_lost
    /// Packets from addresses that are not the far side's, of streams that are over.
    rtp_strangers
    /// Packets that were no RTP of their stream, of streams that are over.
    rtp_malformed
    /// Streams that are over and were heard with a mean opinion score (G.107) of 4 or more.
    rtp_streams_good
    /// Streams that are over and were heard with a mean opinion score from 3.1 to 4.
    rtp_streams_fair
    /// Streams that are over and were heard with a mean opinion score under 3.1.
    rtp_streams_poor
    /// Far sides that fell silent for longer than they may: taken for dead.
    rtp_timeouts
    /// Wake-ups of a media worker more than 20 ms after a stream's deadline.
    ticks_late
    /// Blocks of recorded audio dropped because the disk was too slow.
    recorded_dropped
    /// Blocks of heard audio dropped because nobody took them.
    heard_dropped
}

impl Counters {
    /// Counts what a stream that is over saw.
    pub(super) fn count_stream(&self, report: &StreamReport) {
        self.rtp_streams_received.add(report.received);
        self.rtp_streams_lost.add(report.lost);
        self.rtp_strangers.add(report.strangers);
        self.rtp_malformed.add(report.malformed);
        match report.quality().and_then(|quality| quality.mos) {
            Some(GOOD..) => self.rtp_streams_good.add(1),
            Some(FAIR..) => self.rtp_streams_fair.add(1),
            Some(_) => self.rtp_streams_poor.add(1),
            None => {}
        }
    }
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::Codec;

    #[test]
    fn a_stream_that_is_over_is_counted_by_how_it_was_heard() {
        let counters = Counters::default();
        for lost in [0, 5, 15, 60] {
            let heard =
                StreamReport { received: 100 - lost, lost, codec: Some(Codec::Pcmu), ..Default::default() };
            counters.count_stream(&heard);
        }
        counters.count_stream(&StreamReport { strangers: 7, ..StreamReport::default() });
        let counts = counters.read();
        assert_eq!((counts.rtp_streams_good, counts.rtp_streams_fair, counts.rtp_streams_poor), (1, 1, 2));
        assert_eq!(
            (counts.rtp_streams_received, counts.rtp_streams_lost, counts.rtp_strangers),
            (320, 80, 7)
        );
    }
}
