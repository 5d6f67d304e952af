//! Logs: one line a milestone on standard error, as text or JSON.

use std::str::FromStr;
use tracing_subscriber::EnvFilter;

/// The environment variable that says how much is logged: `info`, `debug`, `madoguchi=debug`.
const VARIABLE: &str = "MADOGUCHI_LOG";

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
pub fn start_logging(format: LogFormat, usual: &str) -> Result<(), String> {
    let wanted = std::env::var(VARIABLE).unwrap_or_else(|_| usual.to_string());
    let filter = EnvFilter::from_str(&wanted).map_err(|error| format!("{VARIABLE}=`{wanted}`: {error}"))?;
    // A log that nobody reads any more must not stop what is logged: a failed write is not complained of.
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .log_internal_errors(false);
    let started = match format {
        LogFormat::Text => subscriber.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    started.map_err(|error| format!("logging cannot start: {error}"))
}
