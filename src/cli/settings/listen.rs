//! Addresses and ports as settings write them.

use super::reader::Wrong;
use crate::diag::parse_duration;
use crate::net::ListenAddr;
use crate::web::{Network, NoNetwork};
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

const SHORTEST_SESSION: Duration = Duration::from_secs(90);
const LONGEST_SESSION: Duration = Duration::from_secs(86_400);
/// A silent peer reports by RTCP every 2.5 to 7.5 seconds (RFC 3550 6.2): less is no sign of its death.
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(10);

/// `udp:127.0.0.1:5060`.
pub(super) fn listen(text: &str) -> Result<ListenAddr, Wrong> {
    let help = "write \"udp:127.0.0.1:5060\", or tcp, tls, ws or wss in place of udp";
    text.parse().map_err(|_| Wrong::new("bad-listen", format!("`{text}` is no listening address"), help))
}

/// What browsers say of a page: `https://desk.example`, with its port where that is not the usual one; `*`: any.
pub(super) fn origin(text: &str) -> Result<String, Wrong> {
    let is_origin = |(scheme, host): (&str, &str)| {
        matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains(['/', ' ', '*'])
    };
    match text == "*" || text.split_once("://").is_some_and(is_origin) {
        true => Ok(text.to_string()),
        false => {
            let help = "write \"https://desk.example\", without a path";
            Err(Wrong::new("bad-origin", format!("`{text}` is no origin of a page"), help))
        }
    }
}

/// `127.0.0.1:8080`, `[::1]:8080`.
pub(super) fn socket(text: &str) -> Result<SocketAddr, Wrong> {
    let wrong = |_| {
        Wrong::new("bad-address", format!("`{text}` is no address with a port"), "write \"127.0.0.1:8080\"")
    };
    text.parse().map_err(wrong)
}

/// `10.0.0.0/8`, or one address.
pub(super) fn network(text: &str) -> Result<Network, Wrong> {
    text.parse().map_err(|why: NoNetwork| {
        Wrong::new("bad-network", format!("`{text}` {why}"), "write \"127.0.0.1\", or \"10.0.0.0/8\"")
    })
}

/// `auto`, or an address.
pub(super) fn advertised(text: &str) -> Result<Option<IpAddr>, Wrong> {
    if text == "auto" {
        return Ok(None);
    }
    let wrong = |_| {
        Wrong::new("bad-address", format!("`{text}` is no IP address"), "write \"auto\" or \"203.0.113.5\"")
    };
    text.parse().map(Some).map_err(wrong)
}

/// `off`, or an interval that RFC 4028 allows.
pub(super) fn session_expires(text: &str) -> Result<Option<Duration>, Wrong> {
    if text == "off" {
        return Ok(None);
    }
    interval(text, "write \"30m\", or \"off\"").map(Some)
}

/// The smallest interval taken.
pub(super) fn min_se(text: &str) -> Result<Duration, Wrong> {
    interval(text, "write \"90s\"")
}

fn interval(text: &str, help: &str) -> Result<Duration, Wrong> {
    let wrong = |why: &str| Wrong::new("bad-interval", format!("`{text}` {why}"), help);
    let length = parse_duration(text).ok_or_else(|| wrong("is no duration"))?;
    match length {
        _ if length < SHORTEST_SESSION => Err(wrong("is shorter than the 90 s that RFC 4028 allows")),
        _ if length > LONGEST_SESSION => Err(wrong("is longer than a day")),
        _ => Ok(length),
    }
}

/// `auto`, or the address of a name server, on port 53 where none is written.
pub(super) fn nameserver(text: &str) -> Result<Option<SocketAddr>, Wrong> {
    if text == "auto" {
        return Ok(None);
    }
    let bare = |_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, 53));
    let wrong = |_| {
        let why = format!("`{text}` is no address of a name server");
        Wrong::new("bad-address", why, "write \"auto\" or \"192.0.2.53\"")
    };
    text.parse::<SocketAddr>().or_else(bare).map(Some).map_err(wrong)
}

/// `20000-29999`: at least one pair of ports, none of the system's own.
pub(super) fn ports(text: &str) -> Result<RangeInclusive<u16>, Wrong> {
    let wrong = |why: &str| Wrong::new("bad-ports", format!("`{text}` {why}"), "write \"20000-29999\"");
    let (first, last) = text.split_once('-').ok_or_else(|| wrong("is no range of ports"))?;
    let number = |text: &str| text.trim().parse::<u16>().map_err(|_| wrong("is no range of ports"));
    let (first, last) = (number(first)?, number(last)?);
    match () {
        _ if last <= first => Err(wrong("holds no pair of ports")),
        _ if first < 1024 => Err(wrong("begins among the system's own ports, below 1024")),
        _ => Ok(first..=last),
    }
}

/// `60s`, or `off`.
pub(super) fn media_timeout(text: &str) -> Result<Option<Duration>, Wrong> {
    let wrong = |why: &str| Wrong::new("bad-timeout", format!("`{text}` {why}"), "write \"60s\", or \"off\"");
    match (text, parse_duration(text)) {
        ("off", _) => Ok(None),
        (_, None) => Err(wrong("is no duration")),
        (_, Some(time)) if time < SHORTEST_TIMEOUT => {
            Err(wrong("would end good calls: a silent phone reports every few seconds"))
        }
        (_, time) => Ok(time),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ports_are_read_as_written() {
        let listen = |text| listen(text).map(|l| l.to_string()).map_err(|w| w.why);
        assert_eq!(listen("udp:127.0.0.1:5060").as_deref(), Ok("udp:127.0.0.1:5060"));
        assert_eq!(listen("tcp:[::1]:5070").as_deref(), Ok("tcp:[::1]:5070"));
        assert_eq!(listen("tls:127.0.0.1:5061").as_deref(), Ok("tls:127.0.0.1:5061"));
        assert_eq!(listen("wss:127.0.0.1:5067").as_deref(), Ok("wss:127.0.0.1:5067"));
        assert_eq!(listen("127.0.0.1:5060").unwrap_err(), "`127.0.0.1:5060` is no listening address");
        assert_eq!(listen("udp:localhost").unwrap_err(), "`udp:localhost` is no listening address");
        assert_eq!(session_expires("off").map_err(|w| w.why), Ok(None));
        assert_eq!(session_expires("30m").map_err(|w| w.why), Ok(Some(Duration::from_secs(1800))));
        for (text, why) in [("89s", "shorter"), ("25h", "longer"), ("soon", "no duration")] {
            assert!(min_se(text).expect_err(text).why.contains(why), "{text}");
        }
        assert_eq!(ports("20000-29999").map_err(|w| w.why), Ok(20000..=29999));
        for (text, why) in
            [("5-6", "begins"), ("3000-3000", "no pair"), ("70000-80000", "no range"), ("x", "no range")]
        {
            assert!(ports(text).expect_err(text).why.contains(why), "{text}");
        }
        let timeout = |text| media_timeout(text).map_err(|w| w.why);
        assert_eq!((timeout("off"), timeout("2m")), (Ok(None), Ok(Some(Duration::from_secs(120)))));
        assert!(timeout("5s").is_err_and(|why| why.contains("good calls")));
        assert!(timeout("soon").is_err_and(|why| why.contains("no duration")));
    }
}
