use super::*;

const AT: Instant = Instant::from_millis(1_000);

fn lines(max_waiting: usize, seats: &[u32]) -> Lines {
    let seats = seats.iter().map(|n| SeatSpec { calls_at_once: *n }).collect();
    Lines::new(BTreeMap::from([("desk".into(), LineSpec { max_waiting, seats })]))
}

fn said(lines: &mut Lines) -> Vec<String> {
    let mut out = Vec::new();
    while let Some(o) = lines.poll_output() {
        out.push(match o {
            Output::Refused { call, why } => format!("{} refused {why:?}", call.0),
            Output::Place { call, place, wait_minutes: None } => format!("{} at {place}", call.0),
            Output::Place { call, place, wait_minutes: Some(m) } => format!("{} at {place}, {m} min", call.0),
            Output::Offer(r) => format!("{} to seat {}", r.call.0, r.seat),
        });
    }
    out
}

#[test]
fn callers_are_offered_in_order_and_seats_in_turn() {
    let mut l = lines(9, &[1, 1]);
    for call in 1..=3 {
        l.join(AT, "desk", CallKey(call), true);
    }
    assert_eq!(said(&mut l), ["1 at 1", "1 to seat 0", "2 at 2", "2 to seat 1", "3 at 3"]);
    l.connected(AT, CallKey(1));
    assert_eq!(said(&mut l), ["2 at 1", "3 at 2"]);
    l.leave(AT, CallKey(1));
    assert_eq!(said(&mut l), ["3 to seat 0"]);
}

#[test]
fn a_seat_that_declined_rests_and_the_caller_keeps_the_place() {
    let mut l = lines(9, &[1]);
    l.join(AT, "desk", CallKey(1), true);
    l.join(AT, "desk", CallKey(2), true);
    said(&mut l);
    l.declined(AT, CallKey(1), Declined::Busy);
    assert_eq!(said(&mut l), Vec::<String>::new());
    let due = l.poll_deadline().expect("someone waits for the seat");
    assert_eq!(due.at, AT + Declined::Busy.rest());
    l.handle_deadline(due.at);
    assert_eq!(said(&mut l), ["1 to seat 0"]);
    assert_eq!(l.poll_deadline(), None, "only a busy seat is left: nothing to wait for");
}

#[test]
fn refusals_say_why() {
    let mut l = lines(1, &[1]);
    l.join(AT, "desk", CallKey(1), true);
    said(&mut l);
    l.join(AT, "desk", CallKey(2), true);
    l.join(AT, "desk", CallKey(3), false);
    l.join(AT, "nowhere", CallKey(4), true);
    assert_eq!(said(&mut l), ["2 refused Full", "3 refused Closed", "4 refused Unstaffed"]);
    assert!(lines(5, &[]).waiting("desk") == 0);
}

#[test]
fn a_caller_who_leaves_frees_the_seat_that_rang_for_them() {
    let mut l = lines(9, &[1]);
    l.join(AT, "desk", CallKey(1), true);
    l.join(AT, "desk", CallKey(2), true);
    said(&mut l);
    l.leave(AT, CallKey(1));
    assert_eq!(said(&mut l), ["2 at 1", "2 to seat 0"]);
    l.leave(AT, CallKey(2));
    assert!(l.is_empty());
}

#[test]
fn the_expected_wait_comes_from_talks_that_ended() {
    let mut l = lines(9, &[1]);
    l.join(AT, "desk", CallKey(1), true);
    l.connected(AT, CallKey(1));
    l.leave(AT + Duration::from_secs(300), CallKey(1));
    said(&mut l);
    l.join(AT, "desk", CallKey(2), true);
    l.join(AT, "desk", CallKey(3), true);
    assert_eq!(said(&mut l), ["2 at 1, 5 min", "2 to seat 0", "3 at 2, 10 min"]);
}

