//! The clocks of cases against a model that knows no better than to walk every minute.

use crate::base::{EndCause, Number, Rng, UnixTime};
use crate::calendar::{Calendar, CompanyDaySpec, Date, HoursSpec, Schedule, ScheduleSpec};
use crate::case::{
    By, Case, CaseNumber, Channel, Clock, ClockKind, Clocks, Entry, Event, Presentation, Ring, Stage,
};
use crate::engine::OpenTimes;
use jiff::ToSpan;
use std::time::Duration;

/// How many random timelines: a dev build walks minutes slowly.
const TIMELINES: u64 = if cfg!(debug_assertions) { 1_000 } else { 100_000 };
/// Minutes that the model has laid out.
const MINUTES: usize = 80 * 1_440;
/// When a case may be opened, in minutes after the start.
const OPENED: (u64, u64) = (10 * 1_440, 28 * 1_440);

/// Hours of every kind, over the autumn holidays of 2026 and over New Year, and the same with a company day more.
fn calendars() -> Vec<(Date, Calendar)> {
    let plain = ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00");
    let with = |days: &str| {
        let day = CompanyDaySpec { days: days.into(), name: "休業日".into() };
        ScheduleSpec { company_days: vec![day], ..plain.clone() }
    };
    let ranges = ["09:00-12:00", "13:00-18:30"].map(str::to_owned).to_vec();
    let lunch = HoursSpec::Weekly(vec![("tue-sat".into(), ranges)]);
    let berlin = ScheduleSpec { hours: lunch, ..ScheduleSpec::always("Europe/Berlin") };
    let (autumn, winter) = (jiff::civil::date(2026, 9, 1), jiff::civil::date(2026, 12, 14));
    [
        (autumn, plain.clone()),
        (autumn, with("09-25")),
        (winter, with("12-29..01-03")),
        (jiff::civil::date(2026, 10, 5), berlin),
    ]
    .into_iter()
    .map(|(start, japan)| {
        let mut calendar = Calendar::new();
        calendar.insert("japan", Schedule::build(&japan).expect("good"));
        calendar.insert("global", Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).expect("good"));
        (start, calendar)
    })
    .collect()
}

/// What the model knows of hours: every minute, one after the other.
struct Minutes {
    start: i64,
    japan: Vec<(bool, Date)>,
    global: Vec<(bool, Date)>,
}

impl Minutes {
    fn of(start: Date, calendar: &Calendar) -> Minutes {
        let start = start.at(0, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).expect("in range").timestamp();
        let walk = |name: &str| {
            let desk = calendar.desk(name).expect("there");
            let minute = |at: usize| UnixTime::from_secs(start.as_second() + 60 * at as i64);
            (0..MINUTES).map(|at| (desk.is_open(minute(at)), desk.date_at(minute(at)))).collect()
        };
        Minutes { start: start.as_second(), japan: walk("japan"), global: walk("global") }
    }

    fn desk(&self, name: &str) -> &[(bool, Date)] {
        if name == "japan" { &self.japan } else { &self.global }
    }

    fn moment(&self, minute: usize) -> UnixTime {
        UnixTime::from_secs(self.start + 60 * minute as i64)
    }

    fn minute(&self, at: UnixTime) -> usize {
        usize::try_from((at.as_secs() - self.start) / 60).expect("after the start")
    }

    /// The end of the last open minute of the next day that has one, after the day of the first one from `from` on.
    fn business_day_ends(&self, desk: &str, from: usize) -> usize {
        let desk = self.desk(desk);
        let first = (from..MINUTES).find(|at| desk[*at].0).expect("laid out");
        let next = (first..MINUTES).find(|at| desk[*at].0 && desk[*at].1 > desk[first].1).expect("laid out");
        1 + (next..MINUTES)
            .take_while(|at| desk[*at].1 == desk[next].1)
            .filter(|at| desk[*at].0)
            .last()
            .expect("open")
    }
}

/// The model's state at a minute.
#[derive(Clone, Default)]
struct Model {
    /// What a person has said: the fields.
    said: Vec<String>,
    desks: Vec<String>,
    desk: Option<String>,
    option: Option<&'static str>,
    severity: Option<&'static str>,
    paused: bool,
    stage: Option<Stage>,
    since: usize,
    /// The end of the business day, worked out once after each entry.
    day: Option<usize>,
    counted: u64,
    late: Option<usize>,
    answered: Option<usize>,
    answered_at: Option<String>,
    due_at_answer: Option<usize>,
    opened: usize,
    quiet: u64,
    overdue: Option<usize>,
    missed: u32,
    /// What became of what was promised: which, when it was due, and whether it came in time.
    ended: Vec<(ClockKind, usize, Ring)>,
}

