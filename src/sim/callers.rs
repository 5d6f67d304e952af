//! Random worlds over the shipped plan: who calls, how they behave, what the network does. All from a seed.

use super::cast::{Caller, Cast, DeskPhone, EngineSetting, Happening, RudeCaller};
use super::network::Faults;
use super::rude::Move;
use crate::audio::Codec;
use crate::base::{Digit, Rng, UnixTime};
use crate::phone::{Act, KeyStyle, OnCall};
use crate::signaling::Transport;
use std::time::Duration;

/// Wall-clock starts worth a visit, in Japan's time: office hours, edges, evenings, weekends, holidays.
const STARTS: [&str; 12] = [
    "2026-02-10T10:00:00+09:00",
    "2026-02-10T13:30:00+09:00",
    "2026-02-10T16:59:50+09:00",
    "2026-02-10T16:58:00+09:00",
    "2026-02-10T08:59:50+09:00",
    "2026-02-10T20:00:00+09:00",
    "2026-02-11T11:00:00+09:00",
    "2026-02-14T11:00:00+09:00",
    "2026-09-22T09:00:00+09:00",
    "2026-12-31T23:59:30+09:00",
    "2026-05-06T12:00:00+09:00",
    "2026-07-01T09:30:00+09:00",
];

/// What rude peers do; all of it must leave the engine as it was.
const RUDE: [&[&str]; 16] = [
    &["invite", "await 200", "wait 50s"],
    &["invite", "await 200", "bye", "wait 1s"],
    &["invite", "again 30", "await 200", "again 10", "ack", "again 3", "wait 4s", "bye", "await 200"],
    &["invite", "wait 1ms", "cancel", "await 200", "ack", "wait 20ms", "bye", "await 200"],
    &["invite", "wait 1ms", "cancel", "wait 45s"],
    &["invite", "await 200", "ack", "cancel", "press 2", "wait 3s", "bye", "await 200"],
    &[
        "garbage 6",
        "invite",
        "garbage 6",
        "await 200",
        "ack",
        "garbage 4",
        "wait 2s",
        "bye",
        "garbage 6",
        "wait 40s",
    ],
    &["invite truncated", "await 488", "ack"],
    &["invite noise", "wait 40s"],
    &["invite unknown", "await 488", "ack"],
    &["intrude 1234", "wait 5s"],
    &[
        "invite",
        "await 200",
        "ack",
        "reinvite",
        "reinvite",
        "wait 1s",
        "ack",
        "reinvite late",
        "wait 1s",
        "ack late",
        "press 21",
        "wait 5s",
        "bye",
        "await 200",
    ],
    &[
        "stray 200",
        "stray 180",
        "invite",
        "stray 486",
        "await 200",
        "ack",
        "stray 200",
        "wait 1s",
        "bye",
        "await 200",
    ],
    &["invite late", "await 200", "wait 1s", "ack late", "press 21", "wait 10s", "bye", "await 200"],
    &["invite late", "await 200", "bye", "await 200"],
    &["invite", "await 200", "ack", "reinvite hold", "await 200", "ack", "wait 15s", "bye", "bye", "bye"],
];

const KEYS: &str = "0123456789*#ABCD";

/// A world of so many callers.
pub fn cast(seed: u64, callers: u64) -> Cast {
    let rng = Rng::from_seed(seed).fork("callers");
    let mut world = rng.fork("world");
    let span = Duration::from_secs(callers * 2);
    let rude = (0..callers).filter(|_| world.chance(12)).count() as u64;
    let wall: jiff::Timestamp = pick(&mut world, &STARTS).parse().expect("moments in the right form");
    Cast {
        wall: UnixTime::from_millis(wall.as_millisecond()),
        seed,
        faults: network(&mut world),
        engine: setting(&mut world),
        desks: desks(&mut rng.fork("desks")),
        callers: (rude..callers).map(|at| caller(&mut rng.fork(&format!("caller {at}")), at, span)).collect(),
        rude: (0..rude).map(|at| rude_caller(&mut rng.fork(&format!("rude {at}")), at, span)).collect(),
        events: events(&mut world, span),
        limit: Duration::from_secs(6 * 3600),
    }
}

fn network(rng: &mut Rng) -> Faults {
    let kind = rng.below(10);
    let percent = 1 + rng.below(12);
    let mut faults = Faults { delay: Duration::from_millis(1 + rng.below(60)), ..Faults::NONE };
    match kind {
        0..=5 => {}
        6 => faults.loss_percent = percent,
        7 => faults.duplicate_percent = percent * 2,
        8 => faults.reorder_percent = percent * 2,
        _ => {
            faults.loss_percent = percent;
            faults.duplicate_percent = percent;
            faults.reorder_percent = percent;
            faults.jitter = Duration::from_millis(rng.below(40));
        }
    }
    faults
}

