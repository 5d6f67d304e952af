//! Offers met in the field and the answers they get, byte for byte.

use super::{Agreed, Refusal, accept, answer};
use crate::base::{Language, Rng};
use crate::sdp::{Crypto, Direction, Events, Format, Local, Protection, Section, offer, offer_again, read};

const PCMU: Format = telephone("PCMU", 0);
const PCMA: Format = telephone("PCMA", 8);
const OPUS: Format = Format {
    name: "opus",
    clock_hz: 48_000,
    channels: 2,
    static_payload_type: None,
    parameters: Some("useinbandfec=1"),
};

const fn telephone(name: &'static str, number: u8) -> Format {
    let static_payload_type = Some(number);
    Format { name, clock_hz: 8_000, channels: 1, static_payload_type, parameters: None }
}

/// The number of telephone-event that was agreed.
fn events(agreed: &Agreed) -> Option<u8> {
    agreed.events.map(|events| events.payload_type)
}

fn numbers(also: &[(u8, Format)]) -> Vec<(u8, &'static str)> {
    also.iter().map(|(number, format)| (*number, format.name)).collect()
}

fn local() -> Local {
    Local {
        address: "192.0.2.1".parse().expect("an address"),
        port: 20_000,
        formats: vec![PCMU, PCMA],
        session_id: 42,
        version: 1,
        languages: Vec::new(),
        direction: Direction::SendRecv,
        ptime_ms: None,
        protection: Protection::default(),
        ice: None,
    }
}

fn offered(sections: &str) -> String {
    format!("v=0\r\no=- 7 9 IN IP4 198.51.100.4\r\ns=-\r\nc=IN IP4 198.51.100.4\r\nt=0 0\r\n{sections}")
}

fn answered(sections: &str) -> (String, Agreed) {
    answered_by(sections, &local())
}

fn answered_by(sections: &str, local: &Local) -> (String, Agreed) {
    let offer = read(offered(sections).as_bytes()).expect("readable");
    let (bytes, agreed) = answer(&offer, local).expect("an agreement");
    (String::from_utf8(bytes).expect("text"), agreed)
}

fn refused(sections: &str) -> Refusal {
    answer(&read(offered(sections).as_bytes()).expect("readable"), &local()).expect_err("a refusal")
}

const HEAD: &str = "v=0\r\no=- 42 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";

#[test]
fn our_offer_word_for_word() {
    let text = String::from_utf8(offer(&Local { languages: vec![Language::Ja, Language::En], ..local() }))
        .expect("text");
    let expected = "m=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\na=hlang-send:ja en\r\na=hlang-recv:ja en\r\n";
    assert_eq!(text, format!("{HEAD}{expected}"));
}

#[test]
fn the_offerers_order_decides_and_its_numbers_are_echoed() {
    let (text, agreed) = answered(
        "m=audio 4000 RTP/AVP 18 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-16\r\na=ptime:30\r\n",
    );
    let expected = "m=audio 20000 RTP/AVP 8 96\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:96 telephone-event/8000\r\na=fmtp:96 0-15\r\n\
        a=ptime:30\r\na=sendrecv\r\n";
    assert_eq!(text, format!("{HEAD}{expected}"));
    assert_eq!((agreed.encoding, agreed.payload_type, events(&agreed)), ("PCMA", 8, Some(96)));
    assert_eq!(agreed.remote_rtp, "198.51.100.4:4000".parse().expect("address"));
    assert_eq!(agreed.remote_rtcp, "198.51.100.4:4001".parse().expect("address"));
    assert_eq!((agreed.ptime_ms, agreed.hold, agreed.address_is_private), (30, false, false));
    assert_eq!((agreed.remote_version.session_id.as_str(), agreed.remote_version.number), ("7", 9));
}

