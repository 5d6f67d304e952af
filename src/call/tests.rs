use super::*;
use crate::base::Rng;

const CALLER: LegKey = LegKey(1);
const DESK: LegKey = LegKey(2);

fn drain(call: &mut Call) -> Vec<Command> {
    std::iter::from_fn(|| call.poll_output()).collect()
}

fn tell(call: &mut Call, event: Event) -> Vec<Command> {
    call.handle_event(event);
    drain(call)
}

fn up() -> Call {
    let mut call = Call::new(CallKey(1), CALLER);
    drain(&mut call);
    assert_eq!(tell(&mut call, Event::PortOpened(CALLER)), [Command::Answer(CALLER)]);
    call
}

fn connected() -> Call {
    let mut call = up();
    assert_eq!(tell(&mut call, Event::Dial(DESK, Purpose::Seat)), [Command::OpenPort(DESK)]);
    assert_eq!(tell(&mut call, Event::PortOpened(DESK)), [Command::Invite(DESK)]);
    let joined = tell(&mut call, Event::DeskAnswered(DESK));
    assert_eq!(
        joined,
        [Command::Bridge { caller: CALLER, desk: DESK }, Command::Connected(DESK, Purpose::Seat)]
    );
    call
}

#[test]
fn a_caller_who_hangs_up_parts_the_desk_and_releases_everything() {
    let mut call = connected();
    let end = tell(&mut call, Event::LegEnded(CALLER, Parting::HungUp));
    assert_eq!(
        end,
        [
            Command::Unbridge(DESK),
            Command::Part(DESK, EndCause::CallerHungUp),
            Command::Ended(EndCause::CallerHungUp),
            Command::CloseMedia(CALLER)
        ]
    );
    tell(&mut call, Event::MediaClosed(CALLER));
    assert_eq!(tell(&mut call, Event::LegEnded(DESK, Parting::Local)), [Command::CloseMedia(DESK)]);
    assert_eq!(tell(&mut call, Event::MediaClosed(DESK)), [Command::Gone]);
}

#[test]
fn a_desk_that_hangs_up_leaves_the_caller_to_the_plan() {
    let mut call = connected();
    let left = tell(&mut call, Event::LegEnded(DESK, Parting::HungUp));
    assert_eq!(
        left,
        [Command::Unbridge(DESK), Command::DeskLeft(DESK, Purpose::Seat), Command::CloseMedia(DESK)]
    );
    assert!(call.is_up() && !call.is_connected());
}

#[test]
fn a_caller_without_audio_ends_the_call_and_a_desk_without_audio_leaves_the_caller_to_the_plan() {
    let mut call = connected();
    let lost = tell(&mut call, Event::MediaLost(DESK));
    let gone = [
        Command::Part(DESK, EndCause::MediaLost),
        Command::Unbridge(DESK),
        Command::DeskLeft(DESK, Purpose::Seat),
    ];
    assert_eq!(lost, gone);
    assert_eq!(tell(&mut call, Event::MediaLost(DESK)), [], "only once");
    let end = tell(&mut call, Event::Hangup(EndCause::DeskHungUp));
    assert_eq!(end.last(), Some(&Command::Ended(EndCause::MediaLost)), "it did not hang up");

    let mut call = connected();
    let lost = tell(&mut call, Event::MediaLost(CALLER));
    assert!(lost.contains(&Command::Part(CALLER, EndCause::MediaLost)));
    assert!(lost.contains(&Command::Part(DESK, EndCause::MediaLost)));
    assert_eq!(lost.last(), Some(&Command::Ended(EndCause::MediaLost)));
}

#[test]
fn a_desk_answered_anew_hangs_up_by_itself_again() {
    let (mut call, other) = (connected(), LegKey(3));
    tell(&mut call, Event::MediaLost(DESK));
    tell(&mut call, Event::Dial(other, Purpose::Seat));
    tell(&mut call, Event::PortOpened(other));
    tell(&mut call, Event::DeskAnswered(other));
    tell(&mut call, Event::LegEnded(other, Parting::HungUp));
    let end = tell(&mut call, Event::Hangup(EndCause::DeskHungUp));
    assert!(end.contains(&Command::Ended(EndCause::DeskHungUp)));
}

#[test]
fn a_desk_that_answers_after_it_was_given_up_is_not_joined() {
    let mut call = up();
    tell(&mut call, Event::Dial(DESK, Purpose::Desk));
    tell(&mut call, Event::PortOpened(DESK));
    assert_eq!(tell(&mut call, Event::CancelDial), [Command::Part(DESK, EndCause::PlanHungUp)]);
    assert_eq!(tell(&mut call, Event::DeskAnswered(DESK)), []);
}

