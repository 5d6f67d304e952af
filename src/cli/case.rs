//! `madoguchi case list` and `case show`: the cases of a store, as tables or JSON.

use super::output::{Format, columns, json};
use crate::case::{Case, CaseNumber, CaseNumberError, Event, Field, Ring, Value};
use crate::store::audio_row::AudioRow;
use crate::store::json::{CaseJson, rfc3339};
use crate::store::{AudioRecord, Filter, Page, Store, StoreError};
use serde::Serialize;

/// Why a case is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowError {
    /// The text is no case number.
    #[error("\"{text}\" is no case number: {why}")]
    Number {
        /// What was written.
        text: String,
        /// What does not fit.
        why: CaseNumberError,
    },
    /// No such case.
    #[error("there is no case {number}")]
    None {
        /// The number, which is a valid one.
        number: CaseNumber,
    },
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A page of cases, newest first. Text has one line a case, and says where it goes on.
///
/// # Errors
/// The store does not answer.
pub async fn list(
    store: &Store,
    filter: &Filter,
    limit: u32,
    from: Option<CaseNumber>,
    format: Format,
) -> Result<String, StoreError> {
    let page = store.list(filter, limit, from).await?;
    Ok(match format {
        Format::Text => list_text(&page),
        Format::Json => json(&PageJson::of(&page)),
    })
}

/// One case with its timeline, and how the audio of its calls was.
///
/// # Errors
/// The text is no case number, there is no such case, or the store does not answer.
pub async fn show(store: &Store, number: &str, format: Format) -> Result<String, ShowError> {
    let number =
        CaseNumber::parse(number).map_err(|why| ShowError::Number { text: number.to_string(), why })?;
    let case = store.case(number).await?.ok_or(ShowError::None { number })?;
    let calls = store.calls_of(number).await?;
    let audio: Vec<&AudioRecord> = calls.iter().flat_map(|call| &call.audio).collect();
    Ok(match format {
        Format::Text => case_text(&case) + &audio_text(&audio),
        Format::Json => {
            let audio = audio.into_iter().map(AudioRow::of).collect();
            json(&ShownJson { case: CaseJson::whole(&case), audio })
        }
    })
}

#[derive(Serialize)]
struct ShownJson<'a> {
    #[serde(flatten)]
    case: CaseJson<'a>,
    audio: Vec<AudioRow>,
}

#[derive(Serialize)]
struct PageJson<'a> {
    cases: Vec<CaseJson<'a>>,
    next: Option<String>,
}

impl<'a> PageJson<'a> {
    fn of(page: &'a Page) -> Self {
        let next = page.next.map(|number| number.to_string());
        PageJson { cases: page.cases.iter().map(CaseJson::brief).collect(), next }
    }
}

fn list_text(page: &Page) -> String {
    let head =
        ["NUMBER", "STAGE", "OPENED", "CALLER", "LANGUAGE", "DESK", "QUEUE", "ENDED"].map(str::to_string);
    let rows: Vec<[String; 8]> = std::iter::once(head).chain(page.cases.iter().map(list_row)).collect();
    match (page.cases.is_empty(), page.next) {
        (true, _) => "no cases\n".to_string(),
        (false, None) => columns(&rows),
        (false, Some(next)) => format!("{}more from {next} on\n", columns(&rows)),
    }
}

fn list_row(case: &Case) -> [String; 8] {
    let unknown = || "-".to_string();
    [
        case.number().to_string(),
        case.stage().name().to_string(),
        rfc3339(case.opened_at()),
        case.caller.as_ref().map_or_else(unknown, |number| number.national()),
        case.language.map_or_else(unknown, |language| language.to_string()) + interpreter_mark(case),
        case.desk.clone().unwrap_or_else(unknown),
        case.queue.clone().unwrap_or_else(unknown),
        case.end_cause().map_or_else(unknown, |cause| cause.to_string()),
    ]
}

fn interpreter_mark(case: &Case) -> &'static str {
    if case.interpreter == Some(true) { "+interpreter" } else { "" }
}

fn case_text(case: &Case) -> String {
    let fixed = [
        ["stage".to_string(), case.stage().to_string()],
        ["channel".to_string(), case.channel().to_string()],
        ["opened_at".to_string(), rfc3339(case.opened_at())],
    ];
    let known =
        Field::ALL.iter().filter_map(|field| Some([field.name.to_string(), shown((field.read)(case)?)]));
    let fields: Vec<[String; 2]> = fixed.into_iter().chain(known).collect();
    let entries = case.timeline().iter();
    let entries = entries.map(|entry| [rfc3339(entry.at), entry.by.to_string(), event_words(&entry.event)]);
    let timeline: Vec<[String; 3]> = entries.collect();
    format!("case {}\n{}\n{}", case.number(), columns(&fields), columns(&timeline))
}

