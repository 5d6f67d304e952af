//! What is not wrong, but probably not meant, of settings and plans together.

use super::workplace::Workplace;
use crate::base::UnixTime;
use crate::calendar::Date;
use crate::diag::{Diagnostic, Source};
use std::collections::BTreeSet;

/// How long ahead public holidays should be known, in months.
const HOLIDAYS_MONTHS: i64 = 12;

/// Desks that no plan leads to, and holidays that are not known far enough.
pub fn of(workplace: &Workplace, now: UnixTime) -> Vec<Diagnostic> {
    unreached(workplace).into_iter().chain(holidays(workplace, now)).collect()
}

fn unreached(workplace: &Workplace) -> Vec<Diagnostic> {
    let plans = workplace.plans.plans();
    let reached: BTreeSet<&str> = plans.iter().flat_map(|plan| plan.desks()).collect();
    let desks = workplace.settings.desks.keys().filter(|desk| !reached.contains(desk.as_str()));
    desks.map(|desk| doubt("unreached-desk", format!("no plan leads to desk `{desk}`"))).collect()
}

fn holidays(workplace: &Workplace, now: UnixTime) -> Vec<Diagnostic> {
    let desks = workplace.calendar.desks().filter_map(|(name, schedule)| {
        let until = schedule.holidays_known_until()?;
        let wanted = schedule.date_at(now).checked_add(jiff::Span::new().months(HOLIDAYS_MONTHS));
        (until < wanted.unwrap_or(Date::MAX)).then(|| {
            let message = format!("public holidays of desk `{name}` are known until {until} only");
            let help = "put a newer version of this program to work, or write the days as `company_days`";
            doubt("holidays-end", message).help(help)
        })
    });
    desks.collect()
}

fn doubt(code: &'static str, message: String) -> Diagnostic {
    Diagnostic::warning(code, &Source::new("settings", ""), 0..0, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::library::Decoded;
    use crate::cli::settings::Settings;
    use crate::dialplan::{Names, PlanSet};

    #[test]
    fn a_desk_without_a_way_and_holidays_that_end_soon_are_said() {
        let text = "start = \"only\"\ntrouble = \"x\"\n[step.only]\nverb = \"dial\"\ndesk = \"global\"\n\
            failed = \"bye\"\nafter = \"bye\"\n[step.bye]\nverb = \"hangup\"\nprompt = \"x\"\n";
        let names = Names {
            desks: BTreeSet::from(["global".to_owned()]),
            prompts: crate::base::Language::ALL.map(|l| (crate::base::PromptId::new("x"), l)).into(),
            ..Names::default()
        };
        let (plans, _) = PlanSet::check(&[Source::new("p.toml", text)], &names).expect("a good plan");
        let workplace = Workplace::of(Settings::built_in(), plans, Decoded::default());
        let said =
            |secs| of(&workplace, UnixTime::from_secs(secs)).iter().map(|d| d.code).collect::<Vec<_>>();
        assert_eq!(said(1_770_685_200), ["unreached-desk", "unreached-desk"]);
        let last = crate::calendar::holiday::KNOWN_UNTIL.to_zoned(jiff::tz::TimeZone::UTC).expect("a day");
        let codes = said(last.timestamp().as_second() - 86_400 * 300);
        assert_eq!(codes, ["unreached-desk", "unreached-desk", "holidays-end", "holidays-end"]);
    }
}
