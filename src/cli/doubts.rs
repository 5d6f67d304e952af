//! What is not wrong, but probably not meant, of settings and plans together.

use super::settings::Layers;
use super::workplace::Workplace;
use crate::base::UnixTime;
use crate::calendar::Date;
use crate::diag::Diagnostic;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// How long ahead public holidays should be known, in months.
const HOLIDAYS_MONTHS: i64 = 12;

/// Desks that no plan leads to, holidays that are not known far enough, ports that others may take; each where the
/// settings write it.
pub fn of(workplace: &Workplace, written: &Layers, now: UnixTime) -> Vec<Diagnostic> {
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let reserved = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_reserved_ports").unwrap_or_default();
    let ports = lent_ports(&workplace.settings.ports, &range, &reserved);
    let doubts = unreached(workplace).into_iter().chain(holidays(workplace, now)).chain(ports);
    doubts.map(|doubt| doubt.at(written)).collect()
}

/// Ports of audio that the system lends to any program that asks for a port: calls then fail by chance.
fn lent_ports(audio: &RangeInclusive<u16>, lent: &str, reserved: &str) -> Option<Doubt> {
    let mut ends = lent.split_whitespace().filter_map(|end| end.parse::<u16>().ok());
    let lent = ends.next()?..=ends.next()?;
    let reserved = || reserved.trim().split(',').filter_map(ports_of);
    let is_safe = |port: u16| !lent.contains(&port) || reserved().any(|kept| kept.contains(&port));
    if audio.clone().all(is_safe) {
        return None;
    }
    let (first, last) = (audio.start(), audio.end());
    let message = format!(
        "the system gives ports of {first}-{last} to other programs too: it lends {}-{}",
        lent.start(),
        lent.end()
    );
    let help = format!("choose other `ports`, or sysctl -w net.ipv4.ip_local_reserved_ports={first}-{last}");
    Some(Doubt { code: "lent-ports", path: vec!["media".into(), "ports".into()], message, help: Some(help) })
}

/// `8080` or `9000-9100`.
fn ports_of(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some(first.parse().ok()?..=last.parse().ok()?)
}

fn unreached(workplace: &Workplace) -> Vec<Doubt> {
    let plans = workplace.plans.plans();
    let reached: BTreeSet<&str> = plans.iter().flat_map(|plan| plan.desks()).collect();
    let desks = workplace.settings.desks.keys().filter(|desk| !reached.contains(desk.as_str()));
    let doubt = |desk: &String| Doubt {
        code: "unreached-desk",
        path: vec!["desks".into(), desk.clone()],
        message: format!("no plan leads to desk `{desk}`"),
        help: None,
    };
    desks.map(doubt).collect()
}

fn holidays(workplace: &Workplace, now: UnixTime) -> Vec<Doubt> {
    let desks = workplace.calendar.desks().filter_map(|(name, schedule)| {
        let until = schedule.holidays_known_until()?;
        let wanted = schedule.date_at(now).checked_add(jiff::Span::new().months(HOLIDAYS_MONTHS));
        (until < wanted.unwrap_or(Date::MAX)).then(|| {
            let message = format!("public holidays of desk `{name}` are known until {until} only");
            let help = "put a newer version of this program to work, or write the days as `company_days`";
            let path = ["desks", name, "hours"].map(str::to_string).to_vec();
            Doubt { code: "holidays-end", path, message, help: Some(help.to_string()) }
        })
    });
    desks.collect()
}

/// What is doubtful, and of which key of the settings.
struct Doubt {
    code: &'static str,
    path: Vec<String>,
    message: String,
    help: Option<String>,
}

impl Doubt {
    fn at(self, written: &Layers) -> Diagnostic {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let (source, span) = written.place(&path);
        Diagnostic::warning(self.code, &source, span, self.message).maybe_help(self.help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::library::Decoded;
    use crate::cli::settings::Settings;
    use crate::diag::Source;
    use crate::dialplan::{Names, PlanSet};

    #[test]
    fn ports_that_the_system_lends_to_others_are_said_unless_they_are_reserved() {
        let said = |audio, reserved| lent_ports(&audio, "32768\t60999\n", reserved).map(|d| d.message);
        assert_eq!(said(20_000..=29_999, "\n"), None);
        let message = "the system gives ports of 32000-33000 to other programs too: it lends 32768-60999";
        assert_eq!(said(32_000..=33_000, "\n").as_deref(), Some(message));
        assert_eq!(said(32_000..=33_000, "8080,32700-33000\n"), None);
        assert!(said(32_000..=33_000, "32700-32999\n").is_some());
        assert!(lent_ports(&(40_000..=40_100), "", "").is_none(), "a system that does not say");
    }

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
        let said = |secs| {
            of(&workplace, &Layers::default(), UnixTime::from_secs(secs))
                .iter()
                .map(|d| d.code)
                .collect::<Vec<_>>()
        };
        assert_eq!(said(1_770_685_200), ["unreached-desk", "unreached-desk"]);
        let last = crate::calendar::holiday::KNOWN_UNTIL.to_zoned(jiff::tz::TimeZone::UTC).expect("a day");
        let codes = said(last.timestamp().as_second() - 86_400 * 300);
        assert_eq!(codes, ["unreached-desk", "unreached-desk", "holidays-end", "holidays-end"]);
    }
}
