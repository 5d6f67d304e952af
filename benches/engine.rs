//! Calls through the engine in virtual time: set-up, two keys, the queue, a desk phone that answers, hang-up.
//!
//! Items per second are calls per second, both phones, the network and the media of the menus included.

use divan::{Bencher, counter::ItemsCount};
use madoguchi::audio::Codec;
use madoguchi::base::{Digit, UnixTime};
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
