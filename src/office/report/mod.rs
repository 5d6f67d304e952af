//! Reports for the reviews of the Technical Expert: a customer's cases of a period, against what was promised.
//!
//! Owns: what is counted. How it looks is in `page.rs` (HTML with charts) and `table.rs` (CSV).

mod page;
mod table;

use super::Office;
use crate::base::UnixTime;
use crate::case::{By, Case, Clock, Event, Product, Severity};
use crate::engine::OpenTimes;
use crate::store::StoreError;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use std::ops::Range;
use std::time::Duration;
use utoipa::ToSchema;

/// What is not known of a case.
const UNKNOWN: &str = "unknown";
/// Cases that only say of themselves whose they are.
const UNVERIFIED: &str = "unverified";

/// The first moment of which there are reports, 2000-01-01T00:00:00Z: nobody asked this program anything before.
const FIRST: UnixTime = UnixTime::from_secs(946_684_800);
/// The longest time of a report: ten years.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Which cases a report is about.
#[derive(Clone, Debug)]
pub struct About {
    customer: Option<String>,
    opened: Range<UnixTime>,
}

/// Why there is no report of a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReport {
    /// It ends before it begins, or at once.
    #[error("it ends before it begins")]
    Empty,
    /// It begins before there was anything.
    #[error("it begins before the year 2000")]
    TooEarly,
    /// It is too long.
    #[error("it is longer than ten years")]
    TooLong,
}

impl About {
    /// The cases of a customer, as they name them, or of every customer, that were opened in this time.
    ///
    /// # Errors
    /// It is no time of a report: one that begins before the year 2000, or is longer than ten years.
    pub fn new(customer: Option<String>, opened: Range<UnixTime>) -> Result<About, NoReport> {
        match opened {
            opened if opened.is_empty() => Err(NoReport::Empty),
            opened if opened.start < FIRST => Err(NoReport::TooEarly),
            opened if opened.start + LONGEST < opened.end => Err(NoReport::TooLong),
            opened => Ok(About { customer, opened }),
        }
    }
}

/// A report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// The version of these names.
    pub schema: u32,
    /// The customer; null: every customer.
    pub customer: Option<String>,
    /// The first moment, in RFC 3339.
    pub from: String,
    /// The moment after the last.
    pub to: String,
    /// All of it; of one customer without those that are unverified.
    pub all: Line,
    /// Cases that name the customer though nobody vouches for it: a form says so, and neither a contract nor the desk. They
    /// are counted here alone. Null where the report is about every customer: then they are among the others.
    pub unverified: Option<Line>,
    /// As `all`, of the time of the same length before, to compare with.
    pub before: Line,
    /// By severity: S1 to S4 and those without.
    pub severities: Vec<Line>,
    /// By product, and those without.
    pub products: Vec<Line>,
    /// By month in Japan, the oldest first.
    pub months: Vec<Line>,
}

/// Some of the cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ReportLine)]
pub struct Line {
    /// Which: a severity, a product, a month as `2026-02`, or `all`.
    pub name: String,
    /// How many.
    pub cases: u64,
    /// First responses that came in time.
    pub met: u64,
    /// First responses that came late, or are overdue.
    pub breached: u64,
    /// Cases without a target, or whose first response is not due yet.
    pub undecided: u64,
    /// Updates that came late, or are overdue.
    pub updates_missed: u64,
    /// Seconds by the clock until somebody answered, in the middle of those that were answered.
    pub answered_after_median: Option<u64>,
    /// Seconds by the clock within which nine of ten of those that were answered were.
    pub answered_after_p90: Option<u64>,
    #[serde(skip)]
    answered_after: Vec<u64>,
}

/// What a report takes from a case.
struct Seen {
    severity: Option<Severity>,
    product: Option<Product>,
    opened_at: UnixTime,
    first_response: Option<Clock>,
    updates_missed: u32,
    answered_after: Option<u64>,
    is_vouched_for: bool,
}

