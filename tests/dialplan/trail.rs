//! What is kept of a call: keys that may be known, steps, queues and desks, and places it came to.

use crate::caller::Caller;
use crate::library::TestWorld;
use madoguchi::base::{EndCause, Instant, Language};
use madoguchi::dialplan::trail::{Key, Met, Outcome, Trail};
use madoguchi::dialplan::{Desk, DialFailure, Event, QueueRefusal};
use std::time::Duration;

/// A menu, a PIN, an open number, and a dialled desk.
const PIN: &str = r##"
numbers = ["0120-339-836"]
default = true
language = "en"
start = "menu"
trouble = "technical-difficulty"
[step.menu]
verb = "menu"
prompt = "menu-language"
keys.1 = "pin"
otherwise = "bye"
[step.pin]
verb = "collect"
prompt = "menu-pin"
min = 4
max = 8
terminator = "#"
secret = true
next = "open"
otherwise = "bye"
[step.open]
verb = "collect"
prompt = "menu-pin"
min = 2
max = 2
terminator = "#"
next = "desk"
otherwise = "bye"
[step.desk]
verb = "dial"
desk = "global"
failed = "bye"
after = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"##;

/// Keys as a store would show them: `?` hidden, `!` hidden and no digit.
fn keys(trail: &Trail) -> String {
    let key = |key: Key| match key {
        Key::Shown(digit) => digit.as_char(),
        Key::Hidden => '?',
        Key::HiddenSign => '!',
    };
    trail.presses.kept().iter().map(|press| key(press.key)).collect()
}

