//! A report as a page that needs nothing else: tables, and charts in SVG.

use super::{Line, Report, UNKNOWN, UNVERIFIED};
use crate::base::{Language, Moment};
use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Height of a bar, and from one to the next.
const BAR: u64 = 22;
const STEP: u64 = 30;
/// Width of the names, of the longest bar, and of the figure behind it.
const NAMES: u64 = 150;
const LONGEST: u64 = 420;
const FIGURES: u64 = 60;

const STYLE: &str = "
body { font-family: system-ui, 'Hiragino Sans', 'Noto Sans JP', sans-serif; line-height: 1.6; margin: 2rem auto; max-width: 52rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; padding: 0.25rem 0.5rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg { display: block; margin: 1rem 0; max-width: 100%; }
svg text { fill: currentColor; font-size: 14px; }
.met { fill: #3a7; } .breached { fill: #c33; } .undecided { fill: #999; }
";

struct Words(Language);

impl Words {
    fn say<'w>(&self, ja: &'w str, en: &'w str) -> &'w str {
        match self.0 {
            Language::Ja => ja,
            Language::En => en,
        }
    }

    fn name<'w>(&self, name: &'w str) -> &'w str {
        match name {
            UNKNOWN => self.say("未確定", "not known"),
            "all" => self.say("この期間", "this period"),
            UNVERIFIED => self.say("契約未確認", "not verified"),
            "before" => self.say("前の期間", "the period before"),
            "meetings" => "Webex Meetings",
            "messaging" => "Webex Messaging",
            "calling" => "Webex Calling",
            "contact-center" => "Webex Contact Center",
            other => other,
        }
    }
}

/// Which end of a period: the first moment of it, or the first after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    First,
    End,
}

impl Words {
    /// The first or the last day of a period in Japan, with the time where it is not whole.
    fn day(&self, moment: &str, edge: Edge) -> String {
        let zone = TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC);
        let at =
            Moment::parse(moment).ok().and_then(|at| Timestamp::from_millisecond(at.at().as_millis()).ok());
        let Some(at) = at.map(|at| at.to_zoned(zone).datetime()) else { return moment.to_string() };
        let is_whole = at.time() == Time::midnight();
        let day = match edge {
            Edge::End if is_whole => at.date().yesterday().unwrap_or(at.date()),
            Edge::End | Edge::First => at.date(),
        };
        let day = day.strftime(self.say("%Y年%-m月%-d日", "%-d %B %Y"));
        if is_whole { day.to_string() } else { format!("{day} {}", at.strftime("%H:%M")) }
    }
}

impl Report {
    /// As one HTML file with charts.
    pub fn to_html(&self, language: Language) -> String {
        let words = Words(language);
        let title = words.say("サポートケースのレビュー", "Review of support cases");
        let page = html! {
            (DOCTYPE)
            html lang=(language.tag()) {
                head {
                    meta charset="utf-8";
                    title { (title) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { (title) }
                    p {
                        @if let Some(customer) = &self.customer { (customer) br; }
                        (words.day(&self.from, Edge::First)) " – " (words.day(&self.to, Edge::End))
                    }
                    h2 { (words.say("全体", "All cases")) }
                    (table(&words, [&self.all].into_iter().chain(&self.unverified).chain([&self.before])))
                    @if self.unverified.is_some() { p { (words.say(
                        "契約未確認は、お客様名を名乗っただけで契約が確認されていないケースです。ほかの数字には含みません。",
                        "Not verified: cases that name the customer, with no contract and nobody at the desk to vouch for it. They are in no other figure.",
                    )) } }
                    h2 { (words.say("重大度別", "By severity")) }
                    (chart(&words, &self.severities))
                    (table(&words, &self.severities))
                    h2 { (words.say("製品別", "By product")) }
                    (chart(&words, &self.products))
                    (table(&words, &self.products))
                    h2 { (words.say("推移（月別）", "By month")) }
                    (chart(&words, &self.months))
                    (table(&words, &self.months))
                    p { (words.say(
                        "一次回答は各デスクの受付時間で計り、回答までの時間は実時間です。",
                        "First responses are counted in the desks' open time, the time to answer by the clock.",
                    )) }
                }
            }
        };
        page.into_string()
    }
}

fn table<'a>(words: &Words, lines: impl IntoIterator<Item = &'a Line>) -> Markup {
    html! {
        table {
            tr {
                th {} th { (words.say("件数", "cases")) } th { (words.say("期限内", "in time")) }
                th { (words.say("超過", "late")) } th { (words.say("未判定", "not decided")) }
                th { (words.say("期限内の割合", "in time, %")) }
                th { (words.say("更新の超過", "late updates")) }
                th { (words.say("回答まで（中央値）", "answered, median")) }
                th { (words.say("回答まで（90%）", "answered, 90 %")) }
            }
            @for line in lines {
                tr {
                    td { (words.name(&line.name)) } td { (line.cases) } td { (line.met) } td { (line.breached) }
                    td { (line.undecided) }
                    td { (share(line)) } td { (line.updates_missed) }
                    td { (time(line.answered_after_median)) } td { (time(line.answered_after_p90)) }
                }
            }
        }
    }
}

/// Bars of what was met, late and undecided, one below the other.
fn chart(words: &Words, lines: &[Line]) -> Markup {
    let most = lines.iter().map(|line| line.cases).max().unwrap_or(0).max(1);
    let height = STEP * lines.len() as u64;
    let parts = |line: &Line| [("met", line.met), ("breached", line.breached), ("undecided", line.undecided)];
    html! {
        svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox={ "0 0 " (NAMES + LONGEST + FIGURES) " " (height) } {
            title { (words.say("緑: 期限内、赤: 超過、灰: 未判定", "green: in time, red: late, grey: not decided")) }
            @for (line, at) in lines.iter().zip(0..) {
                text x="0" y=(at * STEP + 16) { (words.name(&line.name)) }
                @for (class, from, wide) in laid_out(&parts(line), most) {
                    rect class=(class) x=(NAMES + from) y=(at * STEP) width=(wide) height=(BAR) {}
                }
                text x=(NAMES + LONGEST * line.cases / most + 6) y=(at * STEP + 16) { (line.cases) }
            }
        }
    }
}

/// Where each part of a bar begins and how wide it is.
fn laid_out<'n>(parts: &[(&'n str, u64); 3], most: u64) -> Vec<(&'n str, u64, u64)> {
    let mut before = 0;
    let place = |(name, count): &(&'n str, u64)| {
        let from = LONGEST * before / most;
        before += count;
        (*name, from, LONGEST * before / most - from)
    };
    parts.iter().map(place).filter(|(_, _, wide)| *wide > 0).collect()
}

fn share(line: &Line) -> String {
    match line.met + line.breached {
        0 => "–".into(),
        decided => format!("{:.1}", 100.0 * line.met as f64 / decided as f64),
    }
}

fn time(seconds: Option<u64>) -> String {
    match seconds {
        None => "–".into(),
        Some(seconds) if seconds < 3_600 => format!("{}:{:02}", seconds / 60, seconds % 60),
        Some(seconds) => format!("{} h {:02}", seconds / 3_600, seconds / 60 % 60),
    }
}
