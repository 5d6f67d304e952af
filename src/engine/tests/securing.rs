//! What phones are offered, by what the settings say of their audio; what pages are.

use super::*;
use crate::sdp::{Fingerprint, Protection};

/// What the phone `sato`, which registered over this transport, is offered where this is said of it.
fn offered(security: MediaSecurity, transport: Transport) -> (Protection, bool) {
    let mut rig = rig(japan(10, 0, 0));
    rig.engine.config.certificate = Some(Fingerprint([7; 32]));
    rig.engine.config.media_security.insert("sato".into(), security);
    let places = [DialTarget { way: Way::Phone("sato".into()), trusted: false }];
    let uri = Uri::sip(Some("sato"), Host::Name("192.0.2.7".into()), None);
    let targets = [Target::new(uri, Flow { transport, ..flow(DESK) })];
    let (protection, ice) = rig.engine.secured(&places, &targets);
    (protection, ice.is_some())
}

#[test]
fn a_phone_is_offered_what_its_way_says_or_what_the_settings_say() {
    let shape = |security, transport| {
        let (Protection { keys, certificate, required }, by_ice) = offered(security, transport);
        (!keys.is_empty(), certificate.is_some(), required, by_ice)
    };
    use MediaSecurity::{Auto, Dtls, Plain, Sdes};
    assert_eq!(shape(Auto, Transport::Udp), (false, false, false, false), "in clear text");
    assert_eq!(shape(Auto, Transport::Tls), (true, false, false, false), "keys, where it likes");
    assert_eq!(shape(Auto, Transport::Wss), (false, true, true, true), "as pages have it");
    for transport in [Transport::Udp, Transport::Tls, Transport::Wss] {
        assert_eq!(shape(Plain, transport), (false, false, false, false), "{transport:?}");
        assert_eq!(shape(Sdes, transport), (true, false, true, false), "{transport:?}");
        assert_eq!(shape(Dtls, transport), (false, true, true, true), "{transport:?}");
    }
}

#[test]
fn a_page_that_offers_nothing_is_offered_what_it_can_take() {
    for (transport, profile) in [(Transport::Ws, "UDP/TLS/RTP/SAVPF"), (Transport::Tcp, "RTP/AVP")] {
        let mut rig = rig(japan(10, 0, 0));
        rig.engine.config.certificate = Some(Fingerprint([7; 32]));
        let bytes = request("INVITE", 1, "", "").replace("/UDP", &format!("/{}", transport.via_name()));
        rig.input(Input::Message { flow: Flow { transport, ..flow(CALLER) }, bytes: bytes.into_bytes() });
        let offer = rig.sent.iter().find(|m| m.starts_with("SIP/2.0 200")).expect("an offer");
        assert!(offer.contains(&format!(" {profile} ")), "{offer}");
        let by_dtls = profile.contains("TLS");
        for line in ["a=fingerprint:", "a=setup:actpass", "a=ice-ufrag:", "a=rtcp-mux"] {
            assert_eq!(offer.contains(line), by_dtls, "{line}: {offer}");
        }
    }
}
