//! `hours`: the table of September 2026, with its holiday between two holidays.

use super::workplace::Workplace;

#[test]
fn a_day_between_two_holidays_is_closed_with_its_name() {
    let text = Workplace::new("").good(&["hours", "--desk", "japan", "--from", "2026-09-01", "--days", "30"]);
    let days: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(days.len(), 30);
    assert_eq!(days[17], "  2026-09-18  Fri  09:00-17:00");
    assert_eq!(days[18], "  2026-09-19  Sat  closed       weekend");
    assert_eq!(days[20], "  2026-09-21  Mon  closed       Respect for the Aged Day 敬老の日");
    assert_eq!(days[21], "  2026-09-22  Tue  closed       Citizens' holiday 国民の休日");
    assert_eq!(days[22], "  2026-09-23  Wed  closed       Autumnal Equinox Day 秋分の日");
    assert_eq!(days.iter().filter(|day| day.contains("closed")).count(), 11);
}

#[test]
fn company_days_and_other_desks_come_from_the_settings() {
    let workplace = Workplace::new(
        "[desks.japan]\nhours = { zone = 'Asia/Tokyo', weekly = { mon-fri = '09:00-17:00' }, holidays = 'japan', \
         company_days = [{ days = '12-29..01-03', name = 'Year end' }] }\n",
    );
    let args = ["hours", "--from", "2026-12-30", "--days", "1", "--format", "json"];
    let value: serde_json::Value = serde_json::from_str(&workplace.good(&args)).expect("JSON");
    let desks: Vec<&str> =
        value["desks"].as_array().expect("desks").iter().filter_map(|d| d["desk"].as_str()).collect();
    assert_eq!(desks, ["global", "japan", "sales"]);
    let closed = |desk: usize| &value["desks"][desk]["days"][0]["closed"];
    assert!(closed(0).is_null() && closed(2).is_null(), "{value}");
    assert!(closed(1).to_string().contains("Year end"), "{value}");
}

#[test]
fn an_unknown_desk_is_bad_input_and_a_mistyped_date_wrong_usage() {
    let workplace = Workplace::new("");
    assert_eq!(
        workplace.bad(&["hours", "--desk", "jpan"]),
        "madoguchi: there is no desk \"jpan\"; did you mean \"japan\"?\n"
    );
    let ran = workplace.run(&["hours", "--from", "2026-02-30"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("write it as 2026-09-01"), "{}", ran.stderr);
}
