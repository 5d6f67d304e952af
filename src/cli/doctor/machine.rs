//! The machine: ports of audio and what else the system does with them.

use super::Check;
use crate::cli::settings::Settings;
use std::ops::RangeInclusive;

/// Ports of one call: caller and desk, each RTP and RTCP.
const PORTS_PER_CALL: u16 = 4;

pub(super) fn checks(settings: &Settings) -> Vec<Check> {
    let read = |name: &str| std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).unwrap_or_default();
    vec![ports(&settings.ports, &read("ip_local_port_range"), &read("ip_local_reserved_ports"))]
}

/// Ports that the system gives to others by itself fail a call at random.
fn ports(ours: &RangeInclusive<u16>, given_out: &str, reserved: &str) -> Check {
    let (first, last) = (*ours.start(), *ours.end());
    let calls = (u32::from(last - first) + 1) / u32::from(PORTS_PER_CALL);
    let carries = format!("audio on UDP ports {first}-{last}: {calls} calls at once");
    let Some(range) = range(given_out) else { return Check::good(None, carries) };
    let is_given_out = |port: &u16| range.contains(port) && !is_reserved(*port, reserved);
    match ours.clone().find(is_given_out) {
        None => Check::good(None, carries),
        Some(port) => Check::wrong(
            None,
            format!(
                "{carries}, but the system gives port {port} to whoever asks (ip_local_port_range {}-{}): calls will \
                 fail at random",
                range.start(),
                range.end()
            ),
            format!("sysctl -w net.ipv4.ip_local_reserved_ports={first}-{last}, or other [media] ports"),
        ),
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let mut numbers = text.split_whitespace().map(str::parse);
    Some(numbers.next()?.ok()?..=numbers.next()?.ok()?)
}

/// `8080,9000-9010`.
fn is_reserved(port: u16, reserved: &str) -> bool {
    let within = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&port),
            _ => false,
        }
    };
    reserved.split(',').any(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_ports_that_the_system_gives_out_are_told_with_the_calls_they_carry() {
        let usual = "32768\t60999\n";
        let apart = ports(&(20_000..=29_999), usual, "\n");
        assert!(apart.good && apart.what.contains("2500 calls"), "{apart:?}");
        let within = ports(&(40_000..=40_099), usual, "\n");
        assert!(!within.good && within.what.contains("25 calls"), "{within:?}");
        assert!(within.help.is_some_and(|help| help.contains("ip_local_reserved_ports=40000-40099")));
        let partly = ports(&(32_000..=33_000), usual, "8080\n");
        assert!(partly.what.contains("port 32768"), "{partly:?}");
        assert!(ports(&(40_000..=40_099), usual, "8080,40000-40099\n").good, "reserved for us");
    }
}