#[test]
fn a_hunt_group_takes_several_calls() {
    let mut l = lines(9, &[2]);
    for call in 1..=3 {
        l.join(AT, "desk", CallKey(call), true);
    }
    assert_eq!(said(&mut l), ["1 at 1", "1 to seat 0", "2 at 2", "2 to seat 0", "3 at 3"]);
}

/// Whatever happens in whatever order: a seat never holds more than it takes, nobody is offered twice.
#[test]
fn random_histories_never_overbook_a_seat() {
    let mut rng = crate::base::Rng::from_seed(11);
    for _ in 0..200 {
        let mut l = lines(5, &[1, 2]);
        let mut holding: BTreeMap<CallKey, usize> = BTreeMap::new();
        for step in 0..60 {
            let call = CallKey(rng.below(8));
            let now = AT + Duration::from_secs(step);
            match rng.below(5) {
                0 | 1 => {
                    holding.remove(&call);
                    l.join(now, "desk", call, true);
                }
                2 => {
                    holding.remove(&call);
                    l.leave(now, call);
                }
                3 => l.connected(now, call),
                _ => {
                    if let Some(line) = l.standing.get(&call).and_then(|q| l.lines.get(q))
                        && !line.is_talking(call)
                    {
                        holding.remove(&call);
                    }
                    l.declined(now, call, Declined::NoAnswer);
                }
            }
            l.handle_deadline(now);
            while let Some(o) = l.poll_output() {
                if let Output::Offer(r) = o {
                    assert_eq!(holding.insert(r.call, r.seat), None, "offered twice");
                }
            }
            for (seat, limit) in [(0, 1), (1, 2)] {
                assert!(holding.values().filter(|s| **s == seat).count() <= limit, "seat {seat} overbooked");
            }
        }
    }
}

#[test]
fn a_line_tells_how_it_stands_for_one_more() {
    let mut l = lines(9, &[1]);
    assert_eq!(l.outlook("desk"), Outlook::default());
    for call in 1..=3 {
        l.join(AT, "desk", CallKey(call), true);
    }
    assert_eq!(l.outlook("desk"), Outlook { waiting: 3, wait_minutes: None }, "one rings, two wait");
    l.connected(AT, CallKey(1));
    l.leave(AT + Duration::from_secs(600), CallKey(1));
    assert_eq!(l.outlook("desk"), Outlook { waiting: 2, wait_minutes: Some(30) });
    assert_eq!(l.outlook("elsewhere"), Outlook::default());
}

#[test]
fn who_was_taken_and_is_with_nobody_after_all_stands_before_who_came_later() {
    let mut l = lines(2, &[1]);
    for call in 1..=3 {
        l.join(AT, "desk", CallKey(call), true);
        l.connected(AT, CallKey(1));
    }
    said(&mut l);
    let turn = l.turn(CallKey(1)).expect("they were in line");
    l.leave_line(AT, CallKey(1));
    assert_eq!(said(&mut l), ["2 to seat 0"]);
    l.join_again(AT, "desk", CallKey(1), true, turn);
    assert_eq!(said(&mut l), ["1 at 1, 1 min", "2 at 2, 1 min", "3 at 3, 1 min"], "though two may wait");
    l.declined(AT, CallKey(2), Declined::Busy);
    l.handle_deadline(AT + Declined::Busy.rest());
    assert_eq!(said(&mut l), ["1 to seat 0"]);
    l.connected(AT, CallKey(1));
    said(&mut l);
    l.join_again(AT, "desk", CallKey(1), true, turn);
    assert_eq!(said(&mut l)[3], "1 to seat 0", "who holds the seat still is not overtaken");
}