/// One line a party; nothing where no audio was.
fn audio_text(audio: &[&AudioRecord]) -> String {
    if audio.is_empty() {
        return String::new();
    }
    let head = ["AUDIO OF", "CODEC", "SENT", "RECEIVED", "LOST", "LOST THERE", "JITTER", "ROUND TRIP", "MOS"];
    let rows: Vec<[String; 9]> =
        std::iter::once(head.map(str::to_string)).chain(audio.iter().map(|a| audio_row(a))).collect();
    format!("\n{}", columns(&rows))
}

fn audio_row(audio: &AudioRecord) -> [String; 9] {
    let (quality, unknown) = (&audio.quality, || "-".to_string());
    [
        audio.target.clone().unwrap_or_else(|| "caller".to_string()),
        quality.codec.clone(),
        quality.sent.to_string(),
        quality.received.to_string(),
        quality.lost.to_string(),
        quality.lost_there.map_or_else(unknown, |lost| lost.to_string()),
        format!("{} ms", quality.jitter.as_millis()),
        quality.round_trip.map_or_else(unknown, |trip| format!("{} ms", trip.as_millis())),
        quality.mos.map_or_else(unknown, |mos| format!("{}.{:02}", mos / 100, mos % 100)),
    ]
}

fn shown(value: Value) -> String {
    match value {
        Value::Moment(at) => rfc3339(at),
        value => value.to_text(),
    }
}

