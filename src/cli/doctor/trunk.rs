//! One line: its settings, its name, its registration, its answers.

use super::{Check, Seen};
use crate::cli::settings::{Profile, Settings, Trunk};

/// The port that NTT's network answers to, whatever a request came from.
const NTT_SOURCE_PORT: u16 = 5060;

pub(super) fn checks(name: &str, trunk: &Trunk, settings: &Settings, seen: Option<&Seen>) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(source_port(name, trunk, settings));
    let Some(seen) = seen else {
        let help = "it runs with other settings: restart it, or stop it and ask again";
        checks.push(Check::wrong(Some(name), "the engine that runs does not know this trunk", help));
        return checks;
    };
    checks.push(lookup(name, trunk, seen));
    checks.extend(registration(name, seen));
    checks.extend(places(name, seen));
    checks.extend(limits(name, seen));
    checks
}

/// NTT's network sends its answers to port 5060, and refuses with 403 what came from another.
fn source_port(name: &str, trunk: &Trunk, settings: &Settings) -> Option<Check> {
    if trunk.profile != Profile::NttHikari {
        return None;
    }
    let listens = |transport| move |l: &&crate::net::ListenAddr| l.transport == transport;
    let ports: Vec<u16> =
        settings.listen.iter().filter(listens(trunk.transport)).map(|l| l.address.port()).collect();
    Some(match ports.contains(&NTT_SOURCE_PORT) {
        true => Check::good(Some(name), format!("leaves from port {NTT_SOURCE_PORT}")),
        false => Check::wrong(
            Some(name),
            format!("leaves from port {}: this carrier answers to {NTT_SOURCE_PORT} alone", words(&ports)),
            "[sip] listen = [\"udp:ADDRESS:5060\"], with the address that the line gives",
        ),
    })
}

fn words(ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
    if ports.is_empty() { "none that is listened on".to_string() } else { ports.join(", ") }
}

fn lookup(name: &str, trunk: &Trunk, seen: &Seen) -> Check {
    let host = &trunk.host;
    let places: Vec<&str> = seen.places.iter().map(|place| place.address.as_str()).collect();
    match (&seen.dns_error, seen.dns_ms) {
        (Some(why), _) => Check::wrong(
            Some(name),
            format!("`{host}`: {why}"),
            "check host, port and transport of the trunk, [sip] listen, and [sip] nameserver",
        ),
        (None, None) => Check::wrong(
            Some(name),
            format!("`{host}`: the name service does not answer"),
            "check that the name servers of this machine are reached, or name one: [sip] nameserver",
        ),
        (None, Some(took)) => {
            Check::good(Some(name), format!("`{host}` is {} ({took} ms)", places.join(", ")))
        }
    }
}

fn registration(name: &str, seen: &Seen) -> Option<Check> {
    let took = seen.registration_ms.map_or(String::new(), |took| format!(" in {took} ms"));
    let check = |what: String, help: &str| Some(Check::wrong(Some(name), what, help));
    match (seen.registration.as_str(), seen.registration_status) {
        ("not-wanted", _) => None,
        ("standing", _) => {
            let granted = seen.granted_seconds.unwrap_or_default();
            Some(Check::good(Some(name), format!("registered for {granted} s, answered{took}")))
        }
        ("failing", Some(status)) => check(format!("REGISTER is answered {status}{took}"), remedy(status)),
        _ if seen.places.is_empty() => None,
        _ => check("REGISTER is not answered".to_string(), SILENCE),
    }
}

const SILENCE: &str = "check the address and port of the carrier, the firewall, and that it knows the address this \
                       machine sends from";

/// What a refused registration usually means.
fn remedy(status: u16) -> &'static str {
    match status {
        401 | 407 => "user, auth_user or password of the trunk are not those of the line",
        403 => {
            "the carrier does not take this line from here: check user and domain, the source port (some want 5060), and the network it is sent from"
        }
        404 | 604 => "the carrier does not know user or domain of the trunk",
        423 => "the carrier wants a longer time than it says: set expires of the trunk",
        500..=599 => "the carrier is in trouble: it is tried again, and its other places before",
        _ => "ask the carrier what it wants of a REGISTER",
    }
}