#[test]
fn a_desk_leg_given_up_before_its_port_opened_sends_no_invite() {
    let mut call = up();
    tell(&mut call, Event::Dial(DESK, Purpose::Desk));
    tell(&mut call, Event::CancelDial);
    assert_eq!(tell(&mut call, Event::PortOpened(DESK)), [Command::CloseMedia(DESK)]);
}

#[test]
fn a_caller_who_cancels_before_the_port_opened_is_released_when_it_does() {
    let mut call = Call::new(CallKey(1), CALLER);
    drain(&mut call);
    let end = tell(&mut call, Event::LegEnded(CALLER, Parting::Cancelled));
    assert_eq!(end, [Command::Ended(EndCause::CallerCancelled)]);
    assert_eq!(tell(&mut call, Event::PortOpened(CALLER)), [Command::CloseMedia(CALLER)]);
    assert_eq!(tell(&mut call, Event::MediaClosed(CALLER)), [Command::Gone]);
}

#[test]
fn no_port_is_an_overload_answered_before_anything_else() {
    let mut call = Call::new(CallKey(1), CALLER);
    drain(&mut call);
    let end = tell(&mut call, Event::PortFailed(CALLER));
    assert_eq!(end, [Command::Part(CALLER, EndCause::Overloaded), Command::Ended(EndCause::Overloaded)]);
    assert_eq!(tell(&mut call, Event::LegEnded(CALLER, Parting::Local)), [Command::Gone]);
}

/// A world that answers every command, late and in any order, and a call that is told anything at
/// any time: it ends once, and everything it opened is closed.
#[test]
fn random_lives_end_once_and_leave_nothing() {
    for seed in 0..500 {
        let mut rng = Rng::from_seed(seed);
        let mut call = Call::new(CallKey(1), CALLER);
        let (mut owed, mut next, mut ended, mut gone) = (Vec::new(), 2, 0, 0);
        for step in 0..400 {
            while let Some(command) = call.poll_output() {
                match command {
                    Command::OpenPort(leg) if rng.chance(90) => owed.push(Event::PortOpened(leg)),
                    Command::OpenPort(leg) => owed.push(Event::PortFailed(leg)),
                    Command::Invite(leg) if rng.chance(50) => owed.push(Event::DeskAnswered(leg)),
                    Command::Invite(leg) => owed.push(Event::LegEnded(leg, Parting::Busy)),
                    Command::Part(leg, _) => owed.push(Event::LegEnded(leg, Parting::Local)),
                    Command::CloseMedia(leg) => owed.push(Event::MediaClosed(leg)),
                    Command::Ended(_) => ended += 1,
                    Command::Gone => gone += 1,
                    Command::Answer(_)
                    | Command::Bridge { .. }
                    | Command::Unbridge(_)
                    | Command::Connected(..)
                    | Command::DeskFailed(..)
                    | Command::DeskLeft(..)
                    | Command::Referred(_)
                    | Command::AnswerPlace(_)
                    | Command::PlaceGivenUp(_)
                    | Command::ReferralFailed(..)
                    | Command::DeskLetGo(_)
                    | Command::CallerStranded(..) => {}
                }
            }
            let event = match rng.below(12) {
                0 if step < 200 => {
                    next += 1;
                    match rng.chance(60) && call.is_connected() {
                        true => Event::Refer(LegKey(next)),
                        false => Event::Dial(LegKey(next), Purpose::Desk),
                    }
                }
                8 if step < 200 => {
                    next += 1;
                    Event::Replace(LegKey(next))
                }
                7 => Event::LegEnded(LegKey(next - 1), Parting::HungUp),
                1 => Event::CancelDial,
                2 if step > 150 => Event::LegEnded(CALLER, Parting::HungUp),
                3 if step > 180 => Event::Hangup(EndCause::PlanHungUp),
                4 => Event::LegEnded(LegKey(next), Parting::HungUp),
                5 => Event::MediaLost(LegKey(next)),
                6 if step > 180 => Event::MediaLost(CALLER),
                _ if !owed.is_empty() => owed.remove(rng.below(owed.len() as u64) as usize),
                _ => continue,
            };
            call.handle_event(event);
        }
        assert_eq!((ended, gone, call.legs().count()), (1, 1, 0), "seed {seed}");
    }
}

#[test]
fn a_caller_who_is_refused_gets_no_sockets_and_is_gone_with_the_last_message() {
    let mut call = Call::refused(CallKey(1), CALLER, EndCause::NoCommonCodec);
    assert_eq!(
        drain(&mut call),
        [Command::Part(CALLER, EndCause::NoCommonCodec), Command::Ended(EndCause::NoCommonCodec)]
    );
    assert_eq!(tell(&mut call, Event::LegEnded(CALLER, Parting::Local)), [Command::Gone]);
}

#[test]
fn only_those_who_are_connected_have_a_peer() {
    let mut call = up();
    tell(&mut call, Event::Dial(DESK, Purpose::Seat));
    assert_eq!((call.peer(CALLER), call.peer(DESK)), (None, None));
    let call = connected();
    assert_eq!((call.peer(CALLER), call.peer(DESK)), (Some(DESK), Some(CALLER)));
    assert_eq!(call.peer(LegKey(9)), None);
}

