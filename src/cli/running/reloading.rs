//! Plans and prompts read again while the engine runs: checked first, in force only where they are good.
//!
//! One task takes every request in turn, whoever asks, and answers them. The settings stay as they
//! were at the start: the engine's desks and queues are theirs, so that plans are checked against what
//! it knows.

use super::Running;
use super::keeper::Versions;
use super::standing::{Came, Standing};
use crate::base::UnixTime;
use crate::cli::versions::{self, By, NotPutBack, PutBack, Wanted};
use crate::cli::workplace::Workplace;
use crate::diag::{Diagnostic, Severity, Source};
use crate::dialplan::PlanSet;
use crate::net::{Clock, Gone, Hangups, Identity, ShellHandle};
use crate::node::Input;
use crate::store::Store;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{debug, error, info, warn};

/// Requests that wait for their turn.
const WAITING: usize = 16;

/// What came of a reload.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether it is in force.
    pub came: Came,
    /// Everything found; where nothing is an error, what is doubtful.
    pub found: Vec<Diagnostic>,
    /// The plans in force after it.
    pub plans: Arc<PlanSet>,
}

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// As many as can wait do; each of them reads the files later than now.
    #[error("too many reloads wait already")]
    Busy,
    /// The engine has ended.
    #[error("the engine has ended")]
    Ended,
}

enum Request {
    Reload(By, oneshot::Sender<Outcome>),
    RollBack(Wanted, By, oneshot::Sender<Result<(PutBack, Outcome), NotPutBack>>),
}

/// Asks for reloads. Cheap to clone.
#[derive(Clone)]
pub struct Reloader {
    requests: mpsc::Sender<Request>,
    standing: watch::Receiver<Standing>,
}

impl Reloader {
    /// Has plans and prompts read again, in its turn.
    ///
    /// # Errors
    /// Nothing was read.
    pub async fn reload(&self, by: By) -> Result<Outcome, Unanswered> {
        self.ask(|answer| Request::Reload(by, answer)).await
    }

    /// Has an older version put back into its file and in force, in its turn.
    ///
    /// # Errors
    /// Nothing was read.
    pub async fn roll_back(
        &self,
        wanted: Wanted,
        by: By,
    ) -> Result<Result<(PutBack, Outcome), NotPutBack>, Unanswered> {
        self.ask(|answer| Request::RollBack(wanted, by, answer)).await
    }

    /// How things stand now.
    pub fn standing(&self) -> Standing {
        self.standing.borrow().clone()
    }

    /// Reloads at every SIGHUP until the engine has ended.
    pub async fn obey(self, mut hangups: Hangups) {
        while hangups.next().await.is_some() {
            match self.reload(By::Sighup).await {
                Err(Unanswered::Ended) => return,
                Err(busy) => info!("SIGHUP: {busy}"),
                Ok(_) => {}
            }
        }
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Unanswered> {
        let (answer, answered) = oneshot::channel();
        self.requests.try_send(request(answer)).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Unanswered::Busy,
            mpsc::error::TrySendError::Closed(_) => Unanswered::Ended,
        })?;
        answered.await.map_err(|_| Unanswered::Ended)
    }
}

/// Reloads for a running engine.
pub struct Reloading {
    /// What is in force.
    workplace: Arc<Workplace>,
    engine: ShellHandle,
    store: Store,
    versions: Versions,
    clock: Clock,
    identity: Option<Arc<Identity>>,
    requests: mpsc::Receiver<Request>,
    standing: watch::Sender<Standing>,
}

impl Reloading {
    /// For this engine, which began with this workplace.
    pub fn new(workplace: Workplace, running: &Running) -> (Reloading, Reloader) {
        let (ask, requests) = mpsc::channel(WAITING);
        let clock = running.clock;
        let (standing, seen) = watch::channel(Standing::at_start(workplace.plans.clone(), clock.now().wall));
        let reloading = Reloading {
            workplace: Arc::new(workplace),
            engine: running.handle(),
            store: running.store.clone(),
            versions: running.keeper.versions(),
            clock,
            identity: running.identity.clone(),
            requests,
            standing,
        };
        (reloading, Reloader { requests: ask, standing: seen })
    }

    /// Takes requests until the engine has ended.
    pub async fn serve(mut self) {
        while let Some(request) = self.requests.recv().await {
            if let Err(Gone) = self.carry_out(request).await {
                return;
            }
        }
    }

    /// Whoever asked may have gone meanwhile: what came of it is in the log and in the standing too.
    async fn carry_out(&mut self, request: Request) -> Result<(), Gone> {
        match request {
            Request::Reload(by, answer) => {
                let _gone = answer.send(self.reload(by).await?);
            }
            Request::RollBack(wanted, by, answer) => {
                let _gone = answer.send(self.roll_back(&wanted, by).await?);
            }
        }
        Ok(())
    }

