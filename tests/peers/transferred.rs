//! People at a desk transfer their caller with the key of their phones (REFER).

use crate::baresip::Baresip;
use crate::chromium::Chromium;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{CALLER_SAYS, DESK_SAYS, Phone, Scene, Softphone, Stage, heard_since, speech};

/// The desk transfers its caller to a partner of the settings, who then hears the caller.
fn a_desk_transfers_its_caller<C: Softphone, D: Softphone>() {
    transfers::<C, D>(|desk, _, place| desk.refer(place), "call 0 is CONFIRMED");
}

/// A partner; a desk and its caller, who talk; what the desk does then, and what the partner says when it has the caller.
fn transfers<C: Softphone, D: Softphone>(transfer: impl FnOnce(&mut D, &Pjsua, &str), taken: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let says = speech(folder.path(), DESK_SAYS);
    let mut partner = Pjsua::start(folder.path(), &Phone::plain("partner", "auto", &says));
    let place = format!("sip:partner@127.0.0.1:{}", partner.port());
    let settings =
        [("MADOGUCHI__TRANSFERS__PARTNER__URI", &*place), ("MADOGUCHI__DESKS__JAPAN__TRANSFERS", "partner")];
    let mut stage = Stage::<C, D>::set(&Scene { settings: &settings, ..Scene::default() });
    stage.call();
    stage.talk();
    transfer(&mut stage.desk, &partner, &place);
    partner.wait_for(taken);
    partner.hear(2_500);
    stage.desk.hang_up();
    stage.desk.wait_over();
    stage.caller.hang_up();
    stage.caller.wait_over();
    partner.wait_for(&taken.replace("CONFIRMED", "DISCONNECTED"));
    assert_eq!(stage.engine.case_after_call()["end_cause"], "caller-hung-up");
    assert!(heard_since(&partner.heard(), 0, CALLER_SAYS), "the partner hears nobody");
}

#[test]
fn by_baresip() {
    a_desk_transfers_its_caller::<Baresip, Baresip>();
}

#[test]
fn by_pjsua() {
    a_desk_transfers_its_caller::<Pjsua, Pjsua>();
}

#[test]
fn by_linphone() {
    a_desk_transfers_its_caller::<Linphone, Linphone>();
}

#[test]
fn by_a_page() {
    a_desk_transfers_its_caller::<Pjsua, Chromium>();
}

#[test]
fn pjsua_asks_its_colleague_first() {
    let asks = |desk: &mut Pjsua, partner: &Pjsua, place: &str| {
        desk.hold();
        desk.dial(place);
        desk.wait_for("call 1 is CONFIRMED");
        partner.wait_for("call 0 is CONFIRMED");
        desk.tell("join 0 1");
        desk.wait_for("call 1 is DISCONNECTED");
    };
    transfers::<Pjsua, Pjsua>(asks, "call 1 is CONFIRMED");
}
