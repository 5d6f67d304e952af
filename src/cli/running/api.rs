//! The API of a running engine, made from its settings.

use super::{Refused, Running};
use crate::cli::workplace::Workplace;
use crate::web::{Api, ApiConfig, Floor, Ladders, People};
use std::sync::Arc;

/// The API of this engine, which sees the messages of its calls. Passwords that the settings have as they are, are hashed first.
///
/// # Errors
/// A password that cannot be used.
pub async fn api(running: &mut Running, workplace: &Workplace) -> Result<Arc<Api>, Refused> {
    let settings = &workplace.settings;
    let people = settings.agents.iter().filter_map(|(login, agent)| {
        Some((login.clone(), agent.name.clone(), agent.role, agent.password.clone()?))
    });
    let people: Vec<_> = people.collect();
    let hashed = tokio::task::spawn_blocking(move || People::new(people)).await.map_err(Refused::line)?;
    let people = hashed.map_err(|(login, bad)| Refused::Line(format!("agents.{login}.password: {bad}")))?;
    let ladders = Arc::new(Ladders::default());
    running.shell.on_wire(ladders.tap());
    let numbers = workplace.plans.plans().iter().flat_map(|plan| plan.numbers());
    Ok(Arc::new(Api::new(ApiConfig {
        office: running.office(),
        clock: running.clock,
        people,
        secure_cookies: settings.secure_cookies,
        recordings: settings.recordings.clone(),
        attachments: settings.attachments.clone(),
        ladders,
        floor: Arc::new(Floor::default()),
        phones: numbers.map(|number| number.national()).collect(),
    })))
}
