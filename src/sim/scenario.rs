//! Scenarios: worlds written as TOML, with what is expected of each call.
//!
//! ```toml
//! about = "2 then 1 in office hours reaches the Japan desk"
//! at = "2026-02-10T10:00:00+09:00"
//! plan = "../../dialplans/examples/menu.toml"   # beside this file; left out: the shipped plan
//!
//! [[desk]]                       # japan and sales: a seat of the desk's queue; global: dialled; partner: a transfer
//! name = "sato"
//! desk = "japan"
//! on_call = "answer 3s"          # busy, ring, refuse 503
//! script = ["wait 5s", "hang up"]
//!
//! [[webhook]]                    # a service outside; one that is not named never answers
//! name = "contracts"
//! answer = "yes"
//! after = "300ms"
//!
//! [[pin]]                        # a PIN that is known; without any callers are not asked for one
//! digits = "471108"
//! option = "enhanced"            # left out: what comes of it is `verdict`: "trial", "expired"
//! products = ["meetings"]
//! japanese = true
//! by = "lookup"                  # who says so; left out: "store"
//! after = "300ms"
//!
//! [[caller]]
//! name = "tanaka"
//! script = ["wait 1s", "press 2", "wait silence 1s", "press 1"]
//! expect = { cause = "caller-hung-up", digits = "21", desk = "japan" }
//! ```

