//! Kamailio in front of two engines: calls go to those that answer OPTIONS, and what follows in them finds its
//! way in both directions.

use crate::desks;
use crate::engine::{Desks, Engine};
use crate::pjsua::Pjsua;
use crate::ports;
use crate::process::{PATIENCE, Process};
use crate::softphone::{Key, Scene, Softphone, Stage};
use std::process::Command;
use tempfile::TempDir;

/// Not where the phones are: what the engines grant is granted to the front.
const HOST: &str = "127.0.0.3";
/// What the front says the line of each caller is.
const LINE: &str = "+81312345678";

/// Kamailio with `dispatcher.cfg`.
struct Front {
    process: Process,
    at: String,
    _folder: TempDir,
}

impl Front {
    fn start(port: u16, engines: [&Engine; 2], carrier: u16) -> Front {
        let folder = tempfile::tempdir().expect("a folder");
        let (list, config) = (folder.path().join("engines"), folder.path().join("dispatcher.cfg"));
        let at = format!("{HOST}:{port}");
        let text = include_str!("dispatcher.cfg")
            .replace("{{listen}}", &at)
            .replace("{{engines}}", &list.display().to_string())
            .replace("{{carrier}}", &format!("127.0.0.1:{carrier}"))
            .replace("{{number}}", LINE);
        std::fs::write(&list, engines.map(|engine| format!("1 sip:{}\n", engine.sip)).concat())
            .and_then(|()| std::fs::write(&config, text))
            .expect("a writable folder");
        let mut command = Command::new("/usr/sbin/kamailio");
        command.args(["-DD", "-E", "-m", "16", "-M", "4", "-f"]).arg(&config);
        command.arg("-Y").arg(folder.path()).arg("-w").arg(folder.path());
        let process = Process::start("kamailio", Some("kamailio"), &mut command).with_children();
        process.wait_outside("it listens", || ports::is_bound_by_udp(port));
        Front { process, at, _folder: folder }
    }

    fn has_passed_on(&self, method: &str, from: &str) {
        self.process.wait_for(&format!("passed on {method} from {from}"));
    }
}

/// Two engines with the front as their trunk, by which the Japan desk is reached too, and the phones.
struct Setting {
    stage: Stage<Pjsua, Pjsua>,
    other: Engine,
    front: Front,
}

impl Setting {
    fn set(keys: Key) -> Setting {
        let port = ports::one();
        let settings = [
            ("MADOGUCHI__TRUNKS__FRONT__HOST", HOST),
            ("MADOGUCHI__TRUNKS__FRONT__PORT", &port.to_string()),
            ("MADOGUCHI__TRUNKS__FRONT__KEEP_ALIVE", "0s"),
            ("MADOGUCHI__DESKS__JAPAN__QUEUES__JAPAN_TECHNICAL__SEATS", "trunk:front/0398765432"),
            // A stranger has one call; the front has what there is.
            ("MADOGUCHI__SIP__STRANGERS__CALLS", "1"),
        ];
        let other = Engine::start_with(&Desks::default(), &settings);
        let stage = Stage::<Pjsua, Pjsua>::set(&Scene { keys, settings: &settings, ..Scene::default() });
        let front = Front::start(port, [&stage.engine, &other], stage.desk.port());
        let stage = stage.reached_at(format!("sip:0120339836@{}", front.at));
        Setting { stage, other, front }
    }
}

impl Setting {
    /// The caller is answered by either engine: `stage.engine` is the one from then on.
    fn dial(&mut self) {
        self.stage.dial();
        let has_it = |engine: &Engine| engine.process.count("call started") > 0;
        let has_one = || has_it(&self.stage.engine) || has_it(&self.other);
        self.front.process.wait_outside("an engine has the call", has_one);
        if has_it(&self.other) {
            std::mem::swap(&mut self.stage.engine, &mut self.other);
        }
    }

    /// So many more calls are answered by the other engine.
    fn the_other_takes(&mut self, calls: std::ops::RangeInclusive<usize>) {
        let count = calls.clone().count();
        for number in calls {
            self.stage.dial();
            self.stage.caller.wait_for(&format!("call {number} is CONFIRMED"));
        }
        self.other.process.wait_for_count("call started", count);
    }
}

#[test]
fn what_follows_in_a_call_passes_kamailio_both_ways() {
    let mut setting = Setting::set(Key::Info);
    setting.dial();
    let Setting { mut stage, other, front } = setting;
    stage.choose();
    stage.talk();
    stage.caller.hold();
    stage.caller.resume();
    stage.desk.hold();
    stage.desk.resume();
    stage.engine.process.wait_for_count("held: false", 2);
    let phones = [stage.caller.port(), stage.desk.port()];
    let engine = stage.part().engine;
    let [caller, desk] = phones.map(|port| format!("127.0.0.1:{port}"));
    front.has_passed_on("INFO", &caller);
    front.has_passed_on("INVITE", &caller);
    front.has_passed_on("INVITE", &desk);
    front.has_passed_on("BYE", &caller);
    front.has_passed_on("BYE", &engine.sip.to_string());
    let case = engine.case_after_call();
    assert_eq!(case["caller"], LINE, "{case:#}");
    assert_eq!(other.process.count("call started"), 0);
}

#[test]
fn an_engine_that_drains_keeps_its_call_and_the_other_takes_the_next() {
    let mut setting = Setting::set(Key::Event);
    setting.dial();
    setting.stage.engine.process.terminate();
    setting.front.process.wait_for(&format!("no calls to sip:{}", setting.stage.engine.sip));
    // Two at once: the front is no stranger.
    setting.the_other_takes(1..=2);
    setting.stage.caller.tell("hangup 1");
    setting.stage.caller.tell("hangup 2");
    let Setting { mut stage, front, .. } = setting;
    stage.choose();
    stage.engine.process.wait_for("connected desk=japan");
    stage.desk.wait_up();
    stage.desk.hang_up();
    stage.caller.wait_for("call 0 is DISCONNECTED");
    front.has_passed_on("BYE", &stage.engine.sip.to_string());
    assert!(stage.engine.process.wait_end(PATIENCE).success(), "{}", stage.engine.process.text());
    let cases = stage.engine.cases();
    assert_eq!(cases.len(), 1, "{cases:?}");
    assert_eq!(cases[0]["end_cause"], "desk-hung-up", "{cases:?}");
    desks::assert_japanese_with_pin(&cases[0]);
}

#[test]
fn a_dead_engine_is_passed_over() {
    let mut setting = Setting::set(Key::Event);
    setting.stage.engine.process.kill();
    setting.the_other_takes(0..=1);
}