/// The targets as the document has them; 0: the next business day.
fn first_target(option: &str, severity: &str) -> u64 {
    match (option, severity) {
        ("basic", "S1" | "S2") => 60,
        ("basic", _) => 0,
        ("enhanced", "S1" | "S2") | ("premium", "S3") => 30,
        ("enhanced", "S3") | ("premium", "S4") => 90,
        ("enhanced", _) => 120,
        _ => 15,
    }
}

fn update_target(option: &str, severity: &str) -> Option<u64> {
    match (option, severity) {
        ("basic", _) => None,
        ("enhanced", "S3" | "S4") => Some(48 * 60),
        _ => Some(24 * 60),
    }
}

impl Model {
    fn targets(&self) -> Option<(u64, Option<u64>)> {
        let (option, severity) = (self.option?, self.severity?);
        Some((first_target(option, severity), update_target(option, severity)))
    }

    fn runs(&self) -> bool {
        !self.paused && self.stage != Some(Stage::Closed)
    }

    /// Whether the first response is due by a minute.
    fn is_first_due(&self, at: usize) -> bool {
        match (self.desk.as_ref(), self.targets()) {
            (Some(_), Some((0, _))) => self.day.is_some_and(|day| day <= at),
            (Some(_), Some((target, _))) => self.counted >= target,
            _ => false,
        }
    }

    fn is_update_due(&self) -> bool {
        self.targets().and_then(|(_, update)| update).is_some_and(|target| self.quiet >= target)
    }

    /// One minute goes by.
    fn pass(&mut self, minutes: &Minutes, at: usize) {
        if !self.runs() {
            return;
        }
        if self.answered.is_none() {
            if self.is_first_due(at) && self.late.is_none() {
                self.late = Some(at);
                self.ended.push((ClockKind::FirstResponse, at, Ring::Missed));
            }
            self.counted += u64::from(self.desk.as_ref().is_some_and(|desk| minutes.desk(desk)[at].0));
        } else {
            if self.is_update_due() && self.overdue.is_none() {
                self.overdue = Some(at);
                self.missed += 1;
                self.ended.push((ClockKind::NextUpdate, at, Ring::Missed));
            }
            self.quiet += 1;
        }
    }

    fn respond(&mut self, minutes: &Minutes, at: usize) {
        let update = self.targets().and_then(|(_, update)| update);
        if let (Some(_), None, Some(target), 1..) = (self.answered, self.overdue, update, self.quiet) {
            let left = usize::try_from(target.saturating_sub(self.quiet)).expect("small");
            self.ended.push((ClockKind::NextUpdate, at + left, Ring::Met));
        }
        (self.quiet, self.overdue) = (0, None);
        if self.answered.is_none() {
            self.due_at_answer = self.late.or_else(|| self.walk_to_first_due(minutes, at));
            self.answered = Some(at);
            self.answered_at = self.desk.clone();
            let met = self.due_at_answer.filter(|_| self.late.is_none());
            self.ended.extend(met.map(|due| (ClockKind::FirstResponse, due, Ring::Met)));
        }
    }

    /// The minute at which the first response will be due where nothing happens any more.
    fn walk_to_first_due(&self, minutes: &Minutes, from: usize) -> Option<usize> {
        (self.desk.is_some() && self.targets().is_some()).then_some(())?;
        let mut ahead = self.clone();
        let mut at = from;
        while !ahead.is_first_due(at) {
            let desk = ahead.desk.as_deref().expect("known");
            ahead.counted += u64::from(minutes.desk(desk)[at].0);
            at += 1;
        }
        Some(at)
    }

    /// Whether somebody who says something of a field is heard: not the call, once a person has spoken.
    fn hears(&mut self, by: &By, field: &str) -> bool {
        let is_person = !matches!(by, By::Engine);
        if is_person {
            self.said.push(field.to_owned());
        }
        is_person || !self.said.iter().any(|said| said == field)
    }

