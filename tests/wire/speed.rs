//! Reading takes time in proportion to the bytes, whatever they are.

use madoguchi::sip::{self, Framer};

/// Inputs a quadratic scan would choke on; the test passes by ending. Ten megabytes of them go through
/// in well under a second when each byte is looked at a bounded number of times.
#[test]
fn hostile_shapes_are_read_in_linear_time() {
    let fill = |piece: &str| piece.repeat(sip::MAX_MESSAGE / piece.len());
    let shapes = [
        "\r\n ",
        "<",
        "\"",
        "\\\"",
        ";",
        "a:b\r\n",
        "%41",
        "\r\n",
        "\n",
        "Via: SIP/2.0/UDP a,",
        ":",
        "[",
        "(",
    ];
    for shape in shapes {
        let body = fill(shape);
        for head in ["", "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nTo: "] {
            let mut bytes = head.as_bytes().to_vec();
            bytes.extend_from_slice(body.as_bytes());
            bytes.truncate(sip::MAX_MESSAGE);
            assert!(sip::read(&bytes).is_err(), "{shape:?}");
        }
    }
}

/// A head that trickles in byte by byte is scanned once, not once a byte.
#[test]
fn a_trickling_stream_is_scanned_once() {
    let mut framer = Framer::new();
    framer.push(b"OPTIONS sip:h SIP/2.0\r\nX: ");
    for _ in 0..60_000 {
        framer.push(b"y");
        assert!(framer.next().is_none());
    }
}
