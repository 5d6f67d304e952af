//! Descriptions as telephones, exchanges and fuzzers send them.

use super::{MAX_BYTES, SdpError, read};
use crate::base::Rng;
use crate::sdp::{Direction, Format, Payload, Section, Session};

fn session(text: &str) -> Session {
    read(text.as_bytes()).expect("readable")
}

fn audio(text: &str) -> Section {
    session(text).audio().expect("usable audio").clone()
}

fn names(section: &Section) -> Vec<(u8, &str)> {
    section.payloads.iter().map(|p| (p.payload_type, p.encoding.as_str())).collect()
}

/// An exchange that names telephony's channel count and terse attributes, as carriers in Japan do.
const CARRIER: &str = "v=0\r\no=- 82934 82934 IN IP4 118.177.10.5\r\ns=-\r\nc=IN IP4 118.177.10.9\r\nt=0 0\r\n\
    m=audio 21456 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000/1\r\na=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:101 0-15\r\na=ptime:20\r\na=maxptime:20\r\na=sendrecv\r\n";

const ASTERISK: &str = "v=0\r\no=- 1746 3 IN IP4 192.0.2.7\r\ns=Asterisk\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
    m=audio 17332 RTP/AVP 8 0 9 3 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:9 G722/8000\r\n\
    a=rtpmap:3 GSM/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=maxptime:150\r\na=sendrecv\r\n";

const LINPHONE: &str = "v=0\r\no=alice 3042 2104 IN IP4 192.168.1.20\r\ns=Talk\r\nc=IN IP4 192.168.1.20\r\nt=0 0\r\n\
    a=rtcp-xr:rcvr-rtt=all:10000 stat-summary=loss,dup,jitt,TTL voip-metrics\r\nm=audio 7078 RTP/AVPF 96 97 0 8 101\r\n\
    a=rtpmap:96 opus/48000/2\r\na=fmtp:96 useinbandfec=1\r\na=rtpmap:97 speex/16000\r\na=fmtp:97 vbr=on\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=rtcp-fb:* trr-int 1000\r\nm=video 9078 RTP/AVPF 98\r\na=rtpmap:98 VP8/90000\r\n";

const BARESIP: &str = "v=0\r\no=- 2654435 1982451 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\na=tool:baresip\r\n\
    m=audio 10026 RTP/AVP 0 8 101\r\nb=AS:125\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtcp:10027\r\na=sendrecv\r\na=label:1\r\na=rtcp-rsize\r\na=ptime:20\r\n";

#[test]
fn a_carriers_channel_count_is_mono() {
    let section = audio(CARRIER);
    let pcmu = section.payloads.first().expect("a payload");
    assert_eq!((pcmu.encoding.as_str(), pcmu.clock_hz, pcmu.channels), ("PCMU", 8_000, 1));
    assert_eq!(section.events(8_000).map(|events| events.payload_type), Some(101));
    assert_eq!((section.ptime_ms, section.max_ptime_ms), (Some(20), Some(20)));
    assert_eq!(section.address, "118.177.10.9".parse().ok());
}

#[test]
fn payloads_keep_the_writers_order() {
    assert_eq!(
        names(&audio(ASTERISK)),
        [(8, "PCMA"), (0, "PCMU"), (9, "G722"), (3, "GSM"), (101, "telephone-event")]
    );
}

#[test]
fn static_numbers_need_no_rtpmap_and_stereo_is_not_mono() {
    let section = audio(LINPHONE);
    let numbers: Vec<u8> = section.payloads.iter().map(|p| p.payload_type).collect();
    assert_eq!(numbers, [96, 97, 0, 8, 101]);
    let mono = Format { channels: 1, ..Format::events(48_000) };
    assert!(!section.payloads.iter().any(|p| p.is(&Format { name: "opus", ..mono })), "two channels");
    assert_eq!(session(LINPHONE).sections.len(), 2);
}

#[test]
fn rtcp_of_its_own_port_is_at_the_sections_address() {
    assert_eq!(audio(BARESIP).rtcp, "127.0.0.1:10027".parse().ok());
    let elsewhere = BARESIP.replace("a=rtcp:10027", "a=rtcp:53020 IN IP4 126.16.64.4");
    assert_eq!(audio(&elsewhere).rtcp, "126.16.64.4:53020".parse().ok());
}

#[test]
fn what_the_section_says_wins_over_the_session() {
    let text = "v=0\no=- 1 1 IN IP4 1.1.1.1\nc=IN IP4 1.1.1.1\na=sendonly\nm=audio 4 RTP/AVP 0\nc=IN IP4 2.2.2.2\na=inactive\n\
                m=audio 6 RTP/AVP 0\n";
    let session = session(text);
    let said: Vec<_> = session.sections.iter().map(|s| (s.address, s.direction)).collect();
    assert_eq!(said[0], ("2.2.2.2".parse().ok(), Direction::Inactive));
    assert_eq!(said[1], ("1.1.1.1".parse().ok(), Direction::SendOnly));
}

#[test]
fn an_rtpmap_overrides_the_static_table_and_clutter_is_forgiven() {
    let text = "v=0\r\no=- 1 1 IN IP4 1.1.1.1\r\nm=audio  4000   RTP/AVP 18  0 0 abc 300 97 98\r\na=rtpmap: 97 telephone-event\r\n\
                a=rtpmap:18 PCMA/8000\r\na=rtpmap:98\r\na=ptime:30.0\r\n";
    let section = audio(text);
    assert_eq!(names(&section), [(18, "PCMA"), (0, "PCMU"), (97, "telephone-event")]);
    assert_eq!(
        section.payloads[2],
        Payload {
            payload_type: 97,
            encoding: "telephone-event".into(),
            clock_hz: 8_000,
            channels: 1,
            parameters: String::new()
        }
    );
    assert_eq!(section.ptime_ms, Some(30));
}