fn steps(trail: &Trail) -> Vec<&str> {
    trail.path.kept().iter().map(|entered| &*entered.step).collect()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn a_secret_stays_hidden_and_what_other_steps_take_is_shown() {
    let mut caller = Caller::of(PIN);
    caller.press("9").wait(500).press("1").wait(500).press("4711#").wait(500);
    assert_eq!(keys(caller.run.trail()), "91????!");
    caller.press("25");
    assert_eq!(keys(caller.run.trail()), "91????!25");
    caller.press("38");
    assert_eq!(keys(caller.run.trail()), "91????!25??", "while a desk rings a key is for nobody");
    assert_eq!(steps(caller.run.trail()), ["menu", "pin", "open", "desk"]);
    let printed = format!("{:?}", caller.run.trail());
    assert!(!printed.contains("Digit(4)") && !printed.contains("Digit(7)"), "{printed}");
}

#[test]
fn a_key_typed_ahead_is_shown_once_it_is_taken_at_the_moment_it_was_pressed() {
    let text = PIN.replace("keys.1 = \"pin\"", "keys.1 = \"notice\"")
        + "[step.notice]\nverb = \"play\"\nprompt = \"please-wait\"\nbarge_in = false\nnext = \"open\"\n";
    let mut caller = Caller::of(&text);
    caller.wait(1_000).press("1").wait(300).press("2").wait(100).press("5#");
    assert_eq!(keys(caller.run.trail()), "1??!");
    caller.wait(700).tell(Event::PlayDone);
    assert_eq!(keys(caller.run.trail()), "125!", "a terminator that was not needed is taken by nobody");
    let at: Vec<Duration> = caller.run.trail().presses.kept().iter().map(|press| press.at).collect();
    assert_eq!(at, [ms(1_000), ms(1_300), ms(1_400), ms(1_400)]);
    assert_eq!(caller.run.trail().playouts.kept(), [ms(2_100)]);
}

#[test]
fn keys_that_were_forgotten_stay_hidden() {
    let mut caller = Caller::shipped();
    caller.press("2").press("9").press("1");
    assert_eq!(keys(caller.run.trail()), "291");
    let mut ahead = caller_at_the_closed_desk();
    ahead.press("123");
    ahead.tell(Event::PlayDone);
    assert!(steps(ahead.run.trail()).contains(&"global"));
    assert_eq!(keys(ahead.run.trail()), "21???");
}

/// Hears why the desk is closed, to the end.
fn caller_at_the_closed_desk() -> Caller {
    let mut caller = Caller::new(crate::library::shipped(), TestWorld::desks(Desk::Holiday));
    caller.press("21");
    caller.tell(Event::PlayDone);
    caller
}

#[test]
fn hours_queues_and_desks_are_kept_with_what_they_did() {
    let mut caller = Caller::shipped();
    caller.press("21").tell(Event::PlayDone);
    caller.wait(50).tell(Event::QueueRefused(QueueRefusal::Full));
    caller.tell(Event::PlayDone).press("1").tell(Event::PlayDone);
    caller.wait(2_000).tell(Event::DialFailed(DialFailure::Busy)).tell(Event::PlayDone);
    caller.wait(100).tell(Event::Connected).wait(60_000).tell(Event::DeskLeft).tell(Event::PlayDone);
    let trail = caller.run.trail();
    let met: Vec<(u64, &str, Met)> =
        trail.met.kept().iter().map(|m| (m.at.as_millis() as u64, &*m.whom, m.what)).collect();
    assert_eq!(
        met,
        [
            (0, "japan", Met::Hours(Desk::Open)),
            (0, "japan-technical", Met::Enqueued),
            (50, "japan-technical", Met::Refused(QueueRefusal::Full)),
            (50, "global", Met::Dialled),
            (2_050, "global", Met::Failed(DialFailure::Busy)),
            (2_050, "global", Met::Dialled),
            (2_150, "global", Met::Connected),
            (62_150, "global", Met::DeskLeft),
        ]
    );
    let route = trail.route().expect("arrived");
    assert_eq!((route.at, &route.outcome), (ms(50), &Outcome::Dial { desk: "global".into() }));
    assert_eq!((route.language, route.interpreter), (Language::Ja, true));
    let end = &trail.arrivals.kept().last().expect("an end").outcome;
    assert_eq!(end, &Outcome::Hangup { cause: EndCause::DeskHungUp });
    assert!(trail.was_ended_by_plan());
}

#[test]
fn a_queue_is_arrived_at_once_it_has_the_caller() {
    let mut caller = Caller::shipped();
    caller.press("21").tell(Event::PlayDone);
    assert_eq!(caller.run.trail().route(), None);
    for place in [2, 1] {
        caller.wait(100).tell(Event::QueuePlace { place, wait_minutes: None });
    }
    let trail = caller.run.trail();
    let queue = Outcome::Queue { queue: "japan-technical".into(), desk: "japan".into(), tier: 1 };
    assert_eq!(trail.arrivals.kept().len(), 1);
    assert_eq!(trail.route().map(|arrival| (arrival.at, &arrival.outcome)), Some((ms(100), &queue)));
}

#[test]
fn a_step_is_kept_with_what_led_to_it() {
    let mut caller = Caller::shipped();
    caller.press("2").wait(40).press("3");
    let trail = caller.run.trail();
    let path: Vec<(u64, &str, Option<&str>)> =
        trail.path.kept().iter().map(|e| (e.at.as_millis() as u64, &*e.step, e.why.as_deref())).collect();
    assert_eq!(
        path,
        [
            (0, "language", None),
            (0, "japanese", Some("digit 2")),
            (0, "topic", Some("language = ja")),
            (40, "purchase", Some("digit 3")),
            (40, "sales-line", Some("hours open")),
        ]
    );
    assert_eq!(trail.step_at(ms(39)).map(|e| &*e.step), Some("topic"));
}

#[test]
fn a_caller_who_never_stops_pressing_keys_is_kept_up_to_the_bound() {
    let mut caller = Caller::shipped();
    caller.press("21").tell(Event::PlayDone);
    caller.press(&"9".repeat(300));
    let trail = caller.run.trail();
    assert_eq!((trail.presses.kept().len(), trail.presses.more()), (256, 46));
    let lasted = caller.run.clone().into_trail(Instant::from_millis(1_234)).lasted;
    assert_eq!(lasted, ms(1_234));
}