#[test]
fn events_at_another_clock_rate_are_not_the_codecs() {
    let section = "m=audio 4000 RTP/AVP 96 0 97\r\na=rtpmap:96 telephone-event/48000\r\na=rtpmap:97 telephone-event/8000\r\n";
    assert_eq!(events(&answered(section).1), Some(97));
    assert_eq!(events(&answered(&section.replace("97 telephone-event/8000", "97 x/8000")).1), None);
}

/// An answer to an offer by somebody who speaks Opus too.
fn answered_wide(section: &str) -> (String, Agreed) {
    answered_by(section, &Local { formats: vec![PCMU, OPUS], ..local() })
}

#[test]
fn events_beside_opus_count_by_its_clock() {
    let section = "m=audio 4000 RTP/AVP 111 96 97 0\r\na=rtpmap:111 OPUS/48000/2\r\na=fmtp:111 cbr=1;stereo=1\r\n\
        a=rtpmap:96 telephone-event/8000\r\na=rtpmap:97 telephone-event/48000\r\n";
    let (text, agreed) = answered_wide(section);
    assert_eq!(agreed.events, Some(Events { payload_type: 97, clock_hz: 48_000 }));
    assert_eq!((agreed.encoding, agreed.clock_hz, agreed.payload_type), ("opus", 48_000, 111));
    assert_eq!(agreed.parameters, "cbr=1;stereo=1");
    let expected = "m=audio 20000 RTP/AVP 111 97\r\na=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n\
        a=rtpmap:97 telephone-event/48000\r\na=fmtp:97 0-15\r\n";
    assert!(text.contains(expected), "{text}");
    let mono = section.replace("OPUS/48000/2", "OPUS/48000");
    assert_eq!(answered_wide(&mono).1.encoding, "PCMU", "RFC 7587 7: always two channels");
}

#[test]
fn a_phone_that_names_only_a_telephones_events_beside_opus_is_taken_by_them() {
    let section =
        "m=audio 4000 RTP/AVP 111 96\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:96 telephone-event/8000\r\n";
    let (text, agreed) = answered_wide(section);
    assert_eq!(agreed.events, Some(Events { payload_type: 96, clock_hz: 8_000 }));
    assert!(text.contains("a=rtpmap:96 telephone-event/8000\r\n"), "{text}");
}

#[test]
fn an_offer_names_events_at_each_clock_and_whichever_the_answer_takes_are_heard() {
    let ours = Local { formats: vec![OPUS, PCMU], ..local() };
    let text = String::from_utf8(offer(&ours)).expect("text");
    let expected = "m=audio 20000 RTP/AVP 96 0 101 110\r\na=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\n\
        a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
        a=rtpmap:110 telephone-event/48000\r\na=fmtp:110 0-15\r\n";
    assert!(text.contains(expected), "{text}");
    let agreed = accept(&ours, &read(text.as_bytes()).expect("readable")).expect("agreed");
    assert_eq!((agreed.encoding, events(&agreed)), ("opus", Some(110)));
    assert_eq!(numbers(&agreed.also), [(0, "PCMU"), (101, "telephone-event")]);
}

#[test]
fn a_dynamic_number_for_our_codec_is_used() {
    let (text, agreed) = answered("m=audio 4000 RTP/AVP 110\r\na=rtpmap:110 pcmu/8000\r\n");
    assert_eq!((agreed.encoding, agreed.payload_type), ("PCMU", 110));
    assert!(text.contains("m=audio 20000 RTP/AVP 110\r\na=rtpmap:110 PCMU/8000\r\n"), "{text}");
}

