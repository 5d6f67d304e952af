//! Plans and prompts read again while the engine runs: checked first, in force only where they are good.

use crate::cli::workplace::Workplace;
use crate::diag::{Diagnostic, Severity};
use crate::net::{Gone, Hangups, ShellHandle};
use crate::node::Input;
use std::sync::Arc;
use tracing::{error, warn};

/// Reloads for a running engine. The settings stay as they were at the start: the engine's desks and
/// queues are theirs, so that plans are checked against what it knows.
#[derive(Debug)]
pub struct Reloading {
    /// What is in force.
    workplace: Arc<Workplace>,
    engine: ShellHandle,
}

impl Reloading {
    /// For this engine, which began with this workplace.
    pub fn new(workplace: Workplace, engine: ShellHandle) -> Reloading {
        Reloading { workplace: Arc::new(workplace), engine }
    }

    /// Reloads at every SIGHUP until the engine has ended.
    pub async fn obey(mut self, mut hangups: Hangups) {
        while hangups.next().await.is_some() {
            if let Err(Gone) = self.reload().await {
                return;
            }
        }
    }

    /// Files are read and prompts decoded on a thread of their own: calls go on meanwhile.
    async fn reload(&mut self) -> Result<(), Gone> {
        let before = self.workplace.clone();
        match tokio::task::spawn_blocking(move || before.reloaded()).await {
            Ok(Ok(workplace)) => self.put_in_force(workplace).await?,
            Ok(Err(found)) => self.refuse(&found),
            Err(broken) => self.keep(&format!("the check itself failed: {broken}")),
        }
        Ok(())
    }

    /// The engine says in its journal when it has taken them.
    async fn put_in_force(&mut self, workplace: Workplace) -> Result<(), Gone> {
        workplace.warnings.iter().for_each(log);
        let (plans, library) = (workplace.plans.clone(), workplace.library.clone());
        self.engine.input(Input::Plans { plans, library }).await?;
        self.workplace = Arc::new(workplace);
        Ok(())
    }

    fn refuse(&self, found: &[Diagnostic]) {
        found.iter().for_each(log);
        let errors = found.iter().filter(|d| d.severity == Severity::Error).count();
        self.keep(&format!("{errors} error{}", if errors == 1 { "" } else { "s" }));
    }

    fn keep(&self, why: &str) {
        error!("not reloaded ({why}), plans that stay in force: {}", self.workplace.plans.versions());
    }
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
    use crate::diag::Source;

    #[test]
    fn a_diagnostic_is_one_line_with_its_place_its_code_and_what_to_type() {
        let source = Source::new("a.toml", "ok = 1\n  b\u{1b} = 2\n");
        let found = Diagnostic::error("unknown-key", &source, 9..10, "unknown key `b\u{1b}\n`");
        assert_eq!(line(&found), "a.toml:2:3: unknown key `b  ` [unknown-key]");
        assert_eq!(
            line(&found.help("did you mean `a`?")),
            "a.toml:2:3: unknown key `b  ` [unknown-key]; did you mean `a`?"
        );
    }
}
