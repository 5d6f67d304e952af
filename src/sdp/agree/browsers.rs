//! What browsers offer and answer, and what they get.

use super::{Agreed, Refusal, accept, answer};
use crate::base::Rng;
use crate::sdp::{
    Credentials, Crypto, Direction, Fingerprint, Format, Local, Protection, Role, Section, offer,
    offer_again, read,
};

const OURS: Fingerprint = Fingerprint([0xab; 32]);
const THEIRS: &str =
    "sha-256 0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F:0F";

fn local(seed: u64) -> Local {
    let format = |name, number| Format {
        name,
        clock_hz: 8_000,
        channels: 1,
        static_payload_type: Some(number),
        parameters: None,
    };
    let mut rng = Rng::from_seed(seed);
    Local {
        address: "192.0.2.1".parse().expect("an address"),
        port: 20_000,
        formats: vec![format("PCMU", 0), format("PCMA", 8)],
        session_id: 42,
        version: 1,
        languages: Vec::new(),
        direction: Direction::SendRecv,
        ptime_ms: None,
        protection: Protection { keys: Crypto::fresh(&mut rng), certificate: Some(OURS), required: false },
        ice: Some(Credentials::fresh(&mut rng)),
    }
}

/// An offer in the manner of a browser that wants to see us too.
fn offered(audio: &str) -> String {
    format!(
        "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
         a=extmap-allow-mixed\r\na=msid-semantic: WMS 7f\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
         a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\na=ice-options:trickle\r\n\
         a=fingerprint:{THEIRS}\r\na=setup:actpass\r\na=mid:0\r\n{audio}a=sendrecv\r\na=msid:7f 7g\r\n\
         a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
         a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
         a=rtpmap:126 telephone-event/8000\r\na=ssrc:3570614608 cname:4TOk42mSjXCkVIa6\r\n\
         m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=rtcp-mux\r\n"
    )
}

fn answered(text: &str, local: &Local) -> Result<(String, Agreed), Refusal> {
    let (bytes, agreed) = answer(&read(text.as_bytes()).expect("readable"), local)?;
    Ok((String::from_utf8(bytes).expect("text"), agreed))
}

#[test]
fn a_browser_s_offer_is_answered_word_for_word() {
    let ours = local(1);
    let (text, agreed) = answered(&offered("a=rtcp-mux\r\n"), &ours).expect("an agreement");
    let credentials = ours.ice.clone().expect("credentials");
    let expected = format!(
        "v=0\r\no=- 42 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=group:BUNDLE 0\r\na=ice-lite\r\n\
         m=audio 20000 UDP/TLS/RTP/SAVPF 0 126\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:126 telephone-event/8000\r\n\
         a=fmtp:126 0-15\r\na=ptime:20\r\na=sendrecv\r\na=rtcp-mux\r\na=mid:0\r\n\
         a=fingerprint:sha-256 {}\r\na=setup:passive\r\na=ice-ufrag:{}\r\na=ice-pwd:{}\r\n\
         a=candidate:1 1 UDP 2130706431 192.0.2.1 20000 typ host\r\na=end-of-candidates\r\n\
         m=video 0 UDP/TLS/RTP/SAVPF 96\r\n",
        ["AB"; 32].join(":"),
        credentials.ufrag,
        credentials.password.reveal(),
    );
    assert_eq!(text, expected);
    assert_eq!((agreed.keys, agreed.hold, agreed.direction), (None, false, Direction::SendRecv));
    assert_eq!(
        agreed.dtls.map(|dtls| (dtls.theirs, dtls.role)),
        Some((Fingerprint([0x0f; 32]), Role::Passive))
    );
    let ice = agreed.ice.expect("checks");
    assert_eq!((ice.theirs.ufrag.as_str(), ice.ours), ("EsAw", credentials));
    assert_eq!(agreed.remote_rtcp, agreed.remote_rtp);
}

