//! Parse and print of an INVITE as a carrier sends it, with its SDP: about 1.2 kB.
//!
//! The floor is the copy of its bytes, benched beside it.

use divan::{Bencher, black_box};
use madoguchi::sip::{self, Fields};

fn main() {
    divan::main();
}

fn invite() -> Vec<u8> {
    let sdp = "v=0\r\no=- 20518 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
               m=audio 30000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
               a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n";
    format!(
        "INVITE sip:0120339836@192.0.2.1;user=phone SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK7a1c9e5f3b2d;rport\r\n\
         Via: SIP/2.0/UDP 192.0.2.20:5060;branch=z9hG4bK0d9c8b7a6f5e;received=192.0.2.20\r\n\
         Record-Route: <sip:192.0.2.10;lr>\r\n\
         Max-Forwards: 68\r\n\
         From: \"0312345678\" <sip:0312345678@carrier.example;user=phone>;tag=4f2a19c07e\r\n\
         To: <sip:0120339836@192.0.2.1;user=phone>\r\n\
         Call-ID: 5b1e7c90a2d84f6e9c3b@192.0.2.20\r\n\
         CSeq: 1 INVITE\r\n\
         Contact: <sip:0312345678@192.0.2.20:5060;transport=udp>\r\n\
         P-Asserted-Identity: <sip:+81312345678@carrier.example>, <tel:+81312345678>\r\n\
         Privacy: none\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO\r\n\
         Supported: timer, 100rel\r\n\
         Session-Expires: 300;refresher=uac\r\n\
         Min-SE: 300\r\n\
         User-Agent: Carrier SBC 4.2\r\n\
         Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
    .into_bytes()
}

#[divan::bench]
fn copy_its_bytes(bencher: Bencher) {
    let bytes = invite();
    bencher.bench(|| black_box(&bytes).clone());
}

#[divan::bench]
fn read_an_invite(bencher: Bencher) {
    let bytes = invite();
    bencher.bench(|| sip::read(black_box(&bytes)));
}

#[divan::bench]
fn read_an_invite_and_its_typed_headers(bencher: Bencher) {
    let bytes = invite();
    bencher.bench(|| {
        let message = sip::read(black_box(&bytes)).expect("a valid INVITE");
        let request = message.as_request().expect("a request");
        (request.via_top(), request.from(), request.to(), request.cseq(), request.contacts())
    });
}

#[divan::bench]
fn write_an_invite(bencher: Bencher) {
    let message = sip::read(&invite()).expect("a valid INVITE");
    bencher.bench(|| sip::write(black_box(&message)));
}
