//! The floors of the house: who may name whom, read from the source and enforced.

mod field;
mod peers;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every room and its floor. A new room declares itself here.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("diag", 0),
    ("audio", 1),
    ("rtp", 1),
    ("sdp", 1),
    ("sip", 1),
    ("stun", 1),
    ("media", 2),
    ("signaling", 2),
    ("speech", 2),
    ("calendar", 3),
    ("call", 3),
    ("case", 3),
    ("customer", 3),
    ("dialplan", 3),
    ("queue", 3),
    ("node", 4),
    ("engine", 5),
    ("phone", 5),
    ("net", 6),
    ("sim", 6),
    ("store", 6),
    ("web", 8),
    ("webhook", 6),
    ("office", 7),
    ("cli", 9),
];

/// The highest floor without input and output.
const LAST_SANS_IO: u8 = 5;
/// Rooms of nouns: they name the ground alone, never protocols.
const NOUNS: u8 = 3;

/// What a floor without input and output must not name, and why.
const IO: &[&str] = &[
    "tokio",
    "mio::",
    "socket2",
    "sqlx",
    "serde",
    "async fn",
    ".await",
    "std::fs",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::net::UdpSocket",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::sync::mpsc",
    "std::process",
    "std::env",
    "Mutex",
    "RwLock",
];

/// Files that name one of these all the same. None reads a clock: the moment comes from a shell.
const EXCEPT: &[(&str, &str)] = &[("media/dtls/identity.rs", "std::time::Instant")];

#[derive(Debug, PartialEq, Eq)]
struct Breach {
    file: String,
    line: usize,
    what: String,
}

/// A source line that is code: comments hold no imports.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn rooms_named(line: &str) -> Vec<&str> {
    let mut rooms = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => rooms.extend(list.split(',').map(first_word)),
            None => rooms.push(first_word(rest)),
        }
    }
    rooms
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())]
}

/// How many `super::` in a row a line holds at most.
fn climbs(line: &str) -> usize {
    let mut most = 0;
    let mut rest = line;
    while let Some(at) = rest.find("super::") {
        let mut tail = &rest[at..];
        let mut count = 0;
        while let Some(next) = tail.strip_prefix("super::") {
            (count, tail) = (count + 1, next);
        }
        most = most.max(count);
        rest = tail;
    }
    most
}

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == room).map(|(_, floor)| *floor)
}

/// Breaches of one file. `path` is relative to `src`, as in `sip/uri.rs`.
fn breaches(path: &str, source: &str) -> Vec<Breach> {
    let Some((room, inner)) = path.split_once('/') else { return Vec::new() };
    let breach = |line: usize, what: String| Breach { file: path.into(), line, what };
    let Some(own) = floor(room) else {
        return vec![breach(1, format!("room {room} has declared no floor"))];
    };
    let depth = inner.matches('/').count() + usize::from(!inner.ends_with("mod.rs"));
    let mut found = Vec::new();
    let mut module_depth = 0;
    for (at, line) in joined_uses(source) {
        let line = code(&line).to_string();
        if line.trim_start().starts_with("mod tests") && line.contains('{') {
            module_depth = 1;
        }
        for named in rooms_named(&line) {
            let Some(theirs) = floor(named) else { continue };
            let ground_only = own == NOUNS && theirs != 0;
            if named != room && (theirs >= own || ground_only) {
                found.push(breach(at, format!("{room} (floor {own}) names {named} (floor {theirs})")));
            }
        }
        if own <= LAST_SANS_IO {
            let named = IO.iter().filter(|word| line.contains(**word) && !EXCEPT.contains(&(path, **word)));
            found.extend(named.map(|word| breach(at, format!("{room} (floor {own}) names `{word}`"))));
        }
        if climbs(&line) > depth + module_depth {
            found.push(breach(at, format!("`super::` climbs out of {room}")));
        }
    }
    found
}

/// Lines of code with their numbers; a `use` that spans lines is one.
fn joined_uses(source: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut open = false;
    for (i, line) in source.lines().enumerate() {
        match lines.last_mut() {
            Some((_, last)) if open => last.push_str(line.trim()),
            _ => lines.push((i + 1, line.to_string())),
        }
        let last = lines.last().map(|(_, l)| l.as_str()).unwrap_or_default();
        let starts = last.trim_start().trim_start_matches("pub ").starts_with("use ");
        open = starts && !code(last).contains(';');
    }
    lines
}

fn sources(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).expect("UTF-8 source");
            found.insert(path, text);
        }
    }
    found
}

#[test]
fn imports_go_strictly_down_and_input_and_output_stay_on_top() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for (path, source) in sources(&root) {
        let relative = path.strip_prefix(&root).expect("under src").to_string_lossy().into_owned();
        found.extend(breaches(&relative, &source));
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_room_has_a_mod_that_says_what_it_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (room, _) in FLOORS {
        let text = fs::read_to_string(root.join(room).join("mod.rs")).expect("each room has a mod.rs");
        assert!(text.starts_with("//! "), "{room}/mod.rs opens with what the room owns");
        assert!(
            text.lines().take_while(|l| l.starts_with("//!")).count() >= 5,
            "{room}/mod.rs says too little"
        );
    }
}

#[test]
fn no_room_is_a_drawer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let drawers = ["util", "utils", "common", "helpers", "manager", "handler", "service", "types", "misc"];
    for path in sources(&root).keys() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        assert!(!drawers.contains(&&*stem) && !drawers.contains(&&*folder), "{} is a drawer", path.display());
    }
}

mod the_rules_catch {
    use super::breaches;

    fn caught(path: &str, source: &str) -> Vec<String> {
        breaches(path, source).into_iter().map(|b| format!("{}: {}", b.line, b.what)).collect()
    }

    #[test]
    fn an_import_that_goes_up() {
        let source = "//! x\nuse crate::engine::Engine;\n";
        assert_eq!(caught("sip/uri.rs", source), ["2: sip (floor 1) names engine (floor 5)"]);
    }

    #[test]
    fn rooms_of_one_floor_that_name_each_other() {
        assert_eq!(
            caught("sdp/read.rs", "use crate::{base, sip};"),
            ["1: sdp (floor 1) names sip (floor 1)"]
        );
        let spread = "use crate::{\n    base::Now,\n    sip::Uri,\n};";
        assert_eq!(caught("sdp/read.rs", spread), ["1: sdp (floor 1) names sip (floor 1)"]);
    }

    #[test]
    fn a_noun_that_speaks_a_protocol() {
        let source = "fn f() -> crate::sip::Status { todo() }";
        assert_eq!(caught("queue/mod.rs", source), ["1: queue (floor 3) names sip (floor 1)"]);
    }

    #[test]
    fn a_clock_or_a_socket_below_the_shells() {
        let source = "use std::time::Instant;\nlet s = std::net::UdpSocket::bind(a);";
        let found = caught("media/plane.rs", source);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(caught("net/clock.rs", source).is_empty());
    }

    #[test]
    fn a_path_that_climbs_out_of_its_room() {
        assert!(caught("sip/uri.rs", "use super::Host;").is_empty());
        assert_eq!(caught("sip/uri.rs", "use super::super::Host;"), ["1: `super::` climbs out of sip"]);
        assert_eq!(caught("sip/mod.rs", "use super::sdp;"), ["1: `super::` climbs out of sip"]);
        assert!(caught("dialplan/verbs/menu.rs", "use super::super::Plan;").is_empty());
    }

    #[test]
    fn a_room_without_a_floor() {
        assert_eq!(caught("attic/mod.rs", "//! x"), ["1: room attic has declared no floor"]);
    }
}
