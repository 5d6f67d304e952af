//! A hundred random calls over the shipped plan, walked without network and called over SIP and RTP:
//! the same steps, the same places.
//!
//! What a caller presses within a third of a second of a prompt's end or a timeout depends on the
//! network. Such calls are left out: those count that go the same way when every key comes later, or
//! every prompt takes longer, by that much.

use madoguchi::audio::Codec;
use madoguchi::base::{Clip, Digit, Language, Number, PromptId, Rng, UnixTime};
use madoguchi::dialplan::Desk;
use madoguchi::dialplan::replay::{Replay, replay};
use madoguchi::dialplan::simulate::{Press, Walk, WalkWorld, Walked, parse_keys, walk};
use madoguchi::dialplan::trail::{self, Bounded, Key, Outcome, Trail};
use madoguchi::node::journal::What;
use madoguchi::node::{CallStory, StoreWrite};
use madoguchi::phone::{Act, KeyStyle, OnCall};
use madoguchi::signaling::Transport;
use madoguchi::sim::cast::{Caller, Cast, DeskPhone, EngineSetting, Run};
use madoguchi::sim::shipped::Shipped;
use madoguchi::sim::{Again, Faults};
use std::collections::BTreeSet;
use std::time::Duration;

const CALLS: usize = 100;
/// Their number.
const FROM: &str = "0312345678";
/// Seeds that may be tried for them.
const SEEDS: u64 = 400;
/// When the caller calls, and how long until the plan begins.
const CALLS_AT: Duration = Duration::from_secs(1);
/// How much later a key or a prompt's end may be over a network.
const LATER: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_millis(200), Duration::from_millis(350)];

/// Japan's time: in hours, before opening, at the edges, a holiday, a weekend, the year's last minutes.
const MOMENTS: [&str; 8] = [
    "2026-02-10T10:00:00+09:00",
    "2026-07-01T13:30:00+09:00",
    "2026-02-10T08:59:40+09:00",
    "2026-02-10T16:59:40+09:00",
    "2026-02-10T20:00:00+09:00",
    "2026-09-22T11:00:00+09:00",
    "2026-02-14T11:00:00+09:00",
    "2026-12-31T23:59:30+09:00",
];
/// What a caller does next; after a timeout they listen first.
const DOINGS: [&str; 14] = ["23", "23,2", "1", "2", "1", "2", "3", "9", "*", "#", ",", ",", "p,", "21"];

fn moment(text: &str) -> UnixTime {
    let moment: jiff::Timestamp = text.parse().expect("RFC 3339");
    UnixTime::from_millis(moment.as_millisecond())
}

fn keys(rng: &mut Rng) -> Vec<Press> {
    let count = rng.below(8);
    let doings: String = (0..count).map(|_| DOINGS[rng.below(DOINGS.len() as u64) as usize]).collect();
    parse_keys(&doings).expect("keys")
}

/// A world in which every prompt takes longer.
struct Slower<'a> {
    again: &'a Again,
    by: Duration,
}

impl WalkWorld for Slower<'_> {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        self.again.desk(desk, at)
    }
    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        self.again.has_prompt(prompt, language)
    }
    fn clip_length(&self, clip: &Clip) -> Duration {
        self.again.clip_length(clip) + self.by
    }
    fn case_number(&self) -> String {
        self.again.case_number()
    }
}

/// A call: the world it is made in, and what its caller presses when.
struct Call {
    cast: Cast,
    again: Again,
    walk: Walk,
    walked: Walked,
    presses: Vec<(Duration, Digit)>,
}

impl Call {
    fn new(shipped: &Shipped, seed: u64) -> Call {
        let mut rng = Rng::from_seed(seed);
        let wall = moment(MOMENTS[rng.below(MOMENTS.len() as u64) as usize]);
        let cast = cast(wall, seed);
        let again = Again { shipped: shipped.clone(), calendar: cast.calendar(), takes_pins: false };
        let plan = shipped.plans.default_plan().clone();
        let from = Number::parse(FROM);
        let walk_of = Walk { plan, at: wall + CALLS_AT, from, keys: keys(&mut rng), pin: None };
        let walked = walk(&walk_of, &again);
        let digits = walk_of.keys.iter().filter_map(|press| match press {
            Press::Digit(digit) => Some(*digit),
            Press::Listen | Press::Timeout => None,
        });
        let moments = walked.trail.presses.kept().iter().map(|press| press.at);
        let presses = moments.zip(digits).collect();
        Call { cast, again, walk: walk_of, walked, presses }
    }

    /// Whether it goes the same way when everything comes a little later.
    fn is_robust(&self) -> bool {
        LATER
            .iter()
            .all(|by| self.goes_the_same(*by, Duration::ZERO) && self.goes_the_same(Duration::ZERO, *by / 5))
    }

