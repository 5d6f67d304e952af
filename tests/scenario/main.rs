//! Tests: scenario.
#![allow(clippy::unwrap_used)]
use madoguchi::audio::*;
use madoguchi::base::*;
use madoguchi::calendar::*;
use madoguchi::dialplan::*;
use madoguchi::engine::*;
use madoguchi::phone::*;
use madoguchi::signaling::{self, Flow, Target, Transport};
use madoguchi::sim::*;
use madoguchi::sip::{Host as SipHost, NameAddr, Uri};
use std::collections::*;
use std::sync::Arc;
use std::time::Duration;

fn flow(remote: &str) -> Flow {
    Flow {
        transport: Transport::Udp,
        local: "10.0.0.1:5060".parse().unwrap(),
        remote: remote.parse().unwrap(),
    }
}
fn sigconf(user: &str) -> signaling::Config {
    signaling::Config {
        product: "t".into(),
        user: user.into(),
        max_legs: 100,
        max_transactions: 1000,
        advertise: None,
    }
}
fn target(uri: &str, remote: &str) -> DialTarget {
    DialTarget {
        target: Target { uri: Uri::parse(uri).unwrap(), flow: flow(remote), credentials: None },
        trusted: false,
    }
}

#[test]
fn smoke() {
    let mut b = LibraryBuilder::default();
    let mut prompts = BTreeSet::new();
    for l in ["ja", "en"] {
        for f in std::fs::read_dir(format!("prompts/{l}")).unwrap() {
            let id = f.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
            let id = PromptId::new(&id);
            let lang = Language::from_tag(l).unwrap();
            b.insert(id.clone(), lang, Sound::new(vec![1000i16; 16000]));
            prompts.insert((id, lang));
        }
    }
    for lang in Language::ALL {
        b.insert(PromptId::new("music-on-hold"), lang, Sound::new(vec![1000i16; 16000]));
        prompts.insert((PromptId::new("music-on-hold"), lang));
    }
    let lib = Arc::new(b.build());
    let mut cal = Calendar::new();
    for d in ["japan", "sales"] {
        cal.insert(d, Schedule::build(&ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00")).unwrap());
    }
    cal.insert("global", Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).unwrap());
    let seat = SeatConfig { target: target("sip:desk@10.0.0.2", "10.0.0.2:5060"), calls_at_once: 1 };
    let q = |desk: &str| QueueConfig {
        desk: desk.into(),
        tier: 1,
        max_waiting: 5,
        ring: Duration::from_secs(20),
        seats: vec![seat.clone()],
    };
    let config = madoguchi::engine::Config {
        signaling: sigconf("madoguchi"),
        calendar: cal,
        desks: BTreeMap::from([(
            "global".into(),
            DeskConfig { dial: vec![target("sip:global@10.0.0.3", "10.0.0.3:5060")] },
        )]),
        queues: BTreeMap::from([("japan-technical".into(), q("japan")), ("japan-sales".into(), q("sales"))]),
        trusted: BTreeSet::new(),
        host: SipHost::parse("10.0.0.1").unwrap(),
        inband: true,
    };
    let names = Names {
        queues: config
            .queues
            .iter()
            .map(|(n, q)| (n.to_string(), QueueFacts { desk: q.desk.to_string(), tier: q.tier }))
            .collect(),
        desks: ["japan", "global", "sales"].iter().map(|s| s.to_string()).collect(),
        prompts,
        case_fields: madoguchi::case::Field::ALL.iter().map(|f| (f.name.to_string(), vec![])).collect(),
        ..Default::default()
    };
    let text = std::fs::read_to_string("dialplans/webex-support.toml").unwrap();
    let src = madoguchi::diag::Source::new("webex-support.toml", &text);
    let (plan, _) = check(&src, &names)
        .map_err(|e| e.iter().map(|d| format!("{}:{} {}", d.line(), d.column(), d.code)).collect::<Vec<_>>())
        .unwrap();
    let plans = Arc::new(PlanSet::new(vec![plan]).unwrap());
    let wall = UnixTime::from_secs(1_770_685_200); // 2026-02-10T10:00+09:00
    let mut w = madoguchi::sim::World::new(wall, lib.clone(), 7);
    let engine = Engine::new(config, plans, lib, Rng::from_seed(7));
    let _e = w.add("engine", "10.0.0.1".parse().unwrap(), Machine::Engine(Box::new(engine)));
    let phone = |user: &str, on_call, script: Vec<Act>| {
        Phone::new(
            madoguchi::phone::Config {
                signaling: sigconf(user),
                on_call,
                script,
                codecs: Codec::ALL.to_vec(),
                keys: KeyStyle::Event,
                keep_audio: true,
                says: None,
            },
            Rng::from_seed(9),
        )
    };
    w.add(
        "desk",
        "10.0.0.2".parse().unwrap(),
        Machine::Phone(Box::new(phone("desk", OnCall::Answer { after: Duration::from_secs(2) }, vec![]))),
    );
    w.add(
        "global",
        "10.0.0.3".parse().unwrap(),
        Machine::Phone(Box::new(phone("global", OnCall::Answer { after: Duration::from_secs(2) }, vec![]))),
    );
    let d = |c| Digit::from_char(c).unwrap();
    let c = w.add(
        "caller",
        "10.0.0.4".parse().unwrap(),
        Machine::Phone(Box::new(phone(
            "0312345678",
            OnCall::RingForever,
            vec![
                Act::Wait(Duration::from_millis(500)),
                Act::Press(vec![d('2'), d('1')]),
                Act::Wait(Duration::from_secs(40)),
                Act::HangUp,
            ],
        ))),
    );
    w.with_phone(c, |p, now| {
        p.place(
            now,
            Placing {
                target: Target {
                    uri: Uri::parse("sip:0120339836@10.0.0.1").unwrap(),
                    flow: Flow {
                        transport: Transport::Udp,
                        local: "10.0.0.4:5060".parse().unwrap(),
                        remote: "10.0.0.1:5060".parse().unwrap(),
                    },
                    credentials: None,
                },
                from: NameAddr::parse("<sip:0312345678@10.0.0.4>").unwrap(),
                headers: vec![],
                patience: Duration::from_secs(60),
            },
        )
    });
    w.run_for(Duration::from_secs(120));
    for s in &w.seen {
        println!(
            "{} {} -> {} {}",
            s.at,
            s.flow.local,
            s.flow.remote,
            String::from_utf8_lossy(&s.bytes).lines().next().unwrap_or("")
        );
    }
    for (h, e) in &w.journal {
        println!("{} {h} {:?} {:?}", e.at.mono, e.call, e.what);
    }
    for h in w.hosts() {
        println!("{:?}", h.left_over());
    }
}