#[test]
fn every_section_is_answered_in_its_place_and_one_accepted() {
    let (text, agreed) = answered(
        "m=video 5000 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\nm=audio 4000 RTP/SAVP 0\r\nm=audio 4002 RTP/AVP 18\r\n\
         m=audio 4004 RTP/AVP 0\r\nm=image 6000 udptl t38\r\nm=audio 4006 RTP/AVP 0\r\n",
    );
    let lines: Vec<&str> = text.lines().filter(|l| l.starts_with("m=")).collect();
    let expected = [
        "m=video 0 RTP/AVP 98",
        "m=audio 0 RTP/SAVP 0",
        "m=audio 0 RTP/AVP 18",
        "m=audio 20000 RTP/AVP 0",
        "m=image 0 udptl t38",
        "m=audio 0 RTP/AVP 0",
    ];
    assert_eq!(lines, expected);
    assert_eq!(agreed.remote_rtp.port(), 4_004);
}

#[test]
fn direction_is_mirrored_and_hold_in_both_ways_is_seen() {
    let plain = "m=audio 4000 RTP/AVP 0\r\n";
    for (section, ours, hold) in [
        (format!("{plain}a=sendrecv\r\n"), Direction::SendRecv, false),
        (format!("{plain}a=sendonly\r\n"), Direction::RecvOnly, true),
        (format!("{plain}a=recvonly\r\n"), Direction::SendOnly, false),
        (format!("{plain}a=inactive\r\n"), Direction::Inactive, true),
        (format!("{plain}c=IN IP4 0.0.0.0\r\n"), Direction::RecvOnly, true),
        (format!("{plain}c=IN IP4 0.0.0.0\r\na=sendonly\r\n"), Direction::RecvOnly, true),
    ] {
        let (text, agreed) = answered(&section);
        assert_eq!((agreed.direction, agreed.hold), (ours, hold), "{section}");
        assert!(text.contains(&format!("a={}\r\n", ours.attribute())), "{section} -> {text}");
    }
    let wants_less = Local { direction: Direction::SendOnly, ..local() };
    assert_eq!(
        answered_by("m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n", &wants_less).1.direction,
        Direction::Inactive
    );
}

#[test]
fn rtcp_goes_where_the_offer_says() {
    let (text, agreed) = answered("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\na=rtcp:4009\r\n");
    assert_eq!(agreed.remote_rtcp, agreed.remote_rtp);
    assert!(text.contains("a=rtcp-mux\r\n"));
    assert_eq!(answered("m=audio 4000 RTP/AVP 0\r\na=rtcp:4009\r\n").1.remote_rtcp.port(), 4_009);
    assert_eq!(answered("m=audio 65535 RTP/AVP 0\r\n").1.remote_rtcp.port(), 65_535);
}

#[test]
fn packet_time_is_the_offers_where_it_can_be_kept() {
    for (lines, ms) in [
        ("a=ptime:20\r\n", 20),
        ("a=ptime:40\r\n", 40),
        ("a=ptime:25\r\n", 20),
        ("a=ptime:400\r\n", 20),
        ("", 20),
        ("a=maxptime:10\r\n", 10),
        ("a=ptime:60\r\na=maxptime:40\r\n", 40),
        ("a=maxptime:150\r\n", 20),
    ] {
        let (text, agreed) = answered(&format!("m=audio 4000 RTP/AVP 0\r\n{lines}"));
        assert_eq!(agreed.ptime_ms, ms, "{lines}");
        assert!(text.contains(&format!("a=ptime:{ms}\r\n")), "{text}");
    }
}

#[test]
fn a_feedback_profile_is_answered_in_kind() {
    assert!(answered("m=audio 4000 RTP/AVPF 0\r\n").0.contains("m=audio 20000 RTP/AVPF 0\r\n"));
}

#[test]
fn an_answer_names_one_language_the_offer_has() {
    let section = "m=audio 4000 RTP/AVP 0\r\na=hlang-send:en-US ja\r\na=hlang-recv:fr\r\n";
    let (text, _) = answered_by(section, &Local { languages: vec![Language::Ja, Language::En], ..local() });
    assert!(text.contains("a=hlang-recv:ja\r\n") && !text.contains("hlang-send"), "{text}");
    assert!(!answered(section).0.contains("hlang"));
}

