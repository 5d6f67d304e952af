//! Moments around every edge of a schedule.

use super::super::{CompanyDaySpec, EmergencySpec, HoursSpec, ScheduleSpec};
use super::{Schedule, State, unix_time};
use crate::base::UnixTime;
use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::{Strategy, prop};
use proptest::{prop_assert, prop_assert_eq, proptest};

fn at(text: &str) -> UnixTime {
    unix_time(text.parse().expect(text))
}

fn japan() -> Schedule {
    let rest = CompanyDaySpec { days: "12-29..01-03".into(), name: "年末年始".into() };
    let spec =
        ScheduleSpec { company_days: vec![rest], ..ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00") };
    Schedule::build(&spec).expect("a good spec")
}

fn weekly(zone: &str, rows: &[(&str, &[&str])]) -> Schedule {
    let rows = rows.iter().map(|(d, r)| (d.to_string(), r.iter().map(|r| r.to_string()).collect())).collect();
    let spec = ScheduleSpec { hours: HoursSpec::Weekly(rows), ..ScheduleSpec::always(zone) };
    Schedule::build(&spec).expect("a good spec")
}

/// `open until …` or `closed (reason), opens …`, in UTC.
fn shown(schedule: &Schedule, moment: &str) -> String {
    let utc = |t: Option<UnixTime>| match t {
        Some(t) => jiff::Timestamp::from_millisecond(t.as_millis()).expect("in range").to_string(),
        None => "never".to_string(),
    };
    match schedule.state(at(moment)) {
        State::Open { until } => format!("open until {}", utc(until)),
        State::Closed { reason, opens_next } => format!("{}, opens {}", reason.name(), utc(opens_next)),
    }
}

#[test]
fn the_first_moment_is_open_and_the_last_is_not() {
    let desk = japan();
    assert_eq!(shown(&desk, "2026-02-10T08:59:59.999+09:00"), "before-hours, opens 2026-02-10T00:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T09:00:00+09:00"), "open until 2026-02-10T08:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T16:59:59.999+09:00"), "open until 2026-02-10T08:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T17:00:00+09:00"), "after-hours, opens 2026-02-12T00:00:00Z");
}

#[test]
fn closed_days_say_why_and_when_the_desk_opens() {
    let desk = japan();
    assert_eq!(shown(&desk, "2026-02-11T10:00:00+09:00"), "holiday, opens 2026-02-12T00:00:00Z");
    assert_eq!(shown(&desk, "2026-02-14T10:00:00+09:00"), "weekend, opens 2026-02-16T00:00:00Z");
    assert_eq!(shown(&desk, "2026-09-22T10:00:00+09:00"), "holiday, opens 2026-09-24T00:00:00Z");
    assert_eq!(shown(&desk, "2026-12-29T10:00:00+09:00"), "company-day, opens 2027-01-04T00:00:00Z");
    assert_eq!(shown(&desk, "2027-01-01T10:00:00+09:00"), "holiday, opens 2027-01-04T00:00:00Z");
    assert_eq!(
        desk.day(date(2026, 9, 22)).closed.map(|r| r.words(crate::base::Language::Ja)),
        Some("国民の休日".into())
    );
}

#[test]
fn an_emergency_closes_at_once_and_ends() {
    let mut desk = japan();
    desk.close_for_emergency("earthquake", Some(at("2026-02-10T18:00:00+09:00")));
    assert_eq!(shown(&desk, "2026-02-10T10:00:00+09:00"), "emergency, opens 2026-02-12T00:00:00Z");
    desk.close_for_emergency("earthquake", Some(at("2026-02-10T12:00:00+09:00")));
    assert_eq!(shown(&desk, "2026-02-10T10:00:00+09:00"), "emergency, opens 2026-02-10T03:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T12:00:00+09:00"), "open until 2026-02-10T08:00:00Z");
    desk.close_for_emergency("earthquake", None);
    assert_eq!(shown(&desk, "2026-02-12T10:00:00+09:00"), "emergency, opens never");
    desk.end_emergency();
    assert!(desk.is_open(at("2026-02-12T10:00:00+09:00")));
}

#[test]
fn a_night_belongs_to_the_day_it_begins_on() {
    let desk = weekly("Asia/Tokyo", &[("mon-thu", &["22:00-06:00"])]);
    assert_eq!(shown(&desk, "2026-02-10T05:59:59+09:00"), "open until 2026-02-09T21:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T06:00:00+09:00"), "before-hours, opens 2026-02-10T13:00:00Z");
    assert_eq!(shown(&desk, "2026-02-13T05:00:00+09:00"), "open until 2026-02-12T21:00:00Z");
    assert_eq!(shown(&desk, "2026-02-13T06:00:00+09:00"), "no-hours, opens 2026-02-16T13:00:00Z");
}

