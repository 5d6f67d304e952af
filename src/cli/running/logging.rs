//! Logs: one line a milestone on standard error, as text or JSON.
//!
//! Whoever reads them may be slow, or stop: lines wait for a thread of their own to write them, and where ten thousand
//! wait, more are dropped, and counted. Nothing else ever waits for a log.

use std::str::FromStr;
use std::sync::mpsc;
use std::time::Duration;
use std::{panic, thread};
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// The environment variable that says how much is logged: `info`, `debug`, `madoguchi=debug`.
const VARIABLE: &str = "MADOGUCHI_LOG";

/// Lines that wait to be written.
const WAITING: usize = 10_000;
/// How long lines are written at the end: longer than the guard's own second.
const LAST_LINES: Duration = Duration::from_millis(1_200);

/// Logging, for as long as this is kept; then what waits is written, where that takes no longer than a second.
#[must_use = "what is logged after it is dropped is lost"]
pub struct Logging {
    writer: Option<WorkerGuard>,
    lost: ErrorCounter,
}

impl Logging {
    /// Counts the lines that were dropped.
    pub fn lost(&self) -> ErrorCounter {
        self.lost.clone()
    }
}

impl Drop for Logging {
    /// A guard that cannot hand over its last word complains on standard output, which may be blocked too: that is waited
    /// for no longer than the lines are.
    fn drop(&mut self) {
        let (writer, (done, over)) = (self.writer.take(), mpsc::channel());
        thread::spawn(move || {
            drop(writer);
            let _unheard = done.send(());
        });
        let _late = over.recv_timeout(LAST_LINES);
    }
}

/// `--log-format text|json`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For log collectors: one object a line.
    Json,
}

/// Starts logging, with this much where the environment does not say.
///
/// # Errors
/// The environment says something that is no filter.
pub fn start_logging(format: LogFormat, usual: &str) -> Result<Logging, String> {
    let wanted = std::env::var(VARIABLE).unwrap_or_else(|_| usual.to_string());
    let filter = EnvFilter::from_str(&wanted).map_err(|error| format!("{VARIABLE}=`{wanted}`: {error}"))?;
    let (lines, writer) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .thread_name("log")
        .finish(std::io::stderr());
    let lost = lines.error_counter();
    // A log that nobody reads any more must not stop what is logged: a failed write is not complained of.
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(lines).log_internal_errors(false);
    let started = match format {
        LogFormat::Text => subscriber.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
    started
        .map(|()| Logging { writer: Some(writer), lost })
        .map_err(|error| format!("logging cannot start: {error}"))
}