    fn take(&mut self, minutes: &Minutes, at: usize, Entry { by, event, .. }: &Entry) {
        match event {
            Event::FieldChanged { field, .. } if !self.hears(by, field) => {}
            Event::FieldChanged { field, value } => match field.as_str() {
                "desk" => self.desk = value.clone(),
                "option" => {
                    self.option = crate::case::SupportOption::from_name(value.as_deref().unwrap_or(""))
                        .map(|o| o.name())
                }
                _ => {
                    self.severity =
                        crate::case::Severity::from_name(value.as_deref().unwrap_or("")).map(|s| s.name())
                }
            },
            Event::Answered { .. } | Event::Replied { .. } => self.respond(minutes, at),
            Event::Reassigned { desk: Some(desk), .. } if self.hears(by, "desk") => {
                self.desk = Some(desk.clone());
            }
            Event::HandedOn { desk, .. } => {
                if self.hears(by, "desk") {
                    self.work_out_day(minutes, Some(desk.clone()));
                }
                self.respond(minutes, at);
            }
            Event::Paused => self.paused = true,
            Event::Closed => self.paused = false,
            Event::Resumed if self.paused => {
                self.paused = false;
                self.begin_day(at);
            }
            Event::Reopened if self.stage == Some(Stage::Closed) => self.begin_day(at),
            _ => {}
        }
        self.work_out_day(minutes, self.desk.clone());
        self.judge_late_target(minutes);
    }

    fn begin_day(&mut self, at: usize) {
        if self.answered.is_none() {
            (self.since, self.desks) = (at, Vec::new());
        }
    }

    fn work_out_day(&mut self, minutes: &Minutes, desk: Option<String>) {
        self.desk = desk;
        if self.answered.is_none() {
            self.desks.extend(self.desk.clone());
            self.desks.sort();
            self.desks.dedup();
        }
        let held = self.desk.iter().chain(&self.desks);
        self.day = held.map(|desk| minutes.business_day_ends(desk, self.since)).max();
    }

    /// A target that came after the answer.
    fn judge_late_target(&mut self, minutes: &Minutes) {
        let (Some(at), None, None) = (self.answered, self.due_at_answer, self.late) else { return };
        let desk = self.answered_at.as_ref().or(self.desk.as_ref());
        let (Some(desk), Some((target, _))) = (desk, self.targets()) else { return };
        let open = |from: usize, mut left: u64| {
            let mut at = from;
            while left > 0 {
                left -= u64::from(minutes.desk(desk)[at].0);
                at += 1;
            }
            at
        };
        let held = self.desks.iter().chain([desk]);
        let due = match target {
            0 => held.map(|desk| minutes.business_day_ends(desk, self.since)).max().expect("one at least"),
            // More than the target was over before the answer: missed, whichever desk's minutes say when.
            target if self.counted > target => open(self.opened, target).min(at - 1),
            target => open(at, target - self.counted),
        };
        self.due_at_answer = Some(due);
        let ring = if due < at { Ring::Missed } else { Ring::Met };
        self.ended.push((ClockKind::FirstResponse, due, ring));
    }
}

/// What became of something that was promised, or is short of it: which, when it was due, and what the clock says.
type Rang = (ClockKind, UnixTime, Ring);

/// What the model makes of a timeline, and what it says became of what was promised.
fn walked(
    minutes: &Minutes,
    opened: usize,
    timeline: &[Entry],
    stages: &[Stage],
    now: usize,
) -> (Clocks, Vec<Rang>) {
    let mut model = Model { opened, since: opened, ..Model::default() };
    let mut at = opened;
    for (entry, stage) in timeline.iter().zip(stages) {
        let to = minutes.minute(entry.at).max(at);
        (at..to).for_each(|at| model.pass(minutes, at));
        at = to;
        // The stage is the case's own affair; the model is told.
        model.take(minutes, at, entry);
        model.stage = Some(*stage);
    }
    let now = now.max(at);
    (at..now).for_each(|at| model.pass(minutes, at));
    let ended = model.ended.iter().map(|(clock, due, ring)| (*clock, minutes.moment(*due), *ring)).collect();
    (shown(&model, minutes, now), ended)
}