use super::cast::{Caller, Cast, DeskPhone, EngineSetting, Happening, RudeCaller, Run};
use super::host::Pins;
use super::network::{Faults, Seen};
use super::rude::{Move, digits, duration};
use super::shipped::Shipped;
use super::sight::Sight;
use super::world::Noted;
use crate::audio::Codec;
use crate::base::{
    EntitlementKind, Number, Product, Rights, SupportOption, UnixTime, Verdict, Verification, VerifiedBy,
};
use crate::case::Field;
use crate::diag::Source;
use crate::engine::Encryption;
use crate::node::StoreWrite;
use crate::node::journal::What;
use crate::phone::{Act, KeyStyle, OnCall};
use crate::signaling::{SessionTimer, Transport};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A scenario: a world, and what is expected of it.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub about: String,
    /// The world.
    pub cast: Cast,
    /// The plan it runs on, as a path from the scenario's own folder; none: the shipped one.
    plan: Option<PathBuf>,
    expected: Vec<(String, Expect)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    at: String,
    plan: Option<PathBuf>,
    #[serde(default)]
    seed: u64,
    limit: Option<String>,
    #[serde(default)]
    network: Network,
    #[serde(default)]
    engine: Setting,
    #[serde(default)]
    webhook: Vec<Service>,
    #[serde(default)]
    pin: Vec<Pin>,
    #[serde(default)]
    desk: Vec<Desk>,
    #[serde(default)]
    caller: Vec<Phone>,
    #[serde(default)]
    rude: Vec<RudePhone>,
    #[serde(default)]
    event: Vec<Event>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Network {
    loss: u64,
    duplicate: u64,
    reorder: u64,
    delay: Option<String>,
    jitter: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Setting {
    emergency: Option<String>,
    max_waiting: Option<usize>,
    max_calls: Option<usize>,
    ring: Option<String>,
    port_pairs: Option<usize>,
    port_delay: Option<String>,
    store_delay: Option<String>,
    /// "off", or the interval asked for.
    session_expires: Option<String>,
    min_se: Option<String>,
    disk_full: bool,
    voice: Option<String>,
    srtp: Option<String>,
    codecs: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    answer: String,
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pin {
    digits: String,
    option: Option<String>,
    #[serde(default)]
    products: Vec<String>,
    #[serde(default)]
    japanese: bool,
    verdict: Option<String>,
    by: Option<String>,
    after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Desk {
    name: String,
    desk: String,
    on_call: String,
    #[serde(default)]
    reliable: bool,
    #[serde(default)]
    script: Vec<String>,
    codecs: Option<Vec<String>>,
    #[serde(default)]
    speaks: bool,
    #[serde(default)]
    srtp: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phone {
    name: String,
    at: Option<String>,
    to: Option<String>,
    from: String,
    transport: Option<String>,
    codecs: Option<Vec<String>>,
    keys: Option<String>,
    patience: Option<String>,
    #[serde(default)]
    speaks: bool,
    #[serde(default)]
    srtp: bool,
    #[serde(default)]
    script: Vec<String>,
    #[serde(default)]
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RudePhone {
    name: String,
    at: Option<String>,
    to: Option<String>,
    from: String,
    script: Vec<String>,
    #[serde(default)]
    expect: Expect,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    at: String,
    what: String,
    /// The text of the plan that a reload brings.
    plan: Option<String>,
}

/// What is expected of a call; what is left out is not looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Expect {
    /// The end cause.
    cause: Option<String>,
    /// The keys counted.
    digits: Option<String>,
    /// The desk that took the call last; "" = none.
    desk: Option<String>,
    /// The final status of its first INVITE.
    status: Option<u16>,
    /// Header fields of an INVITE to a desk.
    headers: Vec<String>,
    /// Lines, of header or body, in a final response to an INVITE of this number.
    answers: Vec<String>,
    /// Prompts heard, in this order, others in between.
    plays: Vec<String>,
    /// Fields of the case as it was stored last.
    facts: BTreeMap<String, String>,
    /// How many calls began; 1 unless said.
    calls: Option<usize>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// What cannot be read, in words.
    pub fn read(text: &str) -> Result<Scenario, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let wall: jiff::Timestamp = file.at.parse().map_err(|e| format!("at: {e}"))?;
        let callers = file.caller.iter().map(|p| (p.name.clone(), p.expect.clone()));
        let rude = file.rude.iter().map(|p| (p.name.clone(), p.expect.clone()));
        let cast = Cast {
            wall: UnixTime::from_millis(wall.as_millisecond()),
            seed: file.seed,
            faults: file.network.read()?,
            engine: EngineSetting {
                webhooks: file.webhook.iter().map(Service::read).collect::<Result<_, _>>()?,
                pins: pins(&file.pin)?,
                ..file.engine.read()?
            },
            desks: file.desk.iter().map(Desk::read).collect::<Result<_, _>>()?,
            callers: file.caller.iter().map(Phone::read).collect::<Result<_, _>>()?,
            rude: file.rude.iter().map(RudePhone::read).collect::<Result<_, _>>()?,
            events: file.event.iter().map(Event::read).collect::<Result<_, _>>()?,
            limit: time(file.limit.as_deref(), Duration::from_secs(3600))?,
        };
        Ok(Scenario { about: file.about, plan: file.plan, expected: callers.chain(rude).collect(), cast })
    }

    /// What the engine of this scenario runs on; `file` is the scenario's own.
    ///
    /// # Errors
    /// The plan it names cannot be read, or has mistakes.
    pub fn stage(&self, file: &Path, shipped: &Shipped) -> Result<Shipped, String> {
        let Some(plan) = &self.plan else { return Ok(shipped.clone()) };
        let path = file.parent().unwrap_or(Path::new("")).join(plan);
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        shipped.with_plan(&Source::new(&path.display().to_string(), &text)).map_err(|e| e.to_string())
    }

    /// What was expected and did not happen.
    pub fn unmet(&self, run: &Run) -> Vec<String> {
        let rude = self.cast.rude.iter().map(|r| (&r.name, &r.from));
        let numbers: BTreeMap<_, _> =
            self.cast.callers.iter().map(|c| (&c.name, &c.from)).chain(rude).collect();
        let unmet = self.expected.iter().flat_map(|(name, expect)| {
            let from = numbers.get(name).map(|n| n.as_str()).unwrap_or_default();
            let found = Happened::of(run, from).compare(expect);
            found.into_iter().map(move |what| format!("{name}: {what}"))
        });
        unmet.collect()
    }
}

/// What happened to the calls of one number.
struct Happened<'a> {
    run: &'a Run,
    from: &'a str,
    entries: Vec<&'a Noted>,
}

impl<'a> Happened<'a> {
    fn of(run: &'a Run, from: &'a str) -> Self {
        let number = Number::parse(from).map(|n| n.to_string());
        let engine = |n: &&Noted| n.host == run.engine;
        let is_start =
            |n: &&Noted| matches!(&n.entry.what, What::CallStarted { caller, .. } if *caller == number);
        let calls: Vec<_> =
            run.world.journal.iter().filter(engine).filter(is_start).map(|n| n.entry.call).collect();
        let mine = |n: &&Noted| n.entry.call.is_some() && calls.contains(&n.entry.call);
        Happened { run, from, entries: run.world.journal.iter().filter(engine).filter(mine).collect() }
    }

    fn all(&self, pick: impl Fn(&'a What) -> Option<String>) -> Vec<String> {
        self.entries.iter().filter_map(|n| pick(&n.entry.what)).collect()
    }

    fn compare(&self, expect: &Expect) -> Vec<String> {
        let mut unmet = Vec::new();
        let mut same = |what: &str, wanted: Option<&str>, found: String| {
            if wanted.is_some_and(|wanted| wanted != found) {
                unmet.push(format!("{what} {found:?}, not {:?}", wanted.unwrap_or_default()));
            }
        };
        same("cause", expect.cause.as_deref(), self.causes());
        same("digits", expect.digits.as_deref(), self.digits());
        same("desk", expect.desk.as_deref(), self.desks().pop().unwrap_or_default());
        let (status, calls) = (expect.status.map(|s| s.to_string()), expect.calls.map(|c| c.to_string()));
        same("status", status.as_deref(), self.status());
        same("calls", calls.as_deref(), self.calls().to_string());
        for (field, value) in &expect.facts {
            same(field, Some(value), self.fact(field));
        }
        unmet.extend(self.missing_headers(expect));
        unmet.extend(self.missing_answers(expect));
        unmet.extend(self.missing_plays(expect));
        unmet
    }

    fn causes(&self) -> String {
        let causes = self.all(|w| match w {
            What::CallEnded { cause } => Some(cause.to_string()),
            _ => None,
        });
        causes.join(" ")
    }

    fn digits(&self) -> String {
        let digits = self.all(|w| match w {
            What::Digit { digit, .. } => Some(digit.map_or('?', |d| d.as_char()).to_string()),
            _ => None,
        });
        digits.concat()
    }

    fn desks(&self) -> Vec<String> {
        self.all(|w| match w {
            What::Connected { desk, .. } => Some(desk.to_string()),
            _ => None,
        })
    }

    fn calls(&self) -> usize {
        self.all(|w| matches!(w, What::CallStarted { .. }).then(String::new)).len()
    }

    fn fact(&self, name: &str) -> String {
        let number = self.all(|w| match w {
            What::CaseOpened { number } => Some(number.clone()),
            _ => None,
        });
        let cases = self.run.world.stored.iter().filter_map(|write| match write {
            StoreWrite::SaveCase(case) => Some(case),
            StoreWrite::SaveCall(_) | StoreWrite::ReserveNumbers { .. } => None,
        });
        let case = cases.rev().find(|c| number.last() == Some(&c.number().to_string()));
        let field = Field::ALL.iter().find(|field| field.name == name);
        let value = case.zip(field).and_then(|(case, field)| (field.read)(case));
        value.map(|value| value.to_text()).unwrap_or_default()
    }

    /// The first final response to an INVITE of this number.
    fn status(&self) -> String {
        let sights = self.run.world.seen.iter().filter_map(|s| Sight::read(&s.bytes));
        let mut mine = sights.filter(|s| s.caller() == Some(self.from));
        let last = mine
            .find_map(|s| s.status().filter(|c| *c >= 200 && s.cseq().is_some_and(|(_, m)| m == "INVITE")));
        last.map(|s| s.to_string()).unwrap_or_default()
    }

    fn missing_headers(&self, expect: &Expect) -> Vec<String> {
        let invites: Vec<&str> =
            self.run.world.seen.iter().filter_map(|s| std::str::from_utf8(&s.bytes).ok()).collect();
        let has =
            |line: &str| invites.iter().any(|i| i.starts_with("INVITE ") && i.lines().any(|l| l == line));
        expect
            .headers
            .iter()
            .filter(|line| !has(line))
            .map(|line| format!("no INVITE with {line:?}"))
            .collect()
    }

    fn missing_answers(&self, expect: &Expect) -> Vec<String> {
        let is_mine = |seen: &&Seen| {
            Sight::read(&seen.bytes).is_some_and(|s| s.status() >= Some(200) && s.caller() == Some(self.from))
        };
        let answers: Vec<String> = (self.run.world.seen.iter().filter(is_mine))
            .map(|seen| String::from_utf8_lossy(&seen.bytes).into_owned())
            .collect();
        let has =
            |line: &str| answers.iter().any(|a| a.contains("INVITE\r\n") && a.lines().any(|l| l == line));
        let missing = expect.answers.iter().filter(|line| !has(line));
        missing.map(|line| format!("no final response with {line:?}")).collect()
    }

    fn missing_plays(&self, expect: &Expect) -> Option<String> {
        let heard = self.all(|w| match w {
            What::Plays { clips } => Some(clips.join(" ")),
            _ => None,
        });
        let mut heard = heard.iter();
        let missing =
            expect.plays.iter().find(|wanted| !heard.any(|clips| clips.split(' ').any(|c| c == *wanted)));
        missing.map(|wanted| format!("{wanted} was not played, or not in this order"))
    }
}

impl Network {
    fn read(&self) -> Result<Faults, String> {
        Ok(Faults {
            loss_percent: self.loss,
            duplicate_percent: self.duplicate,
            reorder_percent: self.reorder,
            delay: time(self.delay.as_deref(), Faults::NONE.delay)?,
            jitter: time(self.jitter.as_deref(), Duration::ZERO)?,
        })
    }
}

impl Setting {
    fn read(&self) -> Result<EngineSetting, String> {
        let usual = EngineSetting::default();
        Ok(EngineSetting {
            emergency: self.emergency.clone(),
            max_waiting: self.max_waiting.unwrap_or(usual.max_waiting),
            max_calls: self.max_calls.unwrap_or(usual.max_calls),
            ring: time(self.ring.as_deref(), usual.ring)?,
            port_pairs: self.port_pairs.unwrap_or(usual.port_pairs),
            port_delay: time(self.port_delay.as_deref(), usual.port_delay)?,
            store_delay: time(self.store_delay.as_deref(), usual.store_delay)?,
            timer: self.timer(usual.timer)?,
            disk_full: self.disk_full,
            encryption: match self.srtp.as_deref() {
                None => usual.encryption,
                Some("always") => Encryption::Always,
                Some("never") => Encryption::Never,
                Some(other) => return Err(format!("srtp {other}")),
            },
            codecs: self.codecs.as_ref().map_or(Ok(usual.codecs), |names| codecs(names))?,
            webhooks: usual.webhooks,
            pins: usual.pins,
            voice: self.voice.as_deref().map(|v| time(Some(v), Duration::ZERO)).transpose()?,
        })
    }
}

impl Setting {
    fn timer(&self, usual: SessionTimer) -> Result<SessionTimer, String> {
        let expires = match self.session_expires.as_deref() {
            None => usual.expires,
            Some("off") => None,
            some => Some(time(some, Duration::ZERO)?),
        };
        Ok(SessionTimer { expires, min: time(self.min_se.as_deref(), usual.min)? })
    }
}

impl Service {
    fn read(&self) -> Result<(String, (Duration, String)), String> {
        let after = time(self.after.as_deref(), Duration::from_millis(50))?;
        Ok((self.name.clone(), (after, self.answer.clone())))
    }
}

/// What comes of PINs, by their digits; none where there are none.
fn pins(written: &[Pin]) -> Result<Option<Pins>, String> {
    let pins = written.iter().map(Pin::read).collect::<Result<BTreeMap<_, _>, _>>()?;
    Ok((!pins.is_empty()).then_some(pins))
}

impl Pin {
    fn read(&self) -> Result<(String, (Duration, Verification)), String> {
        let after = time(self.after.as_deref(), Duration::from_millis(50))?;
        let verdict = match (self.option.as_deref(), self.verdict.as_deref()) {
            (Some(option), None) => Verdict::Verified(Box::new(self.rights(option)?)),
            (None, Some("trial")) => Verdict::Trial,
            (None, Some("expired")) => Verdict::Expired,
            (_, verdict) => return Err(format!("verdict {verdict:?}")),
        };
        let by = self.by.as_deref().unwrap_or(VerifiedBy::Store.name());
        let by = VerifiedBy::from_name(by).ok_or(format!("by {by}"))?;
        Ok((self.digits.clone(), (after, verdict.said(by))))
    }

    fn rights(&self, option: &str) -> Result<Rights, String> {
        let product = |name: &String| Product::from_name(name).ok_or(format!("product {name}"));
        Ok(Rights {
            customer: "Acme".into(),
            kind: EntitlementKind::Contract,
            value: "C-1".into(),
            option: SupportOption::from_name(option).ok_or(format!("option {option}"))?,
            products: self.products.iter().map(product).collect::<Result<_, _>>()?,
            japanese: self.japanese,
        })
    }
}

impl Desk {
    fn read(&self) -> Result<DeskPhone, String> {
        Ok(DeskPhone {
            name: self.name.clone(),
            desk: self.desk.clone(),
            on_call: on_call(&self.on_call)?,
            reliable: self.reliable,
            script: acts(&self.script)?,
            codecs: self.codecs.as_ref().map_or_else(|| Ok(Codec::ALL.to_vec()), |names| codecs(names))?,
            speaks: self.speaks,
            hears: true,
            encrypts: self.srtp,
        })
    }
}

/// The codecs of these names, best first.
fn codecs(names: &[String]) -> Result<Vec<Codec>, String> {
    let codec = |name: &String| Codec::from_encoding_name(name).ok_or(format!("codec {name}"));
    names.iter().map(codec).collect()
}

/// The number called where a scenario names none.
const SUPPORT: &str = "0120339836";

impl Phone {
    fn read(&self) -> Result<Caller, String> {
        let names = self.codecs.clone().unwrap_or(vec!["pcmu".into(), "pcma".into()]);
        Ok(Caller {
            name: self.name.clone(),
            at: time(self.at.as_deref(), Duration::ZERO)?,
            to: self.to.clone().unwrap_or(SUPPORT.into()),
            from: self.from.clone(),
            transport: match self.transport.as_deref() {
                None => Transport::Udp,
                Some(name) => Transport::named(name).ok_or(format!("transport {name}"))?,
            },
            codecs: codecs(&names)?,
            keys: match self.keys.as_deref() {
                None | Some("event") => KeyStyle::Event,
                Some("info") => KeyStyle::Info,
                Some("tone") => KeyStyle::Inband,
                Some(other) => return Err(format!("keys {other}")),
            },
            patience: time(self.patience.as_deref(), Duration::from_secs(60))?,
            script: acts(&self.script)?,
            speaks: self.speaks,
            hears: true,
            encrypts: self.srtp,
        })
    }
}

impl RudePhone {
    fn read(&self) -> Result<RudeCaller, String> {
        Ok(RudeCaller {
            name: self.name.clone(),
            at: time(self.at.as_deref(), Duration::ZERO)?,
            to: self.to.clone().unwrap_or(SUPPORT.into()),
            from: self.from.clone(),
            script: self.script.iter().map(|m| Move::parse(m)).collect::<Result<_, _>>()?,
        })
    }
}

impl Event {
    fn read(&self) -> Result<(Duration, Happening), String> {
        let what = match self.what.split_once(' ').unwrap_or((&self.what, "")) {
            ("drain", "") => Happening::Drain,
            ("stop", "") => Happening::Stop,
            ("reload", name) => {
                let text = self.plan.as_deref().ok_or("a reload brings a `plan`")?;
                let other = Shipped::load().and_then(|shipped| shipped.with_plan(&Source::new(name, text)));
                Happening::Reload(other.map_err(|e| e.to_string())?)
            }
            ("unplug", name) => Happening::Unplug(name.into()),
            ("loss", percent) => {
                let loss_percent = percent.parse().map_err(|_| format!("loss {percent}"))?;
                Happening::Network(Faults { loss_percent, ..Faults::NONE })
            }
            _ => return Err(format!("`{}` is nothing that happens", self.what)),
        };
        Ok((time(Some(&self.at), Duration::ZERO)?, what))
    }
}

fn time(text: Option<&str>, usual: Duration) -> Result<Duration, String> {
    text.map_or(Ok(usual), |text| duration(text).ok_or(format!("`{text}` is no time")))
}

fn on_call(text: &str) -> Result<OnCall, String> {
    let found = match text.split_once(' ').unwrap_or((text, "")) {
        ("answer", after) => duration(after).map(|after| OnCall::Answer { after }),
        ("busy", "") => Some(OnCall::Refuse(486)),
        ("ring", "") => Some(OnCall::RingForever),
        ("refuse", status) => status.parse().ok().map(OnCall::Refuse),
        _ => None,
    };
    found.ok_or(format!("on_call `{text}`"))
}

fn acts(script: &[String]) -> Result<Vec<Act>, String> {
    script.iter().map(|text| act(text).ok_or(format!("`{text}` is nothing a phone does"))).collect()
}

fn act(text: &str) -> Option<Act> {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("wait", rest) => match rest.strip_prefix("silence ") {
            Some(time) => duration(time).map(Act::WaitForSilence),
            None => duration(rest).map(Act::Wait),
        },
        ("press", keys) => digits(keys).map(Act::Press),
        ("hold", "") => Some(Act::Hold),
        ("resume", "") => Some(Act::Resume),
        ("refer", user) if !user.is_empty() => Some(Act::Refer(user.into())),
        ("hang", "up") => Some(Act::HangUp),
        _ => None,
    }
}