fn setting(rng: &mut Rng) -> EngineSetting {
    let usual = EngineSetting::default();
    EngineSetting {
        emergency: rng.chance(5).then(|| "typhoon".to_string()),
        max_waiting: *pick(rng, &[1, 2, 5, 20]),
        ring: Duration::from_secs(*pick(rng, &[5, 10, 20])),
        port_pairs: if rng.chance(8) { 2 + rng.below(8) as usize } else { usual.port_pairs },
        port_delay: Duration::from_millis(*pick(rng, &[0, 0, 0, 1, 30, 300])),
        store_delay: Duration::from_millis(*pick(rng, &[2, 2, 2, 400, 6_000])),
        max_calls: if rng.chance(5) { 4 } else { usual.max_calls },
        timer: usual.timer,
        disk_full: usual.disk_full,
        encryption: usual.encryption,
        codecs: usual.codecs,
        webhooks: usual.webhooks,
        pins: usual.pins,
        voice: usual.voice,
    }
}

fn events(rng: &mut Rng, span: Duration) -> Vec<(Duration, Happening)> {
    let mut events = Vec::new();
    if rng.chance(10) {
        events.push((within(rng, span), Happening::Unplug(format!("japan-{}", rng.below(2)))));
    }
    if rng.chance(6) {
        events.push((within(rng, span), Happening::Unplug("global-0".into())));
    }
    if rng.chance(4) {
        events.push((within(rng, span), if rng.chance(50) { Happening::Drain } else { Happening::Stop }));
    }
    if rng.chance(10) {
        let bad = within(rng, span);
        events.push((bad, Happening::Network(Faults { loss_percent: 60, ..Faults::NONE })));
        events.push((bad + Duration::from_secs(4), Happening::Network(Faults::NONE)));
    }
    events
}

fn desks(rng: &mut Rng) -> Vec<DeskPhone> {
    let mut desks = Vec::new();
    for (desk, most) in [("japan", 3), ("sales", 2), ("global", 3)] {
        let count = rng.below(most + 1);
        desks.extend((0..count).map(|at| desk_phone(rng, desk, at)));
    }
    desks
}

fn desk_phone(rng: &mut Rng, desk: &str, at: u64) -> DeskPhone {
    let after = Duration::from_millis(rng.below(8_000));
    let on_call = match rng.below(10) {
        0..=6 => OnCall::Answer { after },
        7 => OnCall::Refuse(*pick(rng, &[486, 603, 480, 503, 404])),
        8 => OnCall::RingForever,
        _ => OnCall::Answer { after: Duration::ZERO },
    };
    let talk = Duration::from_millis(500 + rng.below(30_000));
    let speaks = rng.chance(15);
    let name = format!("{desk}-{at}");
    let script = talks(&mut rng.fork(&format!("talks of {name}")), talk);
    DeskPhone {
        reliable: at % 2 == 1,
        name,
        desk: desk.into(),
        on_call,
        script,
        codecs: Codec::ALL.to_vec(),
        speaks,
        hears: false,
        encrypts: false,
    }
}

/// A talk, which now and then ends with somebody else: there, not there, or nobody the settings know.
fn talks(rng: &mut Rng, talk: Duration) -> Vec<Act> {
    let mut script = vec![Act::Wait(talk)];
    while rng.chance(25) {
        let whom = ["japan-0", "japan-1", "sales-0", "global", "global-1", "partner", "0015551234567"];
        script.push(Act::Refer(pick(rng, &whom).to_string()));
        script.push(Act::Wait(Duration::from_millis(*pick(rng, &[0, 50, 3_000, 40_000]))));
    }
    script.push(Act::HangUp);
    script
}

