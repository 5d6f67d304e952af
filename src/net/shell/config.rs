//! How a shell is set up.

use crate::base::{Rng, UnixTime};
use crate::media::Take;
use crate::net::{ListenAddr, StrangerLimits, TcpLimits, TlsConfig, fresh_rng};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// Media threads by default, on machines with more cores than that.
const MOST_WORKERS: usize = 8;

/// Everything the shell is told at its start.
#[derive(Clone, Debug)]
pub struct ShellConfig {
    /// Where SIP is listened for.
    pub sip_listen: Vec<ListenAddr>,
    /// Addresses that RTP is received on; empty: those of `sip_listen`.
    pub rtp_ips: Vec<IpAddr>,
    /// The address that peers beyond a NAT see; written into SDP in place of our own.
    pub advertise: Option<IpAddr>,
    /// Origins of the pages that may connect over WebSocket (RFC 6455 10.2), `*`: any; empty: those whose host is
    /// the one that they ask for.
    pub origins: Vec<String>,
    /// Who is asked what names of carriers mean; none: whoever the system asks.
    pub nameserver: Option<SocketAddr>,
    /// How SIP to a trunk is marked for routers (DSCP), by its name; others as signaling usually is.
    pub marks: BTreeMap<Arc<str>, u8>,
    /// RTP ports; each leg takes an even one and the next.
    pub rtp_ports: RangeInclusive<u16>,
    /// How long a closed pair of ports is given to no other leg.
    pub port_rest: Duration,
    /// Media threads.
    pub workers: usize,
    /// What a TCP peer may cost.
    pub tcp: TcpLimits,
    /// Who we are over TLS, and whom we believe.
    pub tls: TlsConfig,
    /// What a source may take that [`Bound::exempt`](crate::net::Bound::exempt) does not name; none: as it likes.
    pub strangers: Option<StrangerLimits>,
    /// How long calls in progress may go on after a drain was asked for.
    pub drain_timeout: Duration,
    /// How long ending them may take.
    pub stop_timeout: Duration,
    /// Whether logs show telephone numbers in full.
    pub show_numbers: bool,
    /// What the wall clock shows at the start; none: the machine's.
    pub wall: Option<UnixTime>,
    /// Who keeps recordings of callers, and says what became of each by [`ShellHandle::input`] as
    /// [`Input::Recorded`]; none: each is lost.
    ///
    /// [`ShellHandle::input`]: crate::net::ShellHandle::input
    /// [`Input::Recorded`]: crate::node::Input::Recorded
    pub recordings: Option<Sender<Take>>,
    /// Spreads RTCP reports.
    pub rng: Rng,
}

impl ShellConfig {
    /// Listens there, with defaults for the rest.
    pub fn new(sip_listen: Vec<ListenAddr>, rtp_ports: RangeInclusive<u16>) -> ShellConfig {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        ShellConfig {
            sip_listen,
            rtp_ips: Vec::new(),
            advertise: None,
            origins: Vec::new(),
            nameserver: None,
            marks: BTreeMap::new(),
            rtp_ports,
            port_rest: Duration::from_secs(10),
            workers: cores.min(MOST_WORKERS),
            tcp: TcpLimits::default(),
            tls: TlsConfig::default(),
            strangers: None,
            drain_timeout: Duration::from_secs(60),
            stop_timeout: Duration::from_secs(5),
            show_numbers: false,
            wall: None,
            recordings: None,
            rng: fresh_rng(),
        }
    }

    /// The addresses of `rtp_ips`, or those SIP is listened for at, each once.
    pub(super) fn media_ips(&self) -> Vec<IpAddr> {
        if !self.rtp_ips.is_empty() {
            return self.rtp_ips.clone();
        }
        let mut ips: Vec<IpAddr> = Vec::new();
        for ip in self.sip_listen.iter().map(|listen| listen.address.ip()) {
            if !ips.contains(&ip) {
                ips.push(ip);
            }
        }
        ips
    }
}