    fn goes_the_same(&self, later: Duration, slower: Duration) -> bool {
        let presses =
            self.presses.iter().map(|(at, digit)| trail::Press { at: *at + later, key: Key::Shown(*digit) });
        let trail = Trail {
            presses: Bounded::new(presses, 0),
            lasted: Duration::from_secs(3_600),
            ..Trail::default()
        };
        let at = self.walk.at + later;
        let world = Slower { again: &self.again, by: slower };
        let other = replay(
            &Replay { plan: self.walk.plan.clone(), at, from: self.walk.from.clone(), trail: &trail },
            &world,
        )
        .trail;
        path(&other) == path(&self.walked.trail) && place(&other) == place(&self.walked.trail)
    }

    /// Makes the call over SIP and RTP; the caller hangs up some time after the place was reached.
    fn make(mut self, shipped: &Shipped) -> (Walked, Run) {
        let mut script = Vec::new();
        let mut now = Duration::ZERO;
        for (at, digit) in &self.presses {
            script.extend([Act::Wait(*at - now), Act::Press(vec![*digit])]);
            now = *at;
        }
        let rest = (self.walked.duration - now) + Duration::from_secs(5);
        script.extend([Act::Wait(rest), Act::HangUp]);
        self.cast.callers[0].script = script;
        let run = self.cast.run(shipped);
        (self.walked, run)
    }
}

fn path(trail: &Trail) -> Vec<(&str, Option<&str>)> {
    trail.path.kept().iter().map(|entered| (&*entered.step, entered.why.as_deref())).collect()
}

fn place(trail: &Trail) -> Option<(&Outcome, Language, bool)> {
    trail.route().map(|arrival| (&arrival.outcome, arrival.language, arrival.interpreter))
}

fn cast(wall: UnixTime, seed: u64) -> Cast {
    let desk = |desk: &str| DeskPhone {
        reliable: false,
        name: desk.into(),
        desk: desk.into(),
        on_call: OnCall::RingForever,
        script: Vec::new(),
        codecs: Codec::ALL.to_vec(),
        speaks: false,
        hears: false,
        encrypts: false,
    };
    let caller = Caller {
        name: "caller".into(),
        at: CALLS_AT,
        to: "0120339836".into(),
        from: FROM.into(),
        transport: Transport::Udp,
        codecs: Codec::ALL.to_vec(),
        keys: KeyStyle::Event,
        patience: Duration::from_secs(60),
        script: Vec::new(),
        speaks: false,
        hears: false,
        encrypts: false,
    };
    Cast {
        wall,
        seed,
        faults: Faults::NONE,
        engine: EngineSetting::default(),
        desks: ["japan", "sales", "global"].map(desk).into(),
        callers: vec![caller],
        rude: Vec::new(),
        events: Vec::new(),
        limit: Duration::from_secs(1_200),
    }
}

/// What the steps of the live call said.
fn steps(run: &Run) -> Vec<(String, &'static str, String)> {
    let noted = run.world.journal.iter().filter(|noted| noted.host == run.engine);
    let steps = noted.filter_map(|noted| match &noted.entry.what {
        What::Step { step, verb, event } => Some((step.to_string(), *verb, event.clone())),
        _ => None,
    });
    steps.collect()
}

fn kept(run: &Run) -> &CallStory {
    let kept = run.world.stored.iter().find_map(|write| match write {
        StoreWrite::SaveCall(call) => Some(call),
        _ => None,
    });
    kept.expect("the call is kept")
}

/// How far apart the same step may begin.
fn farthest(walked: &Trail, live: &Trail) -> Duration {
    let pairs = walked.path.kept().iter().zip(live.path.kept());
    pairs.map(|(walked, live)| walked.at.abs_diff(live.at)).max().unwrap_or_default()
}

#[test]
fn a_hundred_random_calls_take_the_same_steps_without_network_and_over_sip() {
    let shipped = Shipped::load().expect("the shipped plan");
    let mut compared = 0;
    let mut places = BTreeSet::new();
    for seed in 0..SEEDS {
        let call = Call::new(&shipped, seed);
        if compared == CALLS || !call.is_robust() {
            continue;
        }
        let (walked, run) = call.make(&shipped);
        let live = kept(&run).trail.as_ref().expect("a trail");
        let wanted: Vec<_> =
            walked.steps.iter().map(|s| (s.step.to_string(), s.verb, s.event.clone())).collect();
        let said = steps(&run);
        assert_eq!(said.get(..wanted.len()), Some(&wanted[..]), "seed {seed}");
        assert_eq!(place(live), place(&walked.trail), "seed {seed}");
        assert_eq!(
            path(live).get(..path(&walked.trail).len()),
            Some(&path(&walked.trail)[..]),
            "seed {seed}"
        );
        let apart = farthest(&walked.trail, live);
        assert!(apart < Duration::from_millis(500), "seed {seed}: {apart:?}");
        places.insert(walked.outcome);
        compared += 1;
    }
    assert_eq!(compared, CALLS);
    assert!(places.len() >= 4, "lines, desks and ends: {places:?}");
}