#[test]
fn a_holiday_takes_the_night_that_begins_on_it_and_no_other() {
    let hours = HoursSpec::Weekly(vec![("daily".into(), vec!["22:00-06:00".into()])]);
    let spec = ScheduleSpec { hours, holidays: true, ..ScheduleSpec::always("Asia/Tokyo") };
    let desk = Schedule::build(&spec).expect("good");
    assert_eq!(shown(&desk, "2026-02-11T03:00:00+09:00"), "open until 2026-02-10T21:00:00Z");
    assert_eq!(shown(&desk, "2026-02-11T23:00:00+09:00"), "holiday, opens 2026-02-12T13:00:00Z");
}

#[test]
fn ranges_that_touch_are_one_opening() {
    let desk = weekly(
        "Asia/Tokyo",
        &[("mon", &["09:00-12:00", "12:00-24:00"]), ("tue", &["00:00-05:00", "9:00-10:00"])],
    );
    assert_eq!(shown(&desk, "2026-02-09T10:00:00+09:00"), "open until 2026-02-09T20:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T06:00:00+09:00"), "between-hours, opens 2026-02-10T00:00:00Z");
    assert_eq!(
        shown(&weekly("UTC", &[("daily", &["00:00-24:00"])]), "2026-02-09T10:00:00Z"),
        "open until never"
    );
    assert_eq!(shown(&weekly("UTC", &[]), "2026-02-09T10:00:00Z"), "no-hours, opens never");
    let always = Schedule::build(&ScheduleSpec::always("Asia/Tokyo")).expect("good");
    assert_eq!(shown(&always, "2026-09-22T00:00:00Z"), "open until never");
    assert_eq!(always.holidays_known_until(), None);
}

#[test]
fn the_hour_that_spring_skips_counts_as_the_jump() {
    // New York, 2026-03-08: 02:00 EST becomes 03:00 EDT, at 07:00 UTC.
    let opens = weekly("America/New_York", &[("sun", &["02:30-05:00"])]);
    assert_eq!(shown(&opens, "2026-03-08T06:59:59Z"), "before-hours, opens 2026-03-08T07:00:00Z");
    assert_eq!(shown(&opens, "2026-03-08T07:00:00Z"), "open until 2026-03-08T09:00:00Z");
    let closes = weekly("America/New_York", &[("sun", &["01:00-02:30"])]);
    assert_eq!(shown(&closes, "2026-03-08T06:59:59Z"), "open until 2026-03-08T07:00:00Z");
    let swallowed = weekly("America/New_York", &[("sun", &["02:15-02:45"])]);
    assert_eq!(shown(&swallowed, "2026-03-08T06:00:00Z"), "before-hours, opens 2026-03-15T06:15:00Z");
}

#[test]
fn of_the_hour_that_autumn_repeats_the_first_counts() {
    // New York, 2026-11-01: 02:00 EDT becomes 01:00 EST, at 06:00 UTC.
    let closes = weekly("America/New_York", &[("sun", &["00:00-01:30"])]);
    assert_eq!(shown(&closes, "2026-11-01T05:29:59Z"), "open until 2026-11-01T05:30:00Z");
    assert_eq!(shown(&closes, "2026-11-01T06:15:00Z"), "after-hours, opens 2026-11-08T05:00:00Z");
    let opens = weekly("America/New_York", &[("sun", &["01:30-09:00"])]);
    assert_eq!(shown(&opens, "2026-11-01T05:30:00Z"), "open until 2026-11-01T14:00:00Z");
}

#[test]
fn a_date_that_a_zone_skipped_has_no_hours() {
    // Samoa crossed the date line: no 2011-12-30.
    let desk = weekly("Pacific/Apia", &[("daily", &["09:00-17:00"])]);
    assert_eq!(shown(&desk, "2011-12-30T05:00:00Z"), "after-hours, opens 2011-12-30T19:00:00Z");
}

#[test]
fn every_mistake_is_told_and_none_is_guessed_around() {
    let spec = ScheduleSpec {
        time_zone: "Asia/Tokio".into(),
        hours: HoursSpec::Weekly(vec![("mon-fri".into(), vec!["9-17".into()])]),
        holidays: true,
        company_days: vec![CompanyDaySpec { days: "02-30".into(), name: "x".into() }],
        emergency: Some(EmergencySpec { message: "m".into(), until: Some("tomorrow".into()) }),
    };
    let errors = Schedule::build(&spec).expect_err("all of it is wrong");
    let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
    assert_eq!(fields, ["time_zone", "hours.mon-fri[0]", "company_days[0]", "emergency.until"]);
    assert_eq!(
        errors[0].to_string(),
        "time_zone: \"Asia/Tokio\": is no time zone; did you mean \"Asia/Tokyo\"?"
    );
}