#[test]
fn no_audio_and_no_codec_are_told_apart() {
    assert_eq!(refused(""), Refusal::NoAudio);
    assert_eq!(refused("m=audio 0 RTP/AVP 0\r\n"), Refusal::NoAudio);
    assert_eq!(refused("m=audio 4000 UDP/TLS/RTP/SAVPF 0\r\n"), Refusal::NoAudio);
    assert_eq!(refused("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example\r\n"), Refusal::NoAudio);
    assert_eq!(
        refused("m=audio 4000 RTP/AVP 18 101\r\na=rtpmap:101 telephone-event/8000\r\n"),
        Refusal::NoCommonCodec
    );
    assert_eq!(refused("m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 PCMU/16000\r\n"), Refusal::NoCommonCodec);
}

#[test]
fn accepting_an_answer_honours_its_choice() {
    let accepted = |sections: &str| accept(&local(), &read(offered(sections).as_bytes()).expect("readable"));
    let agreed =
        accepted("m=audio 4000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n").expect("agreed");
    assert_eq!((agreed.encoding, events(&agreed)), ("PCMA", Some(101)));
    assert_eq!(events(&accepted("m=audio 4000 RTP/AVP 0\r\n").expect("agreed")), None);
    assert_eq!(accepted("m=audio 0 RTP/AVP 0\r\n"), Err(Refusal::NoAudio));
    assert_eq!(accepted("m=audio 4000 RTP/AVP 9\r\n"), Err(Refusal::NoCommonCodec));
    let unasked_mux = accepted("m=audio 4000 RTP/AVP 0\r\na=rtcp-mux\r\n").expect("agreed");
    assert_eq!(unasked_mux.remote_rtcp.port(), 4_001);
}

#[test]
fn what_else_both_named_may_come_too_and_under_either_sides_numbers() {
    let accepted = |sections: &str| {
        accept(&local(), &read(offered(sections).as_bytes()).expect("readable")).expect("agreed")
    };
    let agreed = accepted("m=audio 4000 RTP/AVP 8 0 96\r\na=rtpmap:96 telephone-event/8000\r\n");
    assert_eq!((agreed.payload_type, events(&agreed)), (8, Some(96)));
    assert_eq!(numbers(&agreed.also), [(0, "PCMU"), (101, "telephone-event")]);
    let renumbered = accepted("m=audio 4000 RTP/AVP 97\r\na=rtpmap:97 PCMU/8000\r\n");
    assert_eq!((renumbered.payload_type, numbers(&renumbered.also)), (97, vec![(0, "PCMU")]));
    assert_eq!(answered("m=audio 4000 RTP/AVP 8 0\r\n").1.also, [], "our answer names one");
}

#[test]
fn our_offer_asks_for_the_packets_that_the_other_side_wants() {
    let text = String::from_utf8(offer(&Local { ptime_ms: Some(40), ..local() })).expect("text");
    assert!(text.contains("a=ptime:40\r\n"), "{text}");
}

#[test]
fn both_ends_of_our_own_negotiation_agree() {
    let caller = Local { address: "10.0.0.5".parse().expect("address"), port: 30_000, ..local() };
    let (bytes, callee) = answer(&read(&offer(&caller)).expect("our offer"), &local()).expect("agreed");
    let caller = accept(&caller, &read(&bytes).expect("our answer")).expect("agreed");
    assert_eq!((caller.encoding, caller.payload_type, events(&caller)), ("PCMU", 0, Some(101)));
    assert_eq!((callee.encoding, callee.payload_type, events(&callee)), ("PCMU", 0, Some(101)));
    assert_eq!(caller.direction, callee.direction.mirrored());
    assert!(
        callee.address_is_private && caller.address_is_private == crate::sdp::is_private(local().address)
    );
}