impl Office {
    /// What became of some cases, as it stands now.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn report(&self, about: &About, now: UnixTime) -> Result<Report, StoreError> {
        let Range { start, end } = about.opened;
        let length = end.as_millis() - start.as_millis();
        let earlier = UnixTime::from_millis(start.as_millis().saturating_sub(length))..start;
        let mut hours = self.laid_out(earlier.start, now).await;
        let before = self.seen(about, earlier, (&mut hours, now)).await?;
        let seen = self.seen(about, start..end, (&mut hours, now)).await?;
        let counts = |seen: &Seen| seen.is_vouched_for || about.customer.is_none();
        let (seen, unverified): (Vec<Seen>, Vec<Seen>) = seen.into_iter().partition(counts);
        let line = |name: &str, seen: &[&Seen]| Line::of(name, seen);
        let unverified = line(UNVERIFIED, &unverified.iter().collect::<Vec<_>>());
        let all: Vec<&Seen> = seen.iter().collect();
        let which = |is: &dyn Fn(&Seen) -> bool| -> Vec<&Seen> { seen.iter().filter(|s| is(s)).collect() };
        let severities =
            Severity::ALL.iter().map(|s| line(s.name(), &which(&|seen| seen.severity == Some(*s))));
        let products = Product::ALL.iter().map(|p| line(p.name(), &which(&|seen| seen.product == Some(*p))));
        let months = months(start, end).into_iter();
        Ok(Report {
            schema: 1,
            customer: about.customer.clone(),
            from: crate::store::json::rfc3339(start),
            to: crate::store::json::rfc3339(end),
            all: line("all", &all),
            unverified: about.customer.is_some().then_some(unverified),
            before: line("before", &before.iter().filter(|seen| counts(seen)).collect::<Vec<_>>()),
            severities: severities.chain([line(UNKNOWN, &which(&|seen| seen.severity.is_none()))]).collect(),
            products: products.chain([line(UNKNOWN, &which(&|seen| seen.product.is_none()))]).collect(),
            months: months
                .map(|(name, span)| line(&name, &which(&|seen| span.contains(&seen.opened_at))))
                .collect(),
        })
    }

    async fn seen(
        &self,
        about: &About,
        opened: Range<UnixTime>,
        (hours, now): (&mut OpenTimes, UnixTime),
    ) -> Result<Vec<Seen>, StoreError> {
        let mut pages = self.store().reviewed(about.customer.as_deref(), &opened);
        let mut seen = Vec::new();
        while let Some(cases) = pages.next().await? {
            seen.extend(cases.iter().map(|case| self.see(case, hours, now)));
        }
        Ok(seen)
    }

    /// When desks were open, for all cases from a moment on. That is work for a while, which keeps nobody waiting: not
    /// those who change cases either, whose clocks count in hours of their own.
    async fn laid_out(&self, from: UnixTime, now: UnixTime) -> OpenTimes {
        let calendar = self.calendar().clone();
        let laid_out = tokio::task::spawn_blocking(move || {
            let mut hours = OpenTimes::default();
            hours.covering(&calendar, from, now);
            hours
        });
        // Without them each case finds its own.
        laid_out.await.unwrap_or_default()
    }

    fn see(&self, case: &Case, hours: &mut OpenTimes, now: UnixTime) -> Seen {
        let clocks = case.clocks(hours.covering(self.calendar(), case.opened_at(), now), now);
        let after = case.first_response_at().map(|at| at.as_millis() - case.opened_at().as_millis());
        Seen {
            severity: case.severity,
            product: case.product,
            opened_at: case.opened_at(),
            first_response: clocks.first_response.state,
            updates_missed: clocks.updates_missed,
            answered_after: after.map(|ms| u64::try_from(ms / 1_000).unwrap_or(0)),
            is_vouched_for: is_vouched_for(case),
        }
    }
}

