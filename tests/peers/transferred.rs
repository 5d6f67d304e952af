//! People at a desk transfer their caller with the key of their phones (REFER).

use crate::baresip::Baresip;
use crate::linphone::Linphone;
use crate::pjsua::Pjsua;
use crate::softphone::{CALLER_SAYS, DESK_SAYS, Phone, Scene, Softphone, Stage, heard_since, speech};

/// The desk transfers its caller to a partner of the settings, who then hears the caller.
fn a_desk_transfers_its_caller<P: Softphone>() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let says = speech(folder.path(), DESK_SAYS);
    let mut partner = Pjsua::start(folder.path(), &Phone::plain("partner", "auto", &says));
    let place = format!("sip:partner@127.0.0.1:{}", partner.port());
    let settings =
        [("MADOGUCHI__TRANSFERS__PARTNER__URI", &*place), ("MADOGUCHI__DESKS__JAPAN__TRANSFERS", "partner")];
    let mut stage = Stage::<P, P>::set(&Scene { settings: &settings, ..Scene::default() });
    stage.call();
    stage.talk();
    stage.desk.refer(&place);
    partner.wait_up();
    partner.hear(2_500);
    stage.desk.hang_up();
    stage.desk.wait_over();
    stage.caller.hang_up();
    stage.caller.wait_over();
    partner.wait_over();
    assert_eq!(stage.engine.case_after_call()["end_cause"], "caller-hung-up");
    assert!(heard_since(&partner.heard(), 0, CALLER_SAYS), "the partner hears nobody");
}

#[test]
fn by_baresip() {
    a_desk_transfers_its_caller::<Baresip>();
}

#[test]
fn by_pjsua() {
    a_desk_transfers_its_caller::<Pjsua>();
}

#[test]
fn by_linphone() {
    a_desk_transfers_its_caller::<Linphone>();
}