#[test]
fn offering_again_keeps_the_refused_sections_in_place() {
    let remote =
        read(offered("m=video 5000 RTP/AVP 98\r\nm=audio 4000 RTP/AVP 0\r\n").as_bytes()).expect("readable");
    let again = read(&offer_again(&local(), &remote)).expect("readable");
    let shape: Vec<(&str, u16)> =
        again.sections.iter().map(|s: &Section| (s.media.as_str(), s.port)).collect();
    assert_eq!(shape, [("video", 0), ("audio", 20_000)]);
}

fn protected(seed: u64, required: bool) -> Local {
    Local {
        protection: Protection {
            keys: Crypto::fresh(&mut Rng::from_seed(seed)),
            required,
            certificate: None,
        },
        ..local()
    }
}

const SAVP: &str = "m=audio 4000 RTP/SAVP 0\r\na=crypto:4 AES_CM_128_HMAC_SHA1_80 \
                    inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n";

#[test]
fn encrypted_audio_is_answered_with_a_key_of_ours_under_the_offers_tag() {
    let ours = protected(1, false);
    let (text, agreed) = answered_by(SAVP, &ours);
    assert!(text.contains("m=audio 20000 RTP/SAVP 0"), "{text}");
    let line = text.lines().find(|line| line.starts_with("a=crypto:")).expect("a key");
    assert!(line.starts_with("a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:"), "{line}");
    let keys = agreed.keys.expect("keys");
    assert_eq!(keys.theirs.reveal()[..4], [0x77, 0x44, 0x66, 0x76]);
    assert!(!text.contains("d0RmdmcmVCspeEc3"), "never the offerer's own key");
}

#[test]
fn encrypted_audio_is_refused_where_we_have_no_key_for_it() {
    assert_eq!(refused(SAVP), Refusal::NoCommonEncryption);
    let unknown = SAVP.replace("AES_CM_128_HMAC_SHA1_80", "F8_128_HMAC_SHA1_80");
    let offer = read(offered(&unknown).as_bytes()).expect("readable");
    assert_eq!(answer(&offer, &protected(1, false)).expect_err("a refusal"), Refusal::NoAudio);
    let both = format!("{SAVP}m=audio 4002 RTP/AVP 0\r\n");
    let (text, agreed) = answered(&both);
    assert!(text.contains("m=audio 0 RTP/SAVP 0") && text.contains("m=audio 20000 RTP/AVP 0"), "{text}");
    assert_eq!(agreed.keys, None);
}

#[test]
fn both_ends_agree_on_the_same_keys_or_on_none() {
    let plain = local();
    for (caller, callee, encrypted) in [
        (protected(1, true), protected(2, false), Some(true)),
        (protected(1, false), protected(2, false), Some(true)),
        (protected(1, false), plain.clone(), Some(false)),
        (plain.clone(), protected(2, false), Some(false)),
        (protected(1, true), plain, None),
    ] {
        let offered = read(&offer(&caller)).expect("readable");
        let answered = answer(&offered, &callee).ok();
        assert_eq!(answered.is_some(), encrypted.is_some());
        let Some((bytes, theirs)) = answered else { continue };
        let ours = accept(&caller, &read(&bytes).expect("readable")).expect("an agreement");
        assert_eq!(ours.keys.is_some(), encrypted == Some(true));
        let mirrored = |keys: Option<crate::sdp::Keys>| keys.map(|k| (k.suite, k.theirs, k.ours));
        assert_eq!(ours.keys.map(|k| (k.suite, k.ours, k.theirs)), mirrored(theirs.keys));
    }
}

#[test]
fn an_answer_in_clear_text_to_an_offer_that_is_encrypted_is_no_agreement() {
    let clear = offered("m=audio 4000 RTP/AVP 0\r\n");
    let stripped = read(clear.as_bytes()).expect("readable");
    assert_eq!(accept(&protected(1, true), &stripped).expect_err("none"), Refusal::NoCommonEncryption);
    assert_eq!(accept(&protected(1, false), &stripped).expect("as offered").keys, None);
}
