//! What the admin listener asks for, done by the engine that runs beside it.

use super::keeper::Health;
use super::reloading::{Outcome, Reloader, Unanswered};
use super::standing::Came;
use super::{Logging, Running};
use crate::cli::customer::Authority;
use crate::cli::doctor::Seen;
use crate::cli::reload::{plans_json, told};
use crate::cli::versions::{By, FindError, NotPutBack, Wanted};
use crate::net::{ShellHandle, receive_buffer_errors};
use crate::office::Tallies;
use crate::signaling::{PhonePlace, PhoneStanding, TrunkStanding};
use crate::store::json::rfc3339;
use crate::web::{self, Counted, Figures, Problem, ReloadAsk, RollbackAsk};
use serde_json::Value;
use std::sync::Arc;
use tracing_appender::non_blocking::ErrorCounter;

/// A running engine, from outside.
pub struct Operations {
    engine: ShellHandle,
    store: Health,
    authority: Arc<Authority>,
    reloader: Reloader,
    tallies: Arc<Tallies>,
    unlogged: ErrorCounter,
}

impl Operations {
    /// Of this engine, whose plans this reloads.
    pub fn new(running: &Running, reloader: Reloader, logging: &Logging) -> Operations {
        let (engine, store) = (running.handle(), running.keeper.health());
        let (authority, tallies) = (running.authority.clone(), running.tallies());
        Operations { engine, store, authority, reloader, tallies, unlogged: logging.lost() }
    }

    fn store_error(&self) -> Option<String> {
        self.store.error()
    }
}

impl web::Operations for Operations {
    fn ready(&self) -> Result<String, String> {
        if !self.engine.is_serving() {
            return Err("draining: calls in progress finish, new ones are refused".to_string());
        }
        if let Some(error) = self.store_error() {
            return Err(format!("the store fails: {error}"));
        }
        let trunks = self.engine.trunks();
        let line = |(name, standing): (&Arc<str>, &TrunkStanding)| {
            format!("trunk {name}: {}\n", standing.in_words())
        };
        let lines: String = trunks.iter().map(line).collect();
        match trunks.values().all(|standing| !standing.is_usable()) && !trunks.is_empty() {
            true => Err(format!("no trunk can be used: {}", lines.trim_end().replace('\n', "; "))),
            false => Ok(lines),
        }
    }

    fn figures(&self) -> Figures {
        let (standing, counts) = (self.reloader.standing(), self.engine.counts());
        let plan = |plan: &std::sync::Arc<crate::dialplan::Plan>| {
            (plan.name().to_string(), plan.content_hash().to_string())
        };
        let counted = counts.named().into_iter().map(|(name, help, count)| Counted { name, help, count });
        let dropped = Counted {
            name: "udp_receive_buffer_errors",
            help: "UDP datagrams of any program of this machine that found the buffer of their socket full",
            count: receive_buffer_errors(),
        };
        let unlogged = Counted {
            name: "log_lines_dropped",
            help: "Lines of the log that were dropped because nobody read it fast enough",
            count: self.unlogged.dropped_lines() as u64,
        };
        Figures {
            calls_up: counts.calls_started.saturating_sub(counts.calls_gone),
            ready: web::Operations::ready(self).is_ok(),
            store_failing: self.store_error().is_some(),
            plans: standing.plans.plans().iter().map(plan).collect(),
            reload_refused: standing.refused,
            reload_good_at: u64::try_from(standing.good_at.as_millis() / 1_000).unwrap_or(0),
            reloads: standing.attempts().collect(),
            counted: counted.chain([dropped, unlogged]).collect(),
            trunks: self.engine.trunks().into_values().collect(),
            phones: self.engine.phones().into_values().collect(),
            receivers: self.tallies.figures(),
            lookups: self.authority.counts(),
        }
    }

    fn plans(&self) -> Value {
        plans_json(&self.reloader.standing())
    }

    fn trunks(&self) -> Value {
        let seen: Vec<Seen> = self.engine.trunks().values().map(Seen::of).collect();
        serde_json::json!({ "trunks": seen })
    }

    fn phones(&self) -> Value {
        let phones: Vec<Value> = self.engine.phones().values().map(registered).collect();
        serde_json::json!({ "phones": phones })
    }

    async fn reload(&self, ask: ReloadAsk) -> Result<Value, Problem> {
        answer(self.reloader.reload(By::Reload(ask.by)).await.map_err(unanswered)?)
    }

    async fn roll_back(&self, ask: RollbackAsk) -> Result<Value, Problem> {
        let wanted: Wanted = ask.version.parse().map_err(|error| not_put_back(NotPutBack::Find(error)))?;
        let done = self.reloader.roll_back(wanted, By::Rollback(ask.by)).await.map_err(unanswered)?;
        let (put_back, outcome) = done.map_err(not_put_back)?;
        let mut value = answer(outcome)?;
        if let Value::Object(members) = &mut value {
            members.insert("file".into(), put_back.file.display().to_string().into());
            members.insert("version".into(), put_back.version.version().into());
            members.insert("instead_of".into(), put_back.instead_of.into());
        }
        Ok(value)
    }
}

/// Where a phone is registered, as JSON.
fn registered(standing: &PhoneStanding) -> Value {
    let place = |place: &PhonePlace| {
        serde_json::json!({
            "contact": place.contact.to_string(),
            "transport": place.flow.transport.name(),
            "address": place.flow.remote.to_string(),
            "expires_at": rfc3339(place.until),
        })
    };
    let places: Vec<Value> = standing.places.iter().map(place).collect();
    serde_json::json!({ "phone": &*standing.phone, "places": places })
}

/// What came of a reload: a refusal is a problem with everything found.
fn answer(outcome: Outcome) -> Result<Value, Problem> {
    let value = told(outcome.came, &outcome.found, &outcome.plans);
    match outcome.came {
        Came::InForce | Came::Unchanged => Ok(value),
        Came::Refused => Err(refused("the plans that were in force stay", value)),
    }
}

fn refused(detail: &str, value: Value) -> Problem {
    let problem = Problem::new(422, "plans-refused", "Dialplans or prompts have mistakes", detail);
    let Value::Object(members) = value else { return problem };
    members.into_iter().fold(problem, |problem, (name, value)| problem.with(&name, value))
}

fn unanswered(why: Unanswered) -> Problem {
    Problem::new(503, "not-reloaded", "Nothing was reloaded", why.to_string())
}

fn not_put_back(why: NotPutBack) -> Problem {
    let detail = why.to_string();
    let (status, kind) = match why {
        NotPutBack::Wrong(found) => {
            return refused(
                &detail,
                serde_json::json!({ "diagnostics": crate::cli::reload::diagnostics(&found) }),
            );
        }
        NotPutBack::Find(FindError::Unreadable(_)) => (400, "no-version"),
        NotPutBack::Find(FindError::None(_)) => (404, "no-version"),
        NotPutBack::Find(FindError::Several { .. }) => (409, "several-versions"),
        NotPutBack::NoFile { .. } => (409, "no-file"),
        NotPutBack::Find(FindError::Store(_))
        | NotPutBack::NotKept(_)
        | NotPutBack::NotWritten { .. }
        | NotPutBack::Broken(_) => (500, "not-put-back"),
    };
    Problem::new(status, kind, "The version was not put back", detail)
}