    async fn roll_back(
        &mut self,
        wanted: &Wanted,
        by: By,
    ) -> Result<Result<(PutBack, Outcome), NotPutBack>, Gone> {
        let (settings, decoded) = (&self.workplace.settings, self.workplace.decoded());
        match versions::put_back(&self.store, settings, decoded, wanted, &by, self.now()).await {
            Ok(put_back) => {
                info!("{by}: {} is in {} again", put_back.version.version(), put_back.file.display());
                let outcome = self.reload(by).await?;
                Ok(Ok((put_back, outcome)))
            }
            Err(why) => {
                warn!("{by}: {wanted} was not put back: {why}");
                Ok(Err(why))
            }
        }
    }

    /// Files are read and prompts decoded on a thread of their own: calls go on meanwhile.
    async fn reload(&mut self, by: By) -> Result<Outcome, Gone> {
        self.renew_certificate(&by);
        let before = self.workplace.clone();
        let (came, found) = match tokio::task::spawn_blocking(move || before.reloaded()).await {
            Ok(Ok(workplace)) => self.take(workplace, &by).await?,
            Ok(Err(found)) => (Came::Refused, found),
            Err(broken) => (Came::Refused, vec![check_failed(&broken)]),
        };
        let (plans, now) = (self.workplace.plans.clone(), self.now());
        self.standing.send_modify(|standing| standing.note(came, &plans, &by, now));
        found.iter().for_each(log);
        let versions = plans.versions();
        match came {
            Came::InForce => info!("{by}: in force for new calls: {versions}"),
            // What follows every command that writes files, and every editor that writes others beside them.
            Came::Unchanged if by == By::FileChange => debug!("{by}: nothing changed"),
            Came::Unchanged => info!("{by}: nothing changed, in force: {versions}"),
            Came::Refused => {
                error!("{by}: not reloaded ({}), plans that stay in force: {versions}", errors(&found));
            }
        }
        Ok(Outcome { came, found, plans })
    }

    /// Reads our certificate again: two small files.
    fn renew_certificate(&self, by: &By) {
        match self.identity.as_ref().map(|identity| identity.renew()) {
            None | Some(Ok(false)) => {}
            Some(Ok(true)) => info!("{by}: new connections over TLS see the renewed certificate"),
            Some(Err(error)) => error!("{by}: the certificate shown over TLS stays as it is: {error}"),
        }
    }

    /// Puts a workplace in force, unless it is what is in force already.
    async fn take(&mut self, workplace: Workplace, by: &By) -> Result<(Came, Vec<Diagnostic>), Gone> {
        let warnings = workplace.warnings.clone();
        if workplace.plays_as(&self.workplace) {
            return Ok((Came::Unchanged, warnings));
        }
        let (plans, library) = (workplace.plans.clone(), workplace.library.clone());
        let versions = versions::in_force(&plans, by, self.now());
        self.engine.input(Input::Plans { plans, library }).await?;
        self.workplace = Arc::new(workplace);
        self.versions.keep(versions).await;
        Ok((Came::InForce, warnings))
    }

    fn now(&self) -> UnixTime {
        self.clock.now().wall
    }
}

fn check_failed(broken: &tokio::task::JoinError) -> Diagnostic {
    let nothing = Source::new("dialplans", "");
    Diagnostic::error("check-failed", &nothing, 0..0, format!("the check itself failed: {broken}"))
}

fn errors(found: &[Diagnostic]) -> String {
    let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
    format!("{errors} error{}", if errors == 1 { "" } else { "s" })
}

fn log(diagnostic: &Diagnostic) {
    let line = line(diagnostic);
    match diagnostic.severity {
        Severity::Error => error!("{line}"),
        Severity::Warning => warn!("{line}"),
    }
}

/// One line, whatever the file holds: `file:line:column: message [code]; help`.
fn line(diagnostic: &Diagnostic) -> String {
    let Diagnostic { code, message, help, .. } = diagnostic;
    let (file, at, column) = (diagnostic.file(), diagnostic.line(), diagnostic.column());
    let help = help.as_ref().map_or(String::new(), |help| format!("; {help}"));
    let text = format!("{file}:{at}:{column}: {message} [{code}]{help}");
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_is_one_line_with_its_place_its_code_and_what_to_type() {
        let source = Source::new("a.toml", "ok = 1\n  b\u{1b} = 2\n");
        let found = Diagnostic::error("unknown-key", &source, 9..10, "unknown key `b\u{1b}\n`");
        assert_eq!(line(&found), "a.toml:2:3: unknown key `b\\u{1b}\\n` [unknown-key]");
        assert_eq!(
            line(&found.help("did you mean `a`?")),
            "a.toml:2:3: unknown key `b\\u{1b}\\n` [unknown-key]; did you mean `a`?"
        );
    }
}
