//! Calls through the engine in virtual time: set-up, two keys, the queue, a desk phone that answers, hang-up.
//!
//! Items per second are calls per second, both phones, the network and the media of the menus included.

use divan::{Bencher, counter::ItemsCount};
use madoguchi::audio::Codec;
use madoguchi::base::{Digit, Presentation, UnixTime};
use madoguchi::case::{By, Case, CaseNumber, Channel, Event, Opening};
use madoguchi::cli::settings::Settings;
use madoguchi::engine::OpenTimes;
use madoguchi::phone::{Act, KeyStyle, OnCall};
use madoguchi::signaling::Transport;
use madoguchi::sim::Faults;
use madoguchi::sim::cast::{Caller, Cast, DeskPhone, EngineSetting};
use madoguchi::sim::shipped::Shipped;
use std::time::Duration;

fn main() {
    divan::main();
}

/// 2026-02-10 10:00 in Japan: the desk is open.
const OPEN: UnixTime = UnixTime::from_secs(1_770_685_200);

fn caller(at: u64) -> Caller {
    let keys = "21".chars().filter_map(Digit::from_char).collect();
    Caller {
        name: format!("caller-{at}"),
        at: Duration::from_millis(at * 50),
        to: "0120339836".into(),
        from: format!("03{:08}", 50_000_000 + at),
        transport: Transport::Udp,
        codecs: vec![Codec::Pcmu],
        keys: KeyStyle::Event,
        patience: Duration::from_secs(30),
        script: vec![Act::Press(keys), Act::Wait(Duration::from_secs(60))],
        speaks: false,
        hears: false,
        encrypts: false,
    }
}

fn desk(at: u64) -> DeskPhone {
    DeskPhone {
        reliable: false,
        name: format!("japan-{at}"),
        desk: "japan".into(),
        on_call: OnCall::Answer { after: Duration::from_millis(500) },
        script: vec![Act::Wait(Duration::from_secs(1)), Act::HangUp],
        codecs: vec![Codec::Pcmu],
        speaks: false,
        hears: false,
        encrypts: false,
    }
}

fn cast(calls: u64) -> Cast {
    Cast {
        wall: OPEN,
        seed: 1,
        faults: Faults::NONE,
        engine: EngineSetting { max_waiting: 1_000, ..EngineSetting::default() },
        desks: (0..calls).map(desk).collect(),
        callers: (0..calls).map(caller).collect(),
        rude: Vec::new(),
        events: Vec::new(),
        limit: Duration::from_secs(600),
    }
}

#[divan::bench(args = [1, 50])]
fn call(bencher: Bencher, calls: u64) {
    let shipped = Shipped::load().expect("the shipped plan");
    let cast = cast(calls);
    bencher.counter(ItemsCount::new(calls)).bench(|| {
        let counts = cast.run(&shipped).counts();
        assert_eq!(counts.desks.get("japan"), Some(&calls));
        counts
    });
}

/// The clocks of a case with twenty entries over two weeks: severity agreed and changed, waited for, told, moved.
#[divan::bench]
fn clocks_of_a_case(bencher: Bencher<'_, '_>) {
    let calendar = Settings::built_in().calendar();
    let mut case = Case::open(Opening {
        number: CaseNumber::from_sequence(1).expect("a sequence"),
        at: OPEN,
        channel: Channel::Web,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
    let field =
        |field: &str, value: &str| Event::FieldChanged { field: field.into(), value: Some(value.into()) };
    let told = || Event::Replied { text: String::new() };
    let life = [
        field("desk", "japan"),
        field("option", "enhanced"),
        field("severity", "S3"),
        Event::Paused,
        Event::Resumed,
        field("severity", "S2"),
        told(),
        Event::Paused,
        Event::Resumed,
        told(),
        field("desk", "global"),
        told(),
        Event::Paused,
        Event::Resumed,
        told(),
        field("severity", "S4"),
        told(),
        Event::Paused,
        Event::Resumed,
    ];
    let mut at = OPEN;
    for event in life {
        case.record(at, By::Engine, event);
        at = at + Duration::from_secs(18 * 3_600);
    }
    let mut times = OpenTimes::default();
    let hours = times.covering(&calendar, OPEN, at);
    assert!(case.clocks(hours, at).next_update.due.is_some());
    bencher.bench(|| divan::black_box(&case).clocks(hours, divan::black_box(at)));
}