fn caller(rng: &mut Rng, at: u64, span: Duration) -> Caller {
    let patience =
        if rng.chance(8) { Duration::from_millis(rng.below(400)) } else { Duration::from_secs(60) };
    let mut script = script(rng);
    let hears = script.iter().any(|act| matches!(act, Act::WaitForSilence(_)));
    script.push(Act::HangUp);
    Caller {
        name: format!("caller-{at}"),
        at: within(rng, span),
        to: pick(rng, &["0120339836", "0120339836", "0364346780", "0312340000"]).to_string(),
        from: number(at),
        transport: if rng.chance(10) { Transport::Tcp } else { Transport::Udp },
        codecs: pick(
            rng,
            &[&[Codec::Pcmu, Codec::Pcma][..], &[Codec::Pcma, Codec::Pcmu], &[Codec::Pcma], &[Codec::Pcmu]],
        )
        .to_vec(),
        keys: *pick(rng, &[KeyStyle::Event, KeyStyle::Event, KeyStyle::Info, KeyStyle::Inband]),
        patience,
        script,
        speaks: false,
        hears,
        encrypts: false,
    }
}

/// What a caller does, by temper.
fn script(rng: &mut Rng) -> Vec<Act> {
    match rng.below(10) {
        0..=2 => polite(rng),
        3..=4 => impatient(rng),
        5 => vec![pause(rng, 150_000)],
        6 => wrong_keys(rng),
        7 => vec![pause(rng, 4_000)],
        8 => holder(rng),
        _ => presser(rng),
    }
}

/// Hears (or knows) the prompts, chooses, waits for a person.
fn polite(rng: &mut Rng) -> Vec<Act> {
    let listens = rng.chance(10);
    let mut script = Vec::new();
    for key in way(rng) {
        script.push(if listens {
            Act::WaitForSilence(Duration::from_millis(700))
        } else {
            pause(rng, 6_000)
        });
        script.push(Act::Press(vec![key]));
    }
    script.push(pause(rng, 90_000));
    script
}

fn impatient(rng: &mut Rng) -> Vec<Act> {
    let keys = way(rng);
    vec![pause(rng, 300), Act::Press(keys), pause(rng, 60_000)]
}

fn wrong_keys(rng: &mut Rng) -> Vec<Act> {
    let presses = 1 + rng.below(6);
    let mut script: Vec<Act> =
        (0..presses).flat_map(|_| [pause(rng, 8_000), Act::Press(vec![key(rng)])]).collect();
    script.push(pause(rng, 60_000));
    script
}

fn holder(rng: &mut Rng) -> Vec<Act> {
    let keys = way(rng);
    let mut script = vec![pause(rng, 1_000), Act::Press(keys)];
    for _ in 0..=rng.below(3) {
        script.extend([pause(rng, 8_000), Act::Hold, pause(rng, 15_000), Act::Resume]);
    }
    script.push(pause(rng, 20_000));
    script
}

/// Thousands of keys, as fast as a phone sends them.
fn presser(rng: &mut Rng) -> Vec<Act> {
    let presses = rng.below(8);
    let burst = |rng: &mut Rng| (0..60).map(|_| key(rng)).collect();
    (0..presses).flat_map(|_| [Act::Press(burst(rng)), Act::Wait(Duration::from_secs(13))]).collect()
}

/// A way through the menus, mostly one that exists.
fn way(rng: &mut Rng) -> Vec<Digit> {
    let ways = ["21", "21", "21", "22", "23", "11", "12", "13", "211", "212", "213", "231", "21*", "2191"];
    pick(rng, &ways).chars().filter_map(Digit::from_char).collect()
}

fn key(rng: &mut Rng) -> Digit {
    Digit::from_char(*pick(rng, &KEYS.chars().collect::<Vec<_>>())).expect("a key")
}

fn rude_caller(rng: &mut Rng, at: u64, span: Duration) -> RudeCaller {
    let moves = pick(rng, &RUDE).iter().map(|text| Move::parse(text).expect("moves in the right form"));
    RudeCaller {
        name: format!("rude-{at}"),
        at: within(rng, span),
        to: "0120339836".into(),
        from: number(500_000 + at),
        script: moves.collect(),
    }
}

fn number(at: u64) -> String {
    format!("03{:08}", 50_000_000 + at)
}

fn pause(rng: &mut Rng, most_ms: u64) -> Act {
    Act::Wait(Duration::from_millis(rng.below(most_ms)))
}

fn within(rng: &mut Rng, span: Duration) -> Duration {
    Duration::from_micros(rng.below(span.as_micros() as u64 + 1))
}

fn pick<'a, T>(rng: &mut Rng, of: &'a [T]) -> &'a T {
    &of[rng.below(of.len() as u64) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_world() {
        let names = |seed| format!("{:?}", cast(seed, 20));
        assert_eq!(names(7), names(7));
        assert_ne!(names(7), names(8));
        assert!(RUDE.iter().flat_map(|r| r.iter()).all(|m| Move::parse(m).is_ok()));
    }
}