#[test]
fn an_emergency_of_the_settings_ends_at_local_time() {
    let until = Some("2026-02-10T12:00".to_string());
    let emergency = Some(EmergencySpec { message: "power cut".into(), until });
    let spec = ScheduleSpec { emergency, ..ScheduleSpec::weekdays("Asia/Tokyo", "09:00-17:00") };
    let desk = Schedule::build(&spec).expect("good");
    assert_eq!(shown(&desk, "2026-02-10T11:59:59+09:00"), "emergency, opens 2026-02-10T03:00:00Z");
    assert_eq!(shown(&desk, "2026-02-10T12:00:00+09:00"), "open until 2026-02-10T08:00:00Z");
}

#[test]
fn moments_beyond_the_calendar_are_answered_without_fear() {
    let desk = japan();
    for moment in [i64::MIN, -1, i64::MAX] {
        let _either = desk.is_open(UnixTime::from_millis(moment));
    }
    assert_eq!(desk.day(date(9999, 12, 31)).weekday, jiff::civil::Weekday::Friday);
}

/// Random weekly hours: sorted cuts of a day, every other piece open.
fn random_week() -> impl Strategy<Value = HoursSpec> {
    let day = prop::collection::btree_set(0_u16..=1440, 0..6).prop_map(|cuts| {
        let cuts: Vec<u16> = cuts.into_iter().collect();
        let clock = |m: u16| format!("{:02}:{:02}", m / 60, m % 60);
        cuts.chunks_exact(2).map(|cut| format!("{}-{}", clock(cut[0]), clock(cut[1]))).collect::<Vec<_>>()
    });
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    prop::collection::vec(day, 7)
        .prop_map(move |ranges| HoursSpec::Weekly(days.iter().map(|d| d.to_string()).zip(ranges).collect()))
}

fn just_before(moment: UnixTime) -> UnixTime {
    UnixTime::from_millis(moment.as_millis() - 1)
}

/// The plain reading of hours: is the local clock within a range of the local day? True wherever
/// the clock does not change.
fn open_by_the_clock(desk: &Schedule, zone: &TimeZone, moment: UnixTime) -> bool {
    let local = zone.to_datetime(jiff::Timestamp::from_millisecond(moment.as_millis()).expect("in range"));
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    let minutes = |(h, m): (u8, u8)| i32::from(h) * 60 + i32::from(m);
    desk.day(local.date()).open.iter().any(|r| (minutes(r.opens())..minutes(r.closes())).contains(&minute))
}

proptest! {
    #[test]
    fn a_desk_is_open_where_the_clock_says_so(hours in random_week(), secs in 1_420_000_000_i64..1_900_000_000) {
        let spec = ScheduleSpec { hours, ..ScheduleSpec::weekdays("Asia/Tokyo", "") };
        let desk = Schedule::build(&spec).expect("cuts do not overlap");
        let moment = UnixTime::from_secs(secs);
        let zone = TimeZone::get("Asia/Tokyo").expect("a zone");
        prop_assert_eq!(desk.is_open(moment), open_by_the_clock(&desk, &zone, moment));
    }

    #[test]
    fn the_state_changes_when_it_says_and_not_before(
        hours in random_week(),
        zone in prop::sample::select(vec!["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
        secs in 1_420_000_000_i64..1_900_000_000,
    ) {
        let spec = ScheduleSpec { hours, ..ScheduleSpec::weekdays(zone, "") };
        let desk = Schedule::build(&spec).expect("cuts do not overlap");
        let moment = UnixTime::from_secs(secs);
        match desk.state(moment) {
            State::Open { until: Some(end) } => {
                prop_assert!(end > moment && desk.is_open(just_before(end)) && !desk.is_open(end));
            }
            State::Closed { opens_next: Some(start), .. } => {
                prop_assert!(start > moment && !desk.is_open(just_before(start)) && desk.is_open(start));
            }
            State::Open { until: None } | State::Closed { opens_next: None, .. } => {
                let far = UnixTime::from_secs(secs + 300 * 86_400);
                prop_assert_eq!(desk.is_open(far), desk.is_open(moment));
            }
        }
    }
}
