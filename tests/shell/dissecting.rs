//! `dissect`: the shape that scripts rely on.

use super::workplace::Workplace;
use serde_json::{Value, json};

const INVITE: &str = "INVITE sip:0120339836@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bK1\r\n\
    From: \"Sato\" <sip:0312345678@192.0.2.7>;tag=a\r\nTo: <sip:0120339836@192.0.2.1>\r\nCall-ID: x@y\r\nCSeq: 7 INVITE\r\n\
    Max-Forwards: 70\r\nContact: <sip:0312345678@192.0.2.7>\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_request_is_one_object_a_line_and_a_flaw_is_status_1() {
    let workplace = Workplace::new("");
    workplace.write("good.sip", INVITE);
    workplace.write("bad.sip", &INVITE.replace("CSeq: 7 INVITE\r\n", ""));
    let ran = workplace.run(&["dissect", "good.sip", "bad.sip", "none.sip"]);
    assert_eq!(ran.status, 1);
    let lines: Vec<Value> =
        ran.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let ok: Vec<_> = lines.iter().map(|line| (line["file"].as_str(), line["ok"].as_bool())).collect();
    assert_eq!(
        ok,
        [(Some("good.sip"), Some(true)), (Some("bad.sip"), Some(false)), (Some("none.sip"), Some(false))]
    );
    let good = &lines[0];
    assert_eq!(
        (&good["kind"], &good["method"], &good["uri"]),
        (&json!("request"), &json!("INVITE"), &json!("sip:0120339836@192.0.2.1"))
    );
    assert_eq!(good["cseq"], json!({"number": 7, "method": "INVITE"}));
    assert_eq!((&good["from"]["display"], &good["from"]["tag"]), (&json!("Sato"), &json!("a")));
    assert_eq!(good["status"], Value::Null);
    let keys = [
        "file",
        "ok",
        "error",
        "kind",
        "method",
        "uri",
        "status",
        "reason",
        "via",
        "from",
        "to",
        "call_id",
        "cseq",
        "contacts",
        "routes",
        "record_routes",
        "content_length",
        "body_bytes",
    ];
    assert!(keys.iter().all(|key| good.get(key).is_some()), "{good}");
    assert!(lines[1]["error"]["what"].as_str().is_some_and(|what| what.contains("CSeq")), "{}", lines[1]);
    assert_eq!(lines[1]["error"]["reply"], 400);
    assert!(
        ran.stderr.contains("bad.sip: byte ") && ran.stderr.contains("none.sip: byte 0: cannot be read"),
        "{}",
        ran.stderr
    );
    assert_eq!(workplace.run(&["dissect", "good.sip"]).status, 0);
}
