//! Over TLS, with audio in clear text and encrypted: baresip as caller and as desk phone, and desks whose certificate is not to be believed.

use crate::baresip::{Baresip, Phone};
use crate::desks;
use crate::engine::{Desks, Engine, Tls};
use crate::papers::{Paper, Papers};
use crate::ports;
use crate::prompts;
use crate::softphones::{CALLER_SAYS, DESK_SAYS, has, names, speech};
use madoguchi::audio::matcher::Matcher;
use std::path::Path;
use tempfile::TempDir;

/// An engine and two softphones that speak TLS alone.
struct Stage {
    engine: Engine,
    caller: Baresip,
    desk: Baresip,
    tls: u16,
    _folder: TempDir,
}

fn stage(srtp: bool, desk_paper: impl FnOnce(&Papers) -> Paper) -> Stage {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let papers = Papers::new(folder.path());
    let (ours, theirs, ca) = (papers.issue("engine"), desk_paper(&papers), papers.ca());
    let says = |prompt| speech(folder.path(), prompt);
    let phone = |name, answers, says: &Path, paper: &Paper| {
        let tls = Some((paper.both.as_path(), ca.as_path()));
        Baresip::start(
            folder.path(),
            &Phone { name, codec: "PCMU", answers, says, tls, srtp, registers: None },
        )
    };
    let desk = phone("japan-desk", "auto", &says(DESK_SAYS), &theirs);
    let tls = ports::one();
    // SIP over TLS is on the port after that of SIP.
    let japan = Some(desk.port + 1);
    let spoken = Tls { paper: ours, ca: ca.clone(), port: tls, sips: srtp };
    let engine = Engine::start(&Desks { japan, tls: Some(spoken), ..Desks::default() });
    let caller = phone("caller", "manual", &says(CALLER_SAYS), &papers.issue("caller"));
    Stage { engine, caller, desk, tls, _folder: folder }
}

impl Stage {
    /// The caller presses 2 and 1, and comes into the line of the Japan desk.
    fn call(&mut self) {
        self.caller.tell("dial", &format!("sip:0120339836@127.0.0.1:{};transport=tls", self.tls));
        self.caller.wait_event("CALL_ESTABLISHED");
        self.caller.hear(2_500);
        self.caller.tell("sndcode", "2");
        self.engine.process.wait_for("menu-pin:ja");
        self.caller.hear(5_500);
        self.caller.tell("sndcode", "1");
        self.engine.process.wait_for("free-trial-notice:ja");
        self.caller.tell("sndcode", "#");
    }
}

fn assert_each_heard_the_other(caller: &Baresip, desk: &Baresip, matcher: &Matcher) {
    let at_the_caller = names(matcher, &caller.heard());
    assert!(has(&at_the_caller, "menu-language") && has(&at_the_caller, DESK_SAYS), "{at_the_caller:?}");
    let at_the_desk = names(matcher, &desk.heard());
    assert!(has(&at_the_desk, CALLER_SAYS), "{at_the_desk:?}");
}

/// A call from one softphone to the other, and what each heard of it.
fn call_and_talk(mut stage: Stage) {
    stage.call();
    let Stage { engine, mut caller, mut desk, .. } = stage;
    engine.process.wait_for("connected desk=japan");
    desk.wait_event("CALL_ESTABLISHED");
    desk.hear(4_000);
    caller.tell("hangup", "");
    caller.wait_event("CALL_CLOSED");
    desk.wait_event("CALL_CLOSED");
    let case = engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
    desks::assert_japanese_with_pin(&case);
    let matcher = prompts::matcher(&["menu-language", CALLER_SAYS, DESK_SAYS]);
    assert_each_heard_the_other(&caller, &desk, &matcher);
}

#[test]
fn baresip_calls_and_answers_over_tls() {
    call_and_talk(stage(false, |papers| papers.issue("desk")));
}

#[test]
fn baresip_calls_and_answers_with_encrypted_audio_alone() {
    call_and_talk(stage(true, |papers| papers.issue("desk")));
}

#[test]
fn a_desk_whose_certificate_has_expired_gets_no_call_and_the_log_says_so() {
    let mut stage = stage(false, |papers| papers.issue_expired("desk"));
    stage.call();
    stage.engine.process.wait_for("no connection to 127.0.0.1: its certificate has expired");
    stage.engine.process.wait_for("not taken");
    stage.caller.tell("hangup", "");
    stage.caller.wait_event("CALL_CLOSED");
    let case = stage.engine.case_after_call();
    assert_eq!(case["end_cause"], "caller-hung-up", "{case:#}");
}
