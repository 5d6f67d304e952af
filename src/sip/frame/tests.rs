//! Streams cut at every place.

use super::{Frame, Framer, MAX_MESSAGE};
use crate::sip::Status;

const OPTIONS: &[u8] = b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP a;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:h>\r\n\
    Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nl: 4\r\n\r\n\r\n\r\n";

fn frames(framer: &mut Framer) -> Vec<Frame> {
    std::iter::from_fn(|| framer.next()).map(|frame| frame.unwrap()).collect()
}

#[test]
fn messages_come_whole_wherever_the_stream_is_cut() {
    let mut stream = b"\r\n\r\n".to_vec();
    stream.extend_from_slice(OPTIONS);
    stream.extend_from_slice(OPTIONS);
    for size in 1..stream.len() {
        let mut framer = Framer::new();
        let mut messages = 0;
        let mut pings = 0;
        for chunk in stream.chunks(size) {
            framer.push(chunk);
            for frame in frames(&mut framer) {
                match frame {
                    Frame::Message(bytes) => {
                        assert_eq!(bytes, OPTIONS);
                        messages += 1;
                    }
                    Frame::Ping => pings += 1,
                    Frame::Pong => {}
                }
            }
        }
        assert_eq!((messages, pings), (2, 1), "chunks of {size}");
    }
}

#[test]
fn one_line_break_is_an_answer_two_are_a_question() {
    let mut framer = Framer::new();
    framer.push(b"\r\n");
    assert_eq!(frames(&mut framer), [Frame::Pong]);
    framer.push(OPTIONS);
    framer.push(b"\r\n\r\n");
    assert_eq!(frames(&mut framer), [Frame::Message(OPTIONS.to_vec()), Frame::Ping]);
}

#[test]
fn a_stream_without_length_ends_with_a_reply() {
    let mut framer = Framer::new();
    framer.push(b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: <sip:a@h>\r\nTo: <sip:h>\r\n\r\n");
    let error = framer.next().unwrap().unwrap_err();
    assert_eq!(error.reply.unwrap().status, Status::BAD_REQUEST);
    framer.push(OPTIONS);
    assert!(framer.is_broken() && framer.next().is_none());
}

#[test]
fn a_length_that_lies_ends_the_stream() {
    for lie in [
        "Content-Length: -1",
        "Content-Length: 0\r\nContent-Length: 9",
        "l: 3\r\nContent-Length: 0",
        "Content-Length: 18446744073709551616",
        "Content-Length: 18446744073709551615",
        "Content-Length: 1 2",
    ] {
        let mut framer = Framer::new();
        framer.push(format!("OPTIONS sip:a SIP/2.0\r\n{lie}\r\n\r\nINVITE sip:b SIP/2.0\r\n").as_bytes());
        assert!(matches!(framer.next(), Some(Err(_))), "{lie}");
        framer.push(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n");
        assert!(framer.is_broken() && framer.next().is_none(), "{lie}");
    }
}

#[test]
fn sizes_are_bounded() {
    let mut endless = Framer::new();
    endless.push(&vec![b'a'; MAX_MESSAGE + 1]);
    assert!(endless.next().unwrap().is_err());
    let mut huge = Framer::new();
    huge.push(b"OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nl: 99999999999999999999\r\n\r\n");
    assert_eq!(huge.next().unwrap().unwrap_err().reply.unwrap().status, Status::MESSAGE_TOO_LARGE);
}