/// A case of the same life that is looked at after each entry, and then at a moment.
fn looked_at(case: &Case, hours: &OpenTimes, now: UnixTime) -> Case {
    let mut looked =
        Case::kept(case.number(), case.opened_at(), case.channel(), Stage::New, None, Vec::new());
    for Entry { at, by, event } in case.timeline() {
        looked.record(*at, by.clone(), event.clone());
        looked.look(hours, &[], *at);
    }
    looked.look(hours, &[], now);
    looked
}

/// What the clocks of a case have said.
fn rung(case: &Case) -> Vec<Rang> {
    let rang = |entry: &Entry| match entry.event {
        Event::ClockRang { clock, ring, due } => Some((clock, due, ring)),
        _ => None,
    };
    case.timeline().iter().filter_map(rang).collect()
}

fn shown(model: &Model, minutes: &Minutes, now: usize) -> Clocks {
    let mut clocks = Clocks { updates_missed: model.missed, ..Clocks::default() };
    let first = &mut clocks.first_response;
    if let Some(at) = model.answered {
        first.due = model.late.or(model.due_at_answer).map(|due| minutes.moment(due));
        first.state =
            first.due.map(|due| if due < minutes.moment(at) { Clock::Breached } else { Clock::Met });
        let update = model.targets().and_then(|(_, update)| update);
        if let Some(target) = update.filter(|_| model.stage != Some(Stage::Closed)) {
            let left = usize::try_from(target.saturating_sub(model.quiet)).expect("small");
            let due = model.overdue.unwrap_or(now + left);
            clocks.next_update.due = (!model.paused).then(|| minutes.moment(due));
            clocks.next_update.state = Some(if model.paused {
                Clock::Paused
            } else if model.overdue.is_some() {
                Clock::Breached
            } else {
                Clock::Running
            });
        }
    } else if let Some(late) = model.late {
        (first.due, first.state) = (Some(minutes.moment(late)), Some(Clock::Breached));
    } else if model.stage != Some(Stage::Closed) && model.desk.is_some() && model.targets().is_some() {
        first.due = (!model.paused)
            .then(|| model.walk_to_first_due(minutes, now))
            .flatten()
            .map(|due| minutes.moment(due));
        first.state = Some(if model.paused { Clock::Paused } else { Clock::Running });
    }
    clocks
}

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.below(of.len() as u64) as usize]
}

fn random_event(rng: &mut Rng) -> Event {
    let target = "somebody".to_owned();
    let field =
        |field: &str, value: &str| Event::FieldChanged { field: field.into(), value: Some(value.into()) };
    match rng.below(14) {
        0 | 1 => field("severity", pick(rng, &["S1", "S2", "S3", "S4"])),
        2 => field("option", pick(rng, &["basic", "enhanced", "premium"])),
        3 => field("desk", pick(rng, &["japan", "global"])),
        4 => Event::FieldChanged { field: pick(rng, &["severity", "option", "desk"]).into(), value: None },
        5 | 6 => Event::Paused,
        7 | 8 => Event::Resumed,
        9 => Event::HandedOn { desk: pick(rng, &["japan", "global"]).into(), target },
        10 => {
            let desk = Some(pick(rng, &["japan", "global"]).to_owned());
            Event::Reassigned { desk: desk.filter(|_| rng.chance(70)), tier: None, agent: None, why: target }
        }
        11 => Event::Reopened,
        12 => pick_of(rng, [Event::Answered { target }, Event::Replied { text: String::new() }]),
        _ => pick_of(rng, [Event::Closed, Event::Ended { cause: EndCause::CallerHungUp }]),
    }
}

fn pick_of(rng: &mut Rng, of: [Event; 2]) -> Event {
    let [one, other] = of;
    if rng.chance(50) { one } else { other }
}

/// A minute or a day later; one time in ten the wall clock steps back.
fn random_step(rng: &mut Rng) -> i64 {
    match rng.below(10) {
        0 => -(rng.below(200) as i64),
        1..=6 => rng.below(90) as i64,
        _ => rng.below(3 * 1_440) as i64,
    }
}