/// Whether anybody but whoever wrote in says whose case it is: a contract, the dialplan or the desk.
fn is_vouched_for(case: &Case) -> bool {
    let named = |event: &Event| matches!(event, Event::FieldChanged { field, .. } if field == "customer");
    let last = case.timeline().iter().rfind(|entry| named(&entry.event));
    case.entitlement.as_ref().is_some_and(|entitlement| entitlement.verified)
        || last.is_some_and(|entry| !matches!(entry.by, By::Customer | By::Caller))
}

impl Line {
    fn of(name: &str, seen: &[&Seen]) -> Line {
        let mut line = Line { name: name.to_string(), ..Line::default() };
        for seen in seen {
            line.cases += 1;
            match seen.first_response {
                Some(Clock::Met) => line.met += 1,
                Some(Clock::Breached) => line.breached += 1,
                Some(Clock::Running | Clock::Paused) | None => line.undecided += 1,
            }
            line.updates_missed += u64::from(seen.updates_missed);
            line.answered_after.extend(seen.answered_after);
        }
        line.answered_after.sort_unstable();
        line.answered_after_median = at_rank(&line.answered_after, 50);
        line.answered_after_p90 = at_rank(&line.answered_after, 90);
        line
    }
}

/// The value that so many of a hundred do not exceed: the nearest rank.
fn at_rank(sorted: &[u64], percent: usize) -> Option<u64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// The months of Japan that a time touches, each with its moments.
fn months(start: UnixTime, end: UnixTime) -> Vec<(String, Range<UnixTime>)> {
    let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
    let date = |at: UnixTime| {
        Timestamp::from_millisecond(at.as_millis())
            .map(|at| at.to_zoned(zone.clone()).date().first_of_month())
    };
    let midnight = |day: Date| {
        day.to_zoned(zone.clone()).map(|at| UnixTime::from_millis(at.timestamp().as_millisecond()))
    };
    let mut months = Vec::new();
    let Ok(mut month) = date(start) else { return months };
    while let (Ok(begins), Ok(next)) = (midnight(month), month.checked_add(1.month())) {
        let Ok(ends) = midnight(next) else { break };
        if begins >= end {
            break;
        }
        months.push((month.strftime("%Y-%m").to_string(), begins..ends));
        month = next;
    }
    months
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_of_those_there_are() {
        assert_eq!(at_rank(&[], 50), None);
        assert_eq!((at_rank(&[7], 50), at_rank(&[7], 90)), (Some(7), Some(7)));
        let ten: Vec<u64> = (1..=10).collect();
        assert_eq!((at_rank(&ten, 50), at_rank(&ten, 90)), (Some(5), Some(9)));
    }

    #[test]
    fn a_report_is_of_a_time_that_can_have_been() {
        let at = |text: &str| crate::base::Moment::parse(text).expect("a moment").at();
        let about = |from: &str, to: &str| About::new(None, at(from)..at(to)).map(|_| ());
        assert_eq!(about("2016-01-01", "2026-01-01"), Ok(()));
        assert_eq!(about("2000-01-01T00:00:00Z", "2000-01-01T00:00:01Z"), Ok(()));
        assert_eq!(about("2016-01-01", "2026-02-01"), Err(NoReport::TooLong));
        assert_eq!(about("2026-01-01", "2026-01-01"), Err(NoReport::Empty));
        for from in ["-009998-01-01T00:00:00Z", "1999-12-31T23:59:59Z"] {
            assert_eq!(about(from, "2000-02-01"), Err(NoReport::TooEarly), "{from}");
        }
    }

    #[test]
    fn months_are_those_of_japan() {
        // 2026-01-31T15:00Z is midnight of 1 February in Japan.
        let at = |text: &str| crate::base::Moment::parse(text).expect("a moment").at();
        let names = |from: &str, to: &str| -> Vec<String> {
            months(at(from), at(to)).into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names("2026-01-31T15:00:00Z", "2026-02-28T15:00:00Z"), ["2026-02"]);
        assert_eq!(names("2026-01-31T14:59:59Z", "2026-02-28T15:00:01Z"), ["2026-01", "2026-02", "2026-03"]);
    }
}
