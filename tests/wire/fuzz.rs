//! The fuzz targets of `tests/fuzz` on their kept corpus, and on a stated number of seeded mutations of it.

#[path = "../fuzz/harness/mod.rs"]
mod harness;

use madoguchi::base::Rng;
use std::fs;
use std::path::{Path, PathBuf};

/// A target with its corpora, its rounds in a release build, and one in how many mutants must be understood for
/// the mutations to tell anything.
struct Target {
    run: fn(&[u8]) -> bool,
    corpora: &'static [&'static str],
    rounds: u32,
    one_in: u32,
    pieces: &'static [&'static [u8]],
}

/// A debug build is some twenty times slower; cargo-fuzz has no bound at all.
const SLOWER: u32 = if cfg!(debug_assertions) { 20 } else { 1 };

const SIP: &[&[u8]] = &[
    b"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"\t",
    b"\r\n ",
    b":",
    b";",
    b",",
    b"<",
    b">",
    b"\"",
    b"\\",
    b"@",
    b"%",
    b"[",
    b"]",
    b"\0",
    b"\xff",
    b"\xef\x9e\x80",
    b"sip:",
    b"SIP/2.0",
    b"Content-Length: 3\r\n",
    b"99999999999999999999",
];

#[test]
fn sip_messages_and_streams() {
    hold(Target {
        run: harness::sip_read::run,
        corpora: &["fuzz/corpus/sip_read", "wire/rfc4475", "wire/rfc5118"],
        rounds: 200_000,
        one_in: 10,
        pieces: SIP,
    });
}

#[test]
fn session_descriptions() {
    let pieces: &[&[u8]] =
        &[b"\r\n", b"\n", b"m=audio 1 RTP/AVP 0\r\n", b"a=", b"c=IN IP4 ", b"/", b" ", b"-1", b"65536"];
    let corpora = &["fuzz/corpus/sdp"];
    hold(Target { run: harness::sdp::run, corpora, rounds: 100_000, one_in: 2, pieces });
}

#[test]
fn rtp_and_rtcp_at_a_stream_s_ports() {
    let pieces: &[&[u8]] =
        &[b"\x80\0", b"\x80\xe5", b"\x81\xc8", b"\x81\xcb", b"\0\x14\x0c", b"\xff\xff", b"\x0c"];
    let corpora = &["fuzz/corpus/rtp"];
    hold(Target { run: harness::rtp::run, corpora, rounds: 10_000, one_in: 2, pieces });
}

#[test]
fn checks_and_handshakes_at_a_stream_s_port() {
    let pieces: &[&[u8]] = &[
        b"\x04\0\0",
        b"\x0c\x14\x09",
        b"\x16\xfe\xfd\0\0\0\0",
        b"\0\x01\0\x08\x21\x12\xa4\x42",
        b"\xfe\xff",
        b"\0\x06\0\x04",
    ];
    let corpora = &["fuzz/corpus/way"];
    hold(Target { run: harness::way::run, corpora, rounds: 5_000, one_in: 2, pieces });
}

#[test]
fn reports_of_keys() {
    let pieces: &[&[u8]] =
        &[b"\x05\x40\0\xa0\x14", b"\x05\x82\x03\x20\x14", b"\x05\x20\0\0\0", b"\xff", b"\0"];
    let corpora = &["fuzz/corpus/dtmf"];
    hold(Target { run: harness::dtmf::run, corpora, rounds: 10_000, one_in: 3, pieces });
}

#[test]
fn digest_challenges() {
    let pieces: &[&[u8]] =
        &[b",", b"=", b"\"", b"\\", b"qop=\"auth\"", b"nonce=\"", b"\r\n", b"algorithm=MD5-sess", b"\n\n"];
    let corpora = &["fuzz/corpus/digest"];
    hold(Target { run: harness::digest::run, corpora, rounds: 100_000, one_in: 10, pieces });
}

#[test]
fn datagram_sequences_at_a_whole_engine() {
    let pieces: &[&[u8]] = &[
        b"\n%%\n",
        b"caller\n",
        b"desk\n",
        b"desk 200\n%%\n",
        b"desk 603\n%%\n",
        b"wait 500\n%%\n",
        b"wait 40000\n%%\n",
        b"digit 5\n%%\n",
        b";tag={tag}",
        b"{sdp}",
        b"BYE",
        b"CANCEL",
        b"UPDATE",
        b"1",
        b"2",
        b"\r\n",
    ];
    let corpora = &["fuzz/corpus/engine"];
    hold(Target { run: harness::engine::run, corpora, rounds: 4_000, one_in: 2, pieces });
}

fn hold(target: Target) {
    let corpus: Vec<Vec<u8>> = target.corpora.iter().flat_map(|folder| files(folder)).collect();
    assert!(corpus.len() >= 4, "a corpus");
    let known = corpus.iter().filter(|input| (target.run)(input)).count();
    assert!(known > corpus.len() / 2, "only {known} of the corpus are understood");
    let mut rng = Rng::from_seed(7);
    let rounds = target.rounds / SLOWER;
    let mut understood = 0;
    for _ in 0..rounds {
        let mutant = mutate(&mut rng, &corpus, target.pieces);
        understood += u32::from((target.run)(&mutant));
    }
    assert!(understood > rounds / target.one_in, "only {understood} of {rounds} mutants were understood");
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn mutate(rng: &mut Rng, corpus: &[Vec<u8>], pieces: &[&[u8]]) -> Vec<u8> {
    let mut mutant = corpus[pick(rng, corpus.len())].clone();
    for _ in 0..=pick(rng, 3) {
        let at = pick(rng, mutant.len() + 1);
        let span = pick(rng, 12).min(mutant.len() - at);
        match pick(rng, 5) {
            0 => drop(mutant.drain(at..at + span)),
            1 => insert(&mut mutant, at, pieces[pick(rng, pieces.len())]),
            2 => {
                let copy = mutant[at..at + span].to_vec();
                let to = pick(rng, mutant.len() + 1);
                insert(&mut mutant, to, &copy);
            }
            3 if at < mutant.len() => mutant[at] ^= 1 << pick(rng, 8),
            _ if at < mutant.len() => mutant[at] = u8::try_from(pick(rng, 256)).unwrap(),
            _ => {}
        }
    }
    mutant
}

fn insert(mutant: &mut Vec<u8>, at: usize, piece: &[u8]) {
    mutant.splice(at..at, piece.iter().copied());
}

fn pick(rng: &mut Rng, below: usize) -> usize {
    usize::try_from(rng.below(u64::try_from(below).unwrap())).unwrap()
}