#[test]
fn without_one_port_for_both_or_without_our_certificate_it_is_refused() {
    assert_eq!(answered(&offered(""), &local(1)).expect_err("two ports"), Refusal::NoAudio);
    let mut ours = local(1);
    ours.protection.certificate = None;
    let refused = answered(&offered("a=rtcp-mux\r\n"), &ours).expect_err("no certificate");
    assert_eq!(refused, Refusal::NoCommonEncryption);
    let nameless = offered("a=rtcp-mux\r\n").replace("sha-256", "sha-1");
    assert_eq!(answered(&nameless, &local(1)).expect_err("another hash"), Refusal::NoAudio);
}

#[test]
fn who_begins_the_handshake_is_the_other_of_what_the_peer_says() {
    for (theirs, ours) in
        [("active", "passive"), ("passive", "active"), ("actpass", "passive"), ("holdconn", "passive")]
    {
        let text = offered("a=rtcp-mux\r\n").replace("setup:actpass", &format!("setup:{theirs}"));
        let (text, _) = answered(&text, &local(1)).expect("an agreement");
        assert!(text.contains(&format!("a=setup:{ours}\r\n")), "{theirs}: {text}");
    }
}

#[test]
fn our_offer_and_its_answer_agree_on_both_ends() {
    let (caller, callee) = (local(1), local(2));
    let text = String::from_utf8(offer(&caller)).expect("text");
    for line in [
        "a=group:BUNDLE 0",
        "a=ice-lite",
        "a=setup:actpass",
        "a=mid:0",
        "a=rtcp-mux",
        "m=audio 20000 UDP/TLS/RTP/SAVPF 0 8 101",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}: {text}");
    }
    assert!(!text.contains("a=crypto"), "{text}");
    let (answered, theirs) =
        answer(&read(text.as_bytes()).expect("readable"), &callee).expect("an agreement");
    let ours = accept(&caller, &read(&answered).expect("readable")).expect("an agreement");
    assert_eq!(
        (ours.dtls.map(|d| d.role), theirs.dtls.map(|d| d.role)),
        (Some(Role::Active), Some(Role::Passive)),
        "whoever answers waits"
    );
    assert_eq!(ours.ice.as_ref().map(|i| &i.theirs), theirs.ice.as_ref().map(|i| &i.ours));
    assert_eq!(ours.remote_rtcp, ours.remote_rtp);
    let clear =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
    let stripped = accept(&caller, &read(clear.as_bytes()).expect("readable"));
    assert_eq!(stripped.expect_err("in clear text"), Refusal::NoCommonEncryption);
}

#[test]
fn checks_are_answered_where_a_plain_telephone_offers_them_on_one_port() {
    let plain = "v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n\
        m=audio 4000 RTP/AVP 0\r\na=ice-ufrag:EsAw\r\na=candidate:1 1 UDP 2130706431 10.0.0.9 4000 typ host\r\n";
    let (text, agreed) = answered(plain, &local(1)).expect("an agreement");
    assert!(agreed.ice.is_none() && !text.contains("ice"), "{text}");
    let (text, agreed) = answered(&format!("{plain}a=rtcp-mux\r\n"), &local(1)).expect("an agreement");
    assert!(agreed.ice.is_some() && agreed.dtls.is_none() && text.contains("a=ice-lite\r\n"), "{text}");
    assert!(text.contains("m=audio 20000 RTP/AVP 0\r\n") && !text.contains("fingerprint"), "{text}");
}

#[test]
fn an_offer_of_ours_within_the_call_keeps_the_names() {
    let remote = read(
        offered("a=rtcp-mux\r\n")
            .replace("a=mid:0", "a=mid:sound")
            .replace("BUNDLE 0", "BUNDLE sound")
            .as_bytes(),
    );
    let text = offer_again(&local(1), &remote.expect("readable"));
    let again = read(&text).expect("readable");
    let shape = |s: &Section| (s.media.clone(), s.port, s.mid.clone());
    let shapes: Vec<_> = again.sections.iter().map(shape).collect();
    assert_eq!(shapes, [("audio".into(), 20_000, Some("sound".into())), ("video".into(), 0, None)]);
    assert_eq!(again.bundle, ["sound"]);
}