/// A case with a random life, as one that was kept while the wall clock stepped, and the stage it had after each entry.
fn random_case(rng: &mut Rng, minutes: &Minutes) -> (Case, Vec<Stage>) {
    let opened = OPENED.0 + rng.below(OPENED.1 - OPENED.0);
    let mut minute = opened as i64;
    let at = |minute: i64| minutes.moment(usize::try_from(minute).expect("after the start"));
    let mut case = Case::open(crate::case::Opening {
        number: CaseNumber::from_sequence(1).expect("a sequence"),
        at: at(minute),
        channel: Channel::Phone,
        caller: Number::parse("0312345678"),
        presentation: Presentation::Allowed,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
    let mut stages = vec![case.stage()];
    let mut timeline = case.timeline().to_vec();
    let known = rng.chance(80);
    for _ in 0..rng.below(9) + 3 * u64::from(known) {
        let event = match (known, stages.len()) {
            (true, 1) => Event::FieldChanged {
                field: "desk".into(),
                value: Some(pick(rng, &["japan", "global"]).into()),
            },
            (true, 2) => Event::FieldChanged {
                field: "option".into(),
                value: Some(pick(rng, &["basic", "premium"]).into()),
            },
            (true, 3) => {
                Event::FieldChanged { field: "severity".into(), value: Some(pick(rng, &["S1", "S3"]).into()) }
            }
            _ => {
                minute = (minute + random_step(rng)).max(0);
                random_event(rng)
            }
        };
        let by = if rng.chance(70) { By::Engine } else { By::Agent("sato".into()) };
        timeline.push(Entry { at: at(minute), by: by.clone(), event: event.clone() });
        case.record(at(minute), by, event);
        stages.push(case.stage());
    }
    let case = Case::kept(case.number(), case.opened_at(), case.channel(), case.stage(), None, timeline);
    (case, stages)
}

#[test]
fn the_clocks_of_random_lives_are_those_of_a_model_that_walks_every_minute() {
    let mut rng = Rng::from_seed(5);
    let calendars = calendars();
    let mut words = std::collections::BTreeMap::<Option<Clock>, u64>::new();
    let mut promises = 0;
    for (number, (start, calendar)) in calendars.iter().enumerate() {
        let minutes = Minutes::of(*start, calendar);
        let mut open = OpenTimes::default();
        for life in 0..TIMELINES / calendars.len() as u64 {
            let (case, stages) = random_case(&mut rng, &minutes);
            let last = case.timeline().iter().map(|entry| entry.at).max().expect("opened");
            let now = last + Duration::from_secs(60 * rng.below(2 * 1_440));
            let opened = minutes.minute(case.opened_at());
            let hours = open.covering(calendar, case.opened_at(), now);
            let mut clocks = case.clocks(hours, now);
            let (model, ended) = walked(&minutes, opened, case.timeline(), &stages, minutes.minute(now));
            rings_once_for_each(&case, &ended, hours, now);
            promises += ended.len();
            clocks.first_response.short_from = None;
            clocks.next_update.short_from = None;
            assert_eq!(clocks, model, "hours {number}, life {life}: {:#?}\nnow {now:?}", case.timeline());
            *words.entry(clocks.word()).or_default() += 1;
        }
    }
    let all = [None, Some(Clock::Running), Some(Clock::Paused), Some(Clock::Met), Some(Clock::Breached)];
    assert!(
        all.iter().all(|word| words.get(word).is_some_and(|lives| *lives > TIMELINES / 200)),
        "{words:?}"
    );
    assert!(promises > TIMELINES as usize / 2, "{promises}");
}

/// Whoever looks after each change hears once of everything that was promised, and never two things of one moment.
fn rings_once_for_each(case: &Case, ended: &[Rang], hours: &OpenTimes, now: UnixTime) {
    let mut looked = looked_at(case, hours, now);
    let rings = rung(&looked);
    let mut wanted: Vec<Rang> = Vec::new();
    for (clock, due, ring) in ended {
        // Two updates that were due at one moment, by targets that changed, are one to whoever is told.
        if !wanted.iter().any(|(other, said, _)| (other, said) == (clock, due)) {
            wanted.push((*clock, *due, *ring));
        }
    }
    let mut verdicts: Vec<Rang> = rings.iter().filter(|(_, _, ring)| *ring != Ring::Short).copied().collect();
    wanted.sort_unstable();
    verdicts.sort_unstable();
    assert_eq!(verdicts, wanted, "{:#?}\nnow {now:?}", looked.timeline());
    let first = verdicts.iter().find(|(clock, ..)| *clock == ClockKind::FirstResponse);
    let clocks = looked.clocks(hours, now);
    assert_eq!(clocks, case.clocks(hours, now), "what rang changes no clock");
    let want = match clocks.first_response.state {
        Some(Clock::Met) => clocks.first_response.due.map(|due| (ClockKind::FirstResponse, due, Ring::Met)),
        Some(Clock::Breached) => {
            clocks.first_response.due.map(|due| (ClockKind::FirstResponse, due, Ring::Missed))
        }
        Some(Clock::Running | Clock::Paused) | None => None,
    };
    assert_eq!(first.copied(), want, "{:#?}", looked.timeline());
    assert!(looked.look_at().is_none_or(|again| again > now), "nobody looks again and again");
    let before = looked.clone();
    looked.look(hours, &[], now);
    assert_eq!(looked, before, "who looks twice hears nothing more");
    looked.show_clocks(hours, now);
    if is_escalated(&looked) {
        assert_eq!(looked.look_at(), Some(now), "whom to tell is for who knows the plan");
    } else {
        assert_eq!(looked, before, "and is not asked to look");
    }
}

/// Whether somebody may have to be told of a case as it stands.
fn is_escalated(case: &Case) -> bool {
    let last = |name: &str| {
        let said =
            |entry: &&Entry| matches!(&entry.event, Event::FieldChanged { field, .. } if field == name);
        let by_a_person = |entry: &&Entry| entry.by != By::Engine;
        let said: Vec<&Entry> = case.timeline().iter().filter(said).collect();
        let last = said.iter().copied().rfind(by_a_person).or(said.last().copied());
        last.and_then(|entry| match &entry.event {
            Event::FieldChanged { value, .. } => value.clone(),
            _ => None,
        })
    };
    let needs = last("option").is_some_and(|option| option == "premium")
        && last("severity").is_some_and(|severity| ["S1", "S2"].contains(&severity.as_str()));
    needs && case.stage() != Stage::Closed
}

/// Hours that change change what is due, and what was.
#[test]
fn a_company_day_that_is_named_later_moves_what_is_due() {
    let calendars = calendars();
    let due = |calendar: &Calendar| {
        let (case, opened) = thursday_case();
        let mut open = OpenTimes::default();
        let due =
            case.clocks(open.covering(calendar, opened, opened), opened).first_response.due.expect("known");
        calendar.desk("japan").expect("there").local(due).to_string()
    };
    assert_eq!(due(&calendars[0].1), "2026-09-25T10:20:00");
    assert_eq!(due(&calendars[1].1), "2026-09-28T10:20:00");
    assert!(calendars[0].0.checked_add(80.days()).is_ok());
}

/// A first response is promised once, and what its clock has said of it stands.
#[test]
fn a_company_day_that_is_named_later_has_no_clock_ring_again() {
    let (calendars, (mut case, opened)) = (calendars(), thursday_case());
    let [earlier, later] = [&calendars[0].1, &calendars[1].1];
    let mut open = OpenTimes::default();
    case.reply(opened, By::Agent("sato".into()), "looked into").expect("told");
    case.look(open.covering(earlier, opened, opened), &[], opened);
    let [(ClockKind::FirstResponse, due, Ring::Met)] = rung(&case)[..] else { panic!("{case:#?}") };
    let mut open = OpenTimes::default();
    let at_night = opened + Duration::from_secs(86_400 / 2);
    case.look(open.covering(later, opened, at_night), &[], at_night);
    assert_ne!(case.first_response_due, Some(due), "another day was named");
    assert_eq!(rung(&case).len(), 1, "{case:#?}");
}

/// A case of the web, opened shortly before the end of a Thursday, and when.
fn thursday_case() -> (Case, UnixTime) {
    let opened = "2026-09-24T16:50:00+09:00".parse::<jiff::Timestamp>().expect("a moment");
    let opened = UnixTime::from_millis(opened.as_millisecond());
    let mut case = Case::open(crate::case::Opening {
        number: CaseNumber::from_sequence(1).expect("a sequence"),
        at: opened,
        channel: Channel::Web,
        caller: None,
        presentation: Presentation::Unavailable,
        dialed: None,
        call_id: None,
        dialplan: None,
    });
    for (field, value) in [("desk", "japan"), ("option", "enhanced"), ("severity", "S3")] {
        case.change(opened, By::Engine, field, Some(value)).expect("good");
    }
    (case, opened)
}