fn places(name: &str, seen: &Seen) -> Vec<Check> {
    let check = |place: &super::seen::Place| {
        let address = &place.address;
        match (place.options_status, place.options_ms) {
            (Some(503), took) => Some(Check::wrong(
                Some(name),
                format!(
                    "{address} answers OPTIONS 503 in {} ms: it takes no calls",
                    took.unwrap_or_default()
                ),
                "calls go to the trunk's other places; ask the carrier",
            )),
            (Some(status), took) => Some(Check::good(
                Some(name),
                format!("{address} answers OPTIONS {status} in {} ms", took.unwrap_or_default()),
            )),
            (None, _) if place.down => {
                Some(Check::wrong(Some(name), format!("{address} does not answer"), SILENCE))
            }
            (None, _) if seen.registration == "not-wanted" => {
                Some(Check::wrong(Some(name), format!("{address} has not answered OPTIONS"), SILENCE))
            }
            (None, _) => None,
        }
    };
    seen.places.iter().filter_map(check).collect()
}

fn limits(name: &str, seen: &Seen) -> Option<Check> {
    (seen.refused > 0).then(|| {
        let what =
            format!("{} calls were refused because of its limits; {} are up", seen.refused, seen.calls);
        Check::wrong(
            Some(name),
            what,
            "max_calls, calls_per_second or prefixes of the trunk; /metrics says which",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::seen::Place;
    use super::*;
    use crate::cli::settings::Surroundings;

    fn seen() -> Seen {
        Seen {
            trunk: "ntt".into(),
            usable: true,
            registration: "standing".into(),
            registration_status: None,
            granted_seconds: Some(3600),
            registration_ms: Some(12.5),
            dns_ms: Some(0.0),
            dns_error: None,
            places: vec![Place {
                address: "192.0.2.9:5060".into(),
                current: true,
                down: false,
                options_status: None,
                options_ms: None,
            }],
            calls: 0,
            refused: 0,
        }
    }

    fn wrong(listen: &str, seen: Option<&Seen>) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("s.toml");
        let text = format!(
            "[sip]\nlisten = ['{listen}']\n[trunks.ntt]\nhost = '192.0.2.9'\nprofile = 'ntt-hikari'\nregister = true\nuser = '03'\n"
        );
        std::fs::write(&file, text).expect("written");
        let settings =
            crate::cli::settings::load(Some(&file), &Surroundings::default()).expect("good").settings;
        let found = checks("ntt", &settings.trunks["ntt"], &settings, seen);
        found.into_iter().filter(|check| !check.good).map(|check| check.what).collect()
    }

    #[test]
    fn a_good_line_has_nothing_wrong() {
        assert_eq!(wrong("udp:127.0.0.1:5060", Some(&seen())), [""; 0]);
    }

    #[test]
    fn each_fault_of_a_line_is_told() {
        let port = wrong("udp:127.0.0.1:5070", Some(&seen()));
        assert_eq!(port, ["leaves from port 5070: this carrier answers to 5060 alone"]);
        let wrong = |change: fn(&mut Seen)| {
            let mut seen = seen();
            change(&mut seen);
            wrong("udp:127.0.0.1:5060", Some(&seen))
        };
        let refused = wrong(|seen| {
            (seen.registration, seen.registration_status) = ("failing".into(), Some(403));
        });
        assert_eq!(refused, ["REGISTER is answered 403 in 12.5 ms"]);
        let silent = wrong(|seen| {
            (seen.registration, seen.places[0].down) = ("failing".into(), true);
        });
        assert_eq!(silent, ["REGISTER is not answered", "192.0.2.9:5060 does not answer"]);
        let full = wrong(|seen| seen.places[0].options_status = Some(503));
        assert_eq!(full, ["192.0.2.9:5060 answers OPTIONS 503 in 0 ms: it takes no calls"]);
        let nameless = wrong(|seen| {
            (seen.dns_error, seen.places) = (Some("no such name".into()), Vec::new());
        });
        assert_eq!(nameless, ["`192.0.2.9`: no such name"]);
        assert_eq!(wrong(|seen| seen.refused = 2).len(), 1);
        assert_eq!(super::tests::wrong("udp:127.0.0.1:5060", None).len(), 1);
    }
}