#[test]
fn a_seat_that_is_claimed_is_offered_to_nobody_until_it_is_given_back() {
    let mut l = lines(9, &[1]);
    let desk: std::sync::Arc<str> = "desk".into();
    assert!(l.claim(CallKey(7), &desk, 0));
    assert!(!l.claim(CallKey(8), &desk, 0) && !l.claim(CallKey(8), &desk, 1));
    l.join(AT, "desk", CallKey(1), true);
    assert_eq!(said(&mut l), ["1 at 1"]);
    assert!(!l.is_empty());
    l.give_back(AT, CallKey(7));
    assert_eq!(said(&mut l), ["1 to seat 0"]);
    assert!(!l.claim(CallKey(7), &desk, 0), "it rings");
    l.leave(AT, CallKey(1));
    assert!(l.claim(CallKey(7), &desk, 0));
    l.leave(AT, CallKey(7));
    assert!(l.is_empty() && l.claim(CallKey(9), &desk, 0), "whoever is gone gives it back");
}

#[test]
fn whoever_watches_sees_who_waits_since_when_and_how_the_seats_are() {
    let mut l = lines(9, &[1, 2]);
    let later = AT + Duration::from_secs(7);
    l.join(AT, "desk", CallKey(1), true);
    l.join(later, "desk", CallKey(2), true);
    l.join(later, "desk", CallKey(3), true);
    l.connected(later, CallKey(1));
    l.declined(later, CallKey(2), Declined::Busy);
    let rested = later + Declined::Busy.rest();
    let Standing { waiting, seats, wait_minutes } = l.standing(later, "desk");
    let waits = |call, since, seat| Waits { call: CallKey(call), since, seat };
    assert_eq!(waiting, [waits(2, later, None), waits(3, later, Some(1))]);
    let seat = |calls_at_once, calls, rests_until| SeatStanding {
        calls_at_once,
        calls,
        rests_until,
        is_away: false,
    };
    assert_eq!(seats, [seat(1, 1, None), seat(2, 1, Some(rested))]);
    assert_eq!(wait_minutes, None);
    assert_eq!(l.standing(rested, "desk").seats[1].rests_until, None);
    assert_eq!(l.standing(AT, "nowhere"), Standing::default());
}

#[test]
fn a_seat_whose_person_is_away_is_offered_nobody_and_callers_wait_for_them_to_come_back() {
    let mut l = lines(9, &[1, 1]);
    l.set_away(AT, "desk", 0, true);
    l.join(AT, "desk", CallKey(1), true);
    l.join(AT, "desk", CallKey(2), true);
    assert_eq!(said(&mut l), ["1 at 1", "1 to seat 1", "2 at 2"]);
    l.declined(AT, CallKey(1), Declined::Busy);
    l.set_away(AT, "desk", 1, true);
    assert_eq!(l.poll_deadline(), None, "no rest of theirs ends for anybody");
    l.set_away(AT, "desk", 1, false);
    let rested = AT + Declined::Busy.rest();
    assert_eq!(l.poll_deadline().map(|deadline| deadline.at), Some(rested));
    l.handle_deadline(rested);
    assert_eq!(said(&mut l), ["1 to seat 1"]);
    l.connected(rested, CallKey(1));
    l.set_away(AT, "desk", 1, true);
    assert_eq!(said(&mut l), ["2 at 1"], "who talks goes on");
    l.leave(AT, CallKey(1));
    assert_eq!(said(&mut l), Vec::<String>::new());
    l.join(AT, "desk", CallKey(3), true);
    assert_eq!(said(&mut l), ["3 at 2"], "nobody is turned away");
    assert_eq!(l.poll_deadline(), None, "nothing comes of time alone");
    let away: Vec<bool> = l.standing(AT, "desk").seats.iter().map(|seat| seat.is_away).collect();
    assert_eq!(away, [true, true]);
    l.set_away(AT, "desk", 0, false);
    assert_eq!(said(&mut l), ["2 to seat 0"]);
    l.set_away(AT, "desk", 0, false);
    l.set_away(AT, "desk", 7, false);
    l.set_away(AT, "nowhere", 0, false);
    assert_eq!(said(&mut l), Vec::<String>::new());
}
