//! The API of a running engine, made from its settings.

use super::{Refused, Reloader, Running};
use crate::base::{UnixTime, Verification};
use crate::cli::customer::Authority;
use crate::cli::settings::{Desk, FormNames, Settings};
use crate::customer::{Asked, CustomerKey};
use crate::web::{Agent, Api, ApiConfig, Floor, FormDesk, Ladders, People, Phones, Verifier};
use std::sync::Arc;
use std::time::Duration;

/// How long a customer waits for their right to support to be found out.
const VERIFYING: Duration = Duration::from_secs(6);

/// The API of this engine, which sees the messages of its calls, and whose numbers are those of the plans in force.
/// Passwords that the settings have as they are, are hashed first.
///
/// # Errors
/// A password that cannot be used.
pub async fn api(
    running: &mut Running,
    settings: &Settings,
    reloader: Reloader,
) -> Result<Arc<Api>, Refused> {
    let people = settings.agents.iter().filter_map(|(login, agent)| {
        Some((login.clone(), agent.name.clone(), agent.role, agent.password.clone()?))
    });
    let people: Vec<_> = people.collect();
    let agents = settings.agents.iter().map(|(login, agent)| {
        let seat = agent.seat.as_ref().map(|seat| seat.to.to_string());
        (login.clone(), Agent { name: agent.name.clone(), role: agent.role, seat })
    });
    let agents = agents.collect();
    let hashed = tokio::task::spawn_blocking(move || People::new(people)).await.map_err(Refused::line)?;
    let people = hashed.map_err(|(login, bad)| Refused::Line(format!("agents.{login}.password: {bad}")))?;
    let ladders = Arc::new(Ladders::default());
    running.shell.on_wire(ladders.tap());
    let desk = |(name, desk): (&String, &Desk)| {
        let FormNames { ja, en } = desk.case_form.clone()?;
        Some(FormDesk { name: name.clone(), ja, en, language: desk.language })
    };
    let (authority, clock) = (running.authority.clone(), running.clock);
    let verifier = Verifier::new(move |key| verified(authority.clone(), key, clock.now().wall));
    Ok(Arc::new(Api::new(ApiConfig {
        office: running.office(),
        clock: running.clock,
        people,
        agents,
        secure_cookies: settings.secure_cookies,
        recordings: settings.recordings.clone(),
        attachments: settings.attachments.clone(),
        ladders,
        floor: Arc::new(Floor::default()),
        phones: Phones::new(move || reloader.standing().plans.numbers()),
        desks: settings.desks.iter().filter_map(desk).collect(),
        verifier,
    })))
}

/// Whether whoever opens a case on the web has a right to support; none where nobody can say.
async fn verified(authority: Arc<Authority>, key: CustomerKey, at: UnixTime) -> Option<Verification> {
    let said = authority.verify(&Asked::Key(key), at, VERIFYING).await;
    said.inspect_err(|why| tracing::warn!("a case of the web is not verified: {why}")).ok()
}