const COLLEAGUE: LegKey = LegKey(3);

fn referring() -> Call {
    let mut call = connected();
    assert_eq!(
        tell(&mut call, Event::Refer(COLLEAGUE)),
        [Command::Unbridge(DESK), Command::OpenPort(COLLEAGUE)]
    );
    assert_eq!(tell(&mut call, Event::PortOpened(COLLEAGUE)), [Command::Invite(COLLEAGUE)]);
    assert!(!call.is_connected() && call.peer(CALLER).is_none());
    call
}

#[test]
fn a_caller_who_is_referred_hears_the_colleague_and_the_desk_is_parted() {
    let mut call = referring();
    let taken = tell(&mut call, Event::DeskAnswered(COLLEAGUE));
    assert_eq!(
        taken,
        [
            Command::Referred(COLLEAGUE),
            Command::Part(DESK, EndCause::DeskHungUp),
            Command::Bridge { caller: CALLER, desk: COLLEAGUE }
        ]
    );
    assert_eq!(call.peer(CALLER), Some(COLLEAGUE));
    assert_eq!(tell(&mut call, Event::LegEnded(DESK, Parting::Local)), [Command::CloseMedia(DESK)]);
    let left = tell(&mut call, Event::LegEnded(COLLEAGUE, Parting::HungUp));
    assert_eq!(left[1], Command::DeskLeft(COLLEAGUE, Purpose::Referral));
}

#[test]
fn a_colleague_who_does_not_take_the_caller_leaves_them_to_the_desk() {
    let mut call = referring();
    let back = tell(&mut call, Event::LegEnded(COLLEAGUE, Parting::Busy));
    assert_eq!(
        back,
        [
            Command::Bridge { caller: CALLER, desk: DESK },
            Command::ReferralFailed(COLLEAGUE, Failure::Busy),
            Command::CloseMedia(COLLEAGUE)
        ]
    );
    assert_eq!(call.peer(CALLER), Some(DESK));
}

#[test]
fn a_desk_that_hangs_up_first_leaves_the_caller_to_whoever_rings_or_stranded() {
    let mut call = referring();
    let gone = tell(&mut call, Event::LegEnded(DESK, Parting::HungUp));
    assert_eq!(gone, [Command::DeskLetGo(DESK), Command::CloseMedia(DESK)]);
    let nobody = tell(&mut call, Event::LegEnded(COLLEAGUE, Parting::NoAnswer));
    assert_eq!(nobody[0], Command::CallerStranded(COLLEAGUE, Failure::NoAnswer));
    assert!(call.is_up() && call.desk().is_none(), "no dead end");
    let mut call = referring();
    tell(&mut call, Event::LegEnded(DESK, Parting::HungUp));
    let taken = tell(&mut call, Event::DeskAnswered(COLLEAGUE));
    assert_eq!(taken, [Command::Referred(COLLEAGUE), Command::Bridge { caller: CALLER, desk: COLLEAGUE }]);
}

#[test]
fn who_takes_the_place_of_the_desk_hears_the_caller_and_the_desk_is_parted() {
    let mut call = connected();
    assert_eq!(tell(&mut call, Event::Replace(COLLEAGUE)), [Command::OpenPort(COLLEAGUE)]);
    assert_eq!(call.peer(CALLER), Some(DESK), "until then they talk on");
    let taken = tell(&mut call, Event::PortOpened(COLLEAGUE));
    assert_eq!(
        taken,
        [
            Command::AnswerPlace(COLLEAGUE),
            Command::Unbridge(DESK),
            Command::Part(DESK, EndCause::DeskHungUp),
            Command::Bridge { caller: CALLER, desk: COLLEAGUE }
        ]
    );
    let mut late = connected();
    tell(&mut late, Event::Replace(COLLEAGUE));
    tell(&mut late, Event::LegEnded(DESK, Parting::HungUp));
    let opened = tell(&mut late, Event::PortOpened(COLLEAGUE));
    let given_up = [Command::Part(COLLEAGUE, EndCause::DeskHungUp), Command::PlaceGivenUp(COLLEAGUE)];
    assert_eq!(opened, given_up, "nobody's place is left");
}

#[test]
fn a_caller_who_hangs_up_while_referred_parts_both() {
    let mut call = referring();
    let end = tell(&mut call, Event::LegEnded(CALLER, Parting::HungUp));
    assert_eq!(
        end,
        [
            Command::Part(COLLEAGUE, EndCause::CallerHungUp),
            Command::Part(DESK, EndCause::CallerHungUp),
            Command::Ended(EndCause::CallerHungUp),
            Command::CloseMedia(CALLER)
        ]
    );
}