fn event_words(event: &Event) -> String {
    match event {
        Event::Opened => "opened".into(),
        Event::FieldChanged { field, value: Some(value) } => format!("{field} = {value}"),
        Event::FieldChanged { field, value: None } => format!("{field} unknown"),
        Event::NumberTold => "case number told".into(),
        Event::QueueEntered { queue, position } => format!("queue {queue}, position {position}"),
        Event::QueueLeft { queue } => format!("left queue {queue}"),
        Event::CallbackRequested { queue, number } => {
            format!("call back {} wanted, queue {queue}", number.national())
        }
        Event::Offered { target } => format!("offered to {target}"),
        Event::Declined { target, why } => format!("not taken by {target}: {why}"),
        Event::Answered { target } => format!("answered by {target}"),
        Event::HandedOn { desk, target } => format!("handed on to {desk}, {target}"),
        Event::Referred { to } => format!("refers the caller to {to}"),
        Event::Transferred { to, target } => format!("transferred to {to}, {target}"),
        Event::VoicemailLeft { file, seconds } => format!("left a message of {seconds} s: {file}"),
        Event::Replied { text } => format!("told: {text}"),
        Event::Paused => "waits for the customer".into(),
        Event::Resumed => "the customer has answered".into(),
        Event::Noted { text, .. } => text.clone(),
        Event::Ended { cause } => format!("ended: {}", cause.text()),
        Event::Attached { file, name, media_type, bytes } => {
            format!("file {name} ({media_type}, {bytes} bytes): {file}")
        }
        Event::Reassigned { desk, tier, agent, why } => {
            let tier = tier.map(|tier| format!("tier {tier}"));
            let to: Vec<String> = [desk.clone(), tier, agent.clone()].into_iter().flatten().collect();
            format!("reassigned to {}: {why}", to.join(", "))
        }
        Event::ClockRang { clock, ring: Ring::Short, due } => {
            format!("{clock} is due soon, {}", rfc3339(*due))
        }
        Event::ClockRang { clock, ring: Ring::Met, due } => {
            format!("{clock} came in time, due {}", rfc3339(*due))
        }
        Event::ClockRang { clock, ring: Ring::Missed, due } => {
            format!("{clock} is late, due {}", rfc3339(*due))
        }
        Event::Escalated { level, to, why } => {
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            format!("escalated, level {level}: {to} is told{why}")
        }
        Event::EscalationTaken => "somebody takes care of the escalation".into(),
        Event::Closed => "closed".into(),
        Event::Reopened => "opened again".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{AudioQuality, EndCause, Number, UnixTime};
    use crate::case::{By, Channel, Opening, Presentation};
    use crate::store::Write;
    use std::time::Duration;

    const AT: UnixTime = UnixTime::from_secs(1_770_685_200);

    async fn store(folder: &tempfile::TempDir) -> Store {
        let url = format!("sqlite:{}/cases.db", folder.path().display());
        let store = Store::open(&url).await.expect("a store");
        let writes: Vec<Write> = (1..=2).map(|sequence| Write::SaveCase(Box::new(case(sequence)))).collect();
        store.apply(&writes).await.expect("written");
        store
    }

    fn case(sequence: u64) -> Case {
        let mut case = Case::open(Opening {
            number: CaseNumber::from_sequence(sequence).expect("a sequence"),
            at: AT,
            channel: Channel::Phone,
            caller: Number::parse("0312345678"),
            presentation: Presentation::Allowed,
            dialed: Number::parse("0120339836"),
            call_id: Some("abc".into()),
            dialplan: Some("webex-support@0123456789ab".into()),
        });
        case.set(AT, "language", "ja").expect("a field");
        case.set(AT, "interpreter", "true").expect("a field");
        let target = "sip:global-tac@127.0.0.1:5062".to_string();
        case.record(AT, By::Plan, Event::HandedOn { desk: "global".into(), target });
        case.record(AT, By::Caller, Event::Ended { cause: EndCause::CallerHungUp });
        case
    }

    #[tokio::test]
    async fn a_list_has_a_line_a_case_and_says_where_it_goes_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder).await;
        let text = list(&store, &Filter::default(), 1, None, Format::Text).await.expect("a list");
        let want = "\
NUMBER     STAGE      OPENED                CALLER      LANGUAGE        DESK    QUEUE  ENDED
600000020  handed-on  2026-02-10T01:00:00Z  0312345678  ja+interpreter  global  -      caller-hung-up
more from 600000012 on
";
        assert_eq!(text, want);
        let next = CaseNumber::parse("600000012").ok();
        let text = list(&store, &Filter::default(), 1, next, Format::Json).await.expect("a list");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["cases"][0]["number"], "600000012");
        assert_eq!(value["next"], serde_json::Value::Null);
        let none = Filter { desk: Some("nowhere".into()), ..Filter::default() };
        assert_eq!(list(&store, &none, 1, None, Format::Text).await.expect("a list"), "no cases\n");
    }

    #[test]
    fn how_the_audio_of_each_party_was_has_a_line() {
        let quality = AudioQuality {
            codec: "PCMU".into(),
            sent: 1_500,
            received: 1_480,
            lost: 20,
            lost_there: Some(3),
            jitter: Duration::from_micros(2_125),
            round_trip: Some(Duration::from_millis(41)),
            mos: Some(424),
        };
        let caller = AudioRecord { target: None, quality };
        let target = Some("sip:desk@127.0.0.1".to_string());
        let desk =
            AudioRecord { target, quality: AudioQuality { codec: "PCMA".into(), ..Default::default() } };
        let want = "
AUDIO OF            CODEC  SENT  RECEIVED  LOST  LOST THERE  JITTER  ROUND TRIP  MOS
caller              PCMU   1500  1480      20    3           2 ms    41 ms       4.24
sip:desk@127.0.0.1  PCMA   0     0         0     -           0 ms    -           -
";
        assert_eq!(audio_text(&[&caller, &desk]), want);
        assert_eq!(audio_text(&[]), "");
    }

    #[tokio::test]
    async fn a_case_is_shown_with_what_happened() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = store(&folder).await;
        let want = "\
case 600000012
stage                handed-on
channel              phone
opened_at            2026-02-10T01:00:00Z
caller               +81312345678
caller_presentation  allowed
dialed               0120339836
call_id              abc
dialplan             webex-support@0123456789ab
language             ja
interpreter          true
desk                 global

2026-02-10T01:00:00Z  caller  opened
2026-02-10T01:00:00Z  plan    language = ja
2026-02-10T01:00:00Z  plan    interpreter = true
2026-02-10T01:00:00Z  plan    handed on to global, sip:global-tac@127.0.0.1:5062
2026-02-10T01:00:00Z  caller  ended: The caller hung up.
";
        assert_eq!(show(&store, "600-000-012", Format::Text).await.expect("a case"), want);
        let misheard = show(&store, "600000013", Format::Text).await.expect_err("no number").to_string();
        assert_eq!(
            misheard,
            "\"600000013\" is no case number: the check digit does not fit: a digit is wrong"
        );
        let nobody = CaseNumber::from_sequence(9).expect("a sequence").to_string();
        let error = show(&store, &nobody, Format::Json).await.expect_err("no case").to_string();
        assert_eq!(error, format!("there is no case {nobody}"));
    }
}
