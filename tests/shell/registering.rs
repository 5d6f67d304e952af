//! A phone that registers at an engine: seen there, called, and gone when it ends.

use super::serving::{Running, settings};
use super::workplace::Workplace;

const NOWHERE: &str = r#"{"phones":[{"phone":"sato","places":[]}]}"#;

#[test]
fn a_phone_registers_is_seen_and_called_and_takes_its_registration_back() {
    let seat = "[phones.sato]\npassword = 'himitsu'\n[desks.japan]\nhours = 'always'\n\
                [desks.japan.queues.japan-technical]\nseats = ['phone:sato']\n";
    let workplace = Workplace::new(&settings(seat));
    let mut engine = Running::start(&workplace, &["serve"]);
    // It listens a moment before it knows its phones.
    let mut asked = std::iter::repeat_with(|| engine.get("/phones")).take(1_000);
    assert!(asked.any(|phones| phones.ends_with(NOWHERE)), "{}", engine.get("/phones"));
    let registrar = format!("sip:sato@{}", engine.address());
    let phone = ["answer", "--listen", "udp:127.0.0.1:0", "--after", "0", "--once", "--register", &registrar];
    let home = Workplace::new("");
    let mut desk = Running::start(&home, &[&phone[..], &["--password", "himitsu"]].concat());
    engine.logs_until("it is at udp 127.0.0.1:");
    let phones = engine.get("/phones");
    let at = format!("\"address\":\"{}\",\"contact\":\"sip:sato@{}\"", desk.address(), desk.address());
    assert!(phones.contains(&at) && phones.contains("\"transport\":\"udp\""), "{at} is not in {phones}");
    assert!(engine.get("/metrics").contains("\nmadoguchi_phone_places{phone=\"sato\"} 1\n"));
    let target = format!("sip:0120339836@{}", engine.address());
    workplace.good(&["call", &target, "--keys", "21#", "--pause", "600", "--for", "5"]);
    let answered = desk.wait();
    assert_eq!(answered.status, 0, "{}", answered.stderr);
    assert!(answered.stdout.contains("X-Madoguchi-Case: 600000012"), "{}", answered.stdout);
    engine.logs_until("it is registered nowhere");
    let phones = engine.get("/phones");
    assert!(phones.ends_with(NOWHERE), "{phones}");
    assert_eq!(engine.terminate().status, 0);
}
