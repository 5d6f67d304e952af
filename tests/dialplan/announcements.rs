//! What is said of desks and lines: why one is closed, how long the other is.

use crate::caller::Caller;
use crate::library::{TestWorld, plan};
use madoguchi::dialplan::{Desk, Event, Line};

const CLOSED: &str = r#"
start = "closed"
[step.closed]
verb = "closed"
desk = "japan"
prompt = "closed-ja"
holiday = "closed-holiday"
open = "opened"
next = "bye"
[step.opened]
verb = "hangup"
prompt = "please-wait"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

#[test]
fn a_closed_desk_is_said_to_be_closed_by_its_reason_to_the_end_and_an_open_one_not_at_all() {
    for (desk, reason, prompt) in [
        (Desk::Holiday, "holiday", "closed-holiday"),
        (Desk::Weekend, "weekend", "closed-ja"),
        (Desk::Emergency, "emergency", "closed-ja"),
    ] {
        let mut caller = Caller::new(plan(CLOSED), TestWorld::desks(desk));
        let said = format!("play {prompt}/ja");
        assert_eq!(caller.heard(), ["closed: enter", &format!("closed: closed {reason}"), &said]);
        caller.press("1").wait(60_000);
        assert_eq!(caller.heard(), [""; 0], "heard to its end");
        caller.tell(Event::PlayDone);
        assert_eq!(caller.at(), "bye");
    }
    let mut caller = Caller::of(CLOSED);
    assert_eq!(caller.heard(), ["closed: enter", "closed: open", "opened: enter", "play please-wait/ja"]);
    let without = CLOSED.replace("open = \"opened\"", "").replace("[step.opened]", "[step.unused]");
    assert_eq!(Caller::of(&without).at(), "bye");
}

const ANNOUNCE_WAIT: &str = r#"
start = "wait"
[step.wait]
verb = "announce-wait"
queue = "japan-technical"
empty = "queue-empty"
next = "ask"
[step.ask]
verb = "menu"
prompt = "menu-pin"
keys.1 = "bye"
otherwise = "bye"
[step.bye]
verb = "hangup"
prompt = "goodbye"
"#;

fn before_the_line(waiting: u32, wait_minutes: Option<u32>, text: &str) -> Caller {
    let world = TestWorld { line: Line { waiting, wait_minutes }, ..TestWorld::desks(Desk::Open) };
    Caller::new(plan(text), world)
}

#[test]
fn the_place_that_a_caller_would_get_is_told_with_the_wait_where_it_is_known() {
    for (waiting, minutes, trace, said) in [
        (0, None, "0 waiting", "play queue-empty/ja"),
        (0, Some(4), "0 waiting, 4 min", "play queue-empty/ja"),
        (1, None, "1 waiting", "play queue-position-2/ja"),
        (3, Some(11), "3 waiting, 11 min", "play queue-position-4/ja wait-minutes-15/ja"),
        (20, Some(90), "20 waiting, 90 min", "play queue-position-many/ja"),
        (u32::MAX, None, "4294967295 waiting", "play queue-position-many/ja"),
    ] {
        let mut caller = before_the_line(waiting, minutes, ANNOUNCE_WAIT);
        assert_eq!(caller.heard(), ["wait: enter", &format!("wait: {trace}"), said]);
        caller.press("1");
        assert_eq!(caller.at(), "bye", "the key that stopped it answers the question after it");
    }
    let silent = ANNOUNCE_WAIT.replace("empty = \"queue-empty\"", "");
    assert_eq!(before_the_line(0, None, &silent).at(), "ask");
}
