//! Strangers who want a call placed, a name believed, or memory: they get none of it.

use super::*;
use crate::signaling::{Limits, Resolved, TrunkConfig};

fn invites(rig: &Rig) -> usize {
    rig.sent.iter().filter(|m| m.starts_with("INVITE")).count()
}

fn caller(rig: &Rig) -> Option<String> {
    rig.journal.iter().find_map(|what| match what {
        What::CallStarted { caller, .. } => Some(caller.clone()),
        _ => None,
    })?
}

/// From now on this host is a carrier's.
fn trust(rig: &mut Rig, host: &str) {
    let place = flow(host);
    rig.engine.endpoint.add_trunk(TrunkConfig {
        name: "carrier".into(),
        host: place.remote.ip().to_string(),
        port: Some(place.remote.port()),
        transport: Transport::Udp,
        domain: Host::from(place.remote.ip()),
        user: "0120339836".into(),
        credentials: None,
        register: None,
        keep_alive: None,
        dials_address: false,
        limits: Limits::default(),
    });
    let places = Ok(vec![place]);
    rig.input(Input::Resolved(Resolved {
        trunk: "carrier".into(),
        places,
        took: Duration::ZERO,
        holds: None,
    }));
}

/// Toll fraud begins with a number of somebody else, asked of an engine that answers.
#[test]
fn a_call_to_a_foreign_number_reaches_nobody_else() {
    for number in ["0015551234567", "+15551234567", "9011442071234567", "00441234567890%40198.51.100.1"] {
        let mut rig = rig(japan(3, 0, 0));
        let text = request("INVITE", 1, "", SDP)
            .replace("sip:0120339836@203.0.113.1 ", &format!("sip:{number}@203.0.113.1 "));
        rig.receive(CALLER, &text);
        rig.ack("");
        rig.wait(Duration::from_secs(120));
        assert_eq!(invites(&rig), 0, "{number}");
    }
}

#[test]
fn a_caller_who_refers_somebody_elsewhere_is_denied() {
    let mut rig = Rig::talking();
    let (tag, before) = (rig.our_tag(), invites(&rig));
    let refer = request("REFER", 2, &tag, "")
        .replace("Content-Length", "Refer-To: <sip:0015551234567@198.51.100.1>\r\nContent-Length");
    rig.receive(CALLER, &refer);
    rig.wait(Duration::from_secs(60));
    assert_eq!(invites(&rig), before);
    assert!(!rig.sent.iter().any(|m| m.contains("198.51.100.1")), "nothing goes there");
}

#[test]
fn what_a_stranger_asserts_is_not_believed_however_it_is_spelt() {
    let asserted = "<sip:0399999999@203.0.113.9>";
    for field in [
        format!("P-Asserted-Identity: {asserted}"),
        format!("P-Asserted-Identity \t : {asserted}"),
        format!("p-asserted-identity:\r\n {asserted}"),
        format!("Identity: eyJ.e.s;info=<https://x>;alg=ES256\r\nP-Asserted-Identity: {asserted}"),
        format!("X: y\r\n P-Asserted-Identity: {asserted}"),
    ] {
        let text = request("INVITE", 1, "", SDP).replace("Content-Type", &format!("{field}\r\nContent-Type"));
        let mut rig = rig(japan(10, 0, 0));
        rig.receive(CALLER, &text);
        assert_eq!(caller(&rig).as_deref(), Some("+81312345678"), "{field}");
        trust(&mut rig, CALLER);
        let again = text.replace("Call-ID: call", "Call-ID: again").replace("z9hG4bK", "z9hG4bKagain");
        rig.journal.clear();
        rig.receive(CALLER, &again);
        let believed = !field.starts_with("X:");
        let expected = if believed { "+81399999999" } else { "+81312345678" };
        assert_eq!(caller(&rig).as_deref(), Some(expected), "a trunk is: {field}");
    }
}

#[test]
fn a_description_of_a_thousand_lines_is_read_and_one_of_more_costs_a_refusal() {
    let lines = |count: usize| format!("{SDP}{}", "a=x-nothing:1\r\n".repeat(count));
    let mut long = rig(japan(10, 0, 0));
    long.call(&lines(900));
    assert!(long.sent_any("SIP/2.0 200"));
    let mut longer = rig(japan(10, 0, 0));
    longer.call(&lines(1_500));
    assert!(longer.sent_any("SIP/2.0 488") && longer.ports == 0);
    assert_eq!((longer.engine.call_count(), longer.engine.legs.len()), (0, 0));
    let sections = format!("{SDP}{}", "m=audio 4 RTP/AVP 0\r\n".repeat(100));
    let mut many = rig(japan(10, 0, 0));
    many.call(&sections);
    assert!(many.sent_any("SIP/2.0 488") && many.ports == 0);
}
