//! What the shell dropped or was late with: numbers for metrics, shared by its threads.

use std::sync::atomic::{AtomicU64, Ordering};

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
    /// SIP datagrams dropped because the engine's inbox was full.
    sip_dropped
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
    /// Wake-ups of a media worker more than 20 ms after a stream's deadline.
    ticks_late
    /// Blocks of recorded audio dropped because the disk was too slow.
    recorded_dropped
    /// Blocks of heard audio dropped because nobody took them.
    heard_dropped
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
