//! The corpus, bent at random: nothing panics, and whatever reads also reads after writing.

use madoguchi::base::Rng;
use madoguchi::sip::{self, Fields as _, Frame, Framer, Message};

use super::{bytes, files, with_length};

/// A debug build is some twenty times slower; the fuzz target in `tests/fuzz` has no bound at all.
const ROUNDS: u32 = if cfg!(debug_assertions) { 20_000 } else { 200_000 };

const PIECES: [&[u8]; 24] = [
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
fn mutations_neither_panic_nor_change_by_writing() {
    let corpus: Vec<_> = ["rfc4475", "rfc5118"]
        .iter()
        .flat_map(|rfc| files(rfc).into_iter().map(|name| bytes(rfc, &name)))
        .collect();
    let mut rng = Rng::from_seed(7);
    let mut understood = 0;
    for _ in 0..ROUNDS {
        let mutant = mutate(&mut rng, &corpus);
        understood += u32::from(hold(&mutant));
    }
    assert!(
        understood > ROUNDS / 10,
        "only {understood} mutants were understood: the mutations are too wild to tell anything"
    );
}

/// Reads `input` every way there is; true where it is a message.
fn hold(input: &[u8]) -> bool {
    frame(input);
    let message = match sip::read(input) {
        Ok(message) => message,
        Err(error) => {
            if let Some(reply) = error.response() {
                assert!(reply.starts_with(b"SIP/2.0 "));
            }
            return false;
        }
    };
    let written = sip::write(&message);
    let again =
        sip::read(&written).unwrap_or_else(|error| panic!("{error}: {:?}", input.escape_ascii().to_string()));
    assert_eq!(with_length(message.clone()), again, "{}", input.escape_ascii());
    assert_eq!(sip::write(&again), written);
    views(&message);
    true
}

/// Every typed view that parses must mean the same after writing.
fn views(message: &Message) {
    let via = message.via_top().unwrap();
    assert_eq!(sip::Via::parse(&via.to_string()).as_ref(), Ok(&via));
    for address in [message.from().unwrap(), message.to().unwrap()] {
        assert_eq!(sip::NameAddr::parse(&address.to_string()).as_ref(), Ok(&address));
        assert!(address.uri.equivalent(&address.uri.clone()));
    }
    assert!(message.cseq().unwrap().number < 1 << 31);
    for (_, value) in sip::pairs(message.headers()) {
        if let Ok(challenge) = sip::Challenge::parse(value) {
            assert_eq!(sip::Challenge::parse(&challenge.to_string()).as_ref(), Ok(&challenge));
        }
    }
}

fn frame(input: &[u8]) {
    let mut framer = Framer::new();
    for chunk in input.chunks(97) {
        framer.push(chunk);
        while let Some(Ok(frame)) = framer.next() {
            assert!(matches!(frame, Frame::Ping | Frame::Pong) || framer_agrees(&frame));
        }
    }
}

fn framer_agrees(frame: &Frame) -> bool {
    matches!(frame, Frame::Message(bytes) if !bytes.is_empty() && bytes.len() <= sip::MAX_MESSAGE)
}

fn mutate(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut mutant = corpus[pick(rng, corpus.len())].clone();
    for _ in 0..=pick(rng, 3) {
        let at = pick(rng, mutant.len() + 1);
        let span = pick(rng, 12).min(mutant.len() - at);
        match pick(rng, 5) {
            0 => drop(mutant.drain(at..at + span)),
            1 => insert(&mut mutant, at, PIECES[pick(rng, PIECES.len())]),
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
