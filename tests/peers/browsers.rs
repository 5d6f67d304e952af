//! Pages of a browser that telephone: over WebSocket, with audio whose keys are agreed on by DTLS.

use crate::chromium::Chromium;
use crate::engine::{Desks, Engine};
use crate::pjsua::Pjsua;
use crate::rtp_caller::socket;
use crate::softphone::{CALLER_SAYS, Key, Phone, Scene, Softphone, Stage, alone, has, names, speech};
use crate::{ports, strangers};

/// Of the page's phone.
const PASSWORD: &str = "himitsu";

/// A page that has registered calls, hears the first prompt, presses a key in this way and hears the next.
fn a_page_calls(keys: Key, source: &str) {
    let _alone = alone();
    let engine = Engine::start(&Desks { registers: Some(PASSWORD), ..Desks::default() });
    let says = speech(&engine.folder(), CALLER_SAYS);
    let phone = Phone {
        web: &engine.web,
        registers: Some((engine.sip.port(), "ws", PASSWORD)),
        keys,
        ..Phone::plain("sato", "manual", &says)
    };
    let mut page = Chromium::start(&engine.folder(), &phone);
    engine.process.wait_for("it is at ws 127.0.0.1:");
    page.dial(&format!("sip:0120339836@{}", engine.sip));
    page.wait_up();
    page.hear(2_000);
    page.press('2');
    engine.process.wait_for("menu-pin:ja");
    page.hear(2_000);
    let stranger = socket(ports::one());
    (1..=50).for_each(|number| strangers::spray(&engine, &stranger, number));
    page.hear(1_000);
    let counted = page.counted();
    page.hang_up();
    page.wait_over();
    let case = engine.case_after_call();
    assert_eq!((&case["end_cause"], &case["language"]), (&"caller-hung-up".into(), &"ja".into()), "{case:#}");
    assert_eq!(engine.process.count(&format!("source={source}")), 1, "{}", engine.process.text());
    assert_eq!((&counted["dtls"], &counted["lost"]), (&"connected".into(), &0.into()), "{counted}");
    let is_more = |name: &str, than: f64| counted[name].as_f64().is_some_and(|value| value > than);
    assert!(is_more("bytes", 20_000.0) && is_more("energy", 0.001), "{counted}");
    let heard = names(&page.heard());
    assert!(has(&heard, "menu-language") && has(&heard, "menu-pin"), "{heard:?}");
}

#[test]
fn a_page_registers_calls_and_presses_keys_by_telephone_events() {
    a_page_calls(Key::Event, "TelephoneEvent");
}

#[test]
fn a_page_presses_keys_by_info() {
    a_page_calls(Key::Info, "Info");
}

/// A page calls through the menus and talks to another, which has registered and is rung.
fn pages_talk(transport: &'static str, codec: &str) {
    let scene = Scene { registers: Some(transport), codecs: [codec; 2], ..Scene::default() };
    let mut stage = Stage::<Chromium, Chromium>::set(&scene);
    stage.call();
    stage.talk();
    let counted = stage.desk.counted();
    assert_eq!(counted["dtls"], "connected", "{counted}");
    assert_eq!(
        counted["codec"].as_str().map(str::to_lowercase),
        Some(format!("audio/{codec}").to_lowercase())
    );
    let offer = stage.desk.log();
    let offer = &offer[offer.find("<<<\nINVITE").expect("an INVITE")..];
    for line in ["UDP/TLS/RTP/SAVPF", "a=fingerprint:sha-256 ", "a=setup:actpass", "a=rtcp-mux", "a=ice-lite"]
    {
        assert!(offer.contains(line), "{line}: {offer}");
    }
    stage.part();
}

#[test]
fn a_page_rings_and_answers_and_each_hears_the_other() {
    pages_talk("ws", "PCMU");
}

#[test]
fn pages_talk_in_g722_over_tls() {
    pages_talk("wss", "G722");
}

#[cfg(feature = "opus")]
#[test]
fn a_page_in_opus_and_a_desk_phone_in_mu_law_hear_each_other() {
    let mut stage = Stage::<Chromium, Pjsua>::set(&Scene { codecs: ["opus", "PCMU"], ..Scene::default() });
    stage.call();
    stage.talk();
    assert_eq!(stage.caller.counted()["codec"], "audio/opus");
    stage.part();
}