#[test]
fn missing_doubled_and_unreadable_lines_do_no_harm() {
    for text in [
        "v=0\nm=audio 4000 RTP/AVP 0\nc=IN IP4 1.2.3.4",
        "v=0\rc=IN IP4 1.2.3.4\rm=audio 4000 RTP/AVP 0\r",
        "\r\nv=0\r\no=- 5 5 IN IP4 1.2.3.4\r\ns=a\r\ns=b\r\nm=audio 4000/1 RTP/AVP 0\r\n",
        "v=0\r\no=broken\r\ns=-\r\nc=IN IP4 1.2.3.4\r\nc=IN IP4 1.2.3.4\r\nb=nonsense\r\nt=x y\r\nr=1\r\nz=?\r\nk=\r\nm=audio 4000 rtp/avp 0\r\n",
        "v=0\r\no=- -3 -9 IN IP4 h\r\nc=in ip4 1.2.3.4/127\r\n=\r\n a = x \r\nm=Audio 4000 RTP/AVP 0\r\na=\r\n",
    ] {
        let section = audio(text);
        assert_eq!((section.address, section.port), ("1.2.3.4".parse().ok(), 4_000), "{text}");
    }
    let latin1 =
        b"v=0\r\no=Andr\xe9 1 2 IN IP4 1.2.3.4\r\ns=\xe9\x00\r\nm=audio 4000 RTP/AVP 0\r\na=x:\x00\xff\r\n";
    assert!(read(latin1).expect("readable").audio().is_some());
}

#[test]
fn a_negative_version_still_tells_a_change() {
    let version = |v: &str| session(&format!("v=0\no=- 1 {v} IN IP4 1.1.1.1\n")).version;
    assert_ne!(version("-5"), version("-6"));
    assert_eq!(version("-5"), version("-5"));
    assert_eq!(version("7").number, 7);
}

#[test]
fn sections_that_cannot_carry_our_audio_keep_their_place() {
    let text = "v=0\r\nc=IN IP4 1.1.1.1\r\nm=image 5000 udptl t38\r\nm=audio 0 RTP/AVP 0\r\nm=audio x RTP/AVP 0\r\n\
                m=audio 6000 RTP/SAVP 0\r\nm=audio 70000 RTP/AVP 0\r\nm=\r\nm=audio 4000 RTP/AVP 0\r\nc=IN IP4 phone.example\r\n\
                m=audio 4002 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127\r\nm=audio 4004 RTP/AVP 0\r\n";
    let session = session(text);
    assert_eq!(session.sections.len(), 9);
    assert_eq!(session.audio().map(|s| s.port), Some(4_004));
}

#[test]
fn ipv6_and_languages_are_read() {
    let text = "v=0\r\no=- 1 1 IN IP6 2001:db8::1\r\nc=IN IP6 2001:db8::1\r\nm=audio 4000 RTP/AVP 0\r\n\
                a=hlang-send:ja en*\r\na=hlang-recv:ja\r\na=rtcp-mux\r\n";
    let section = audio(text);
    assert_eq!(section.address, "2001:db8::1".parse().ok());
    assert_eq!(section.hlang_send, ["ja", "en"]);
    assert!(section.rtcp_mux);
}

#[test]
fn an_unspecified_address_takes_no_media() {
    assert!(!audio(&ASTERISK.replace("c=IN IP4 192.0.2.7", "c=IN IP4 0.0.0.0")).receives());
    assert!(audio(ASTERISK).receives());
}

#[test]
fn what_is_no_description_or_too_much_of_one_is_refused() {
    assert_eq!(read(b""), Err(SdpError::NoVersion));
    assert_eq!(read(b"hello"), Err(SdpError::NoVersion));
    assert_eq!(read(&vec![b'v'; MAX_BYTES + 1]), Err(SdpError::TooLong));
    assert_eq!(read(format!("v=0\n{}", "a=x\n".repeat(1_100)).as_bytes()), Err(SdpError::TooManyLines));
    assert_eq!(read(format!("v=0\n{}", "m=a 1 b 0\n".repeat(65)).as_bytes()), Err(SdpError::TooManySections));
}

#[test]
fn mutated_descriptions_never_panic() {
    let mut rng = Rng::from_seed(4566);
    let mut understood = 0;
    for round in 0..20_000 {
        let seed = [CARRIER, ASTERISK, LINPHONE, BARESIP][round % 4];
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=rng.below(8) {
            mutate(&mut bytes, &mut rng);
        }
        understood += usize::from(read(&bytes).is_ok());
    }
    assert!(understood > 15_000, "most damage is forgiven: {understood}");
}

fn mutate(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let at = rng.below(bytes.len() as u64) as usize;
    match rng.below(4) {
        0 => bytes[at] = rng.next_u32() as u8,
        1 => drop(bytes.remove(at)),
        2 => bytes.insert(at, b"\r\n =/:09\0\xff"[rng.below(10) as usize]),
        _ => bytes.truncate(at.max(1)),
    }
    if bytes.is_empty() {
        bytes.push(b'v');
    }
}
