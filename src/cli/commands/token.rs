//! `madoguchi token`: the bearer tokens of the API.

use super::{Status, now, on_store, shown};
use crate::cli::access::{self, asked_by};
use crate::cli::output::Format;
use crate::web::Role;
use clap::Subcommand;
use std::path::Path;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a token and show it, once
    #[command(
        after_help = "It is sent as `Authorization: Bearer TOKEN`. The store keeps its SHA-256 alone.\n\
        Example: madoguchi token create --name reports --role viewer --expires 90d"
    )]
    Create(Create),
    /// Show the tokens, newest first
    #[command(after_help = "Example: madoguchi token list")]
    List(List),
    /// Make a token count no more, at once
    #[command(after_help = "Example: madoguchi token revoke 1a2b3c4d5e6f")]
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Who or what it is for, as the audit log shows it
    #[arg(long, value_parser = name)]
    name: String,
    /// What it may do: viewer, agent, supervisor, admin, auditor
    #[arg(long, value_parser = role)]
    role: Role,
    /// How long it counts: 90d, 12h
    #[arg(long, value_name = "TIME", value_parser = lasting)]
    expires: Duration,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct List {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    /// Its id, as `list` shows it
    #[arg(value_name = "ID")]
    id: String,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        on_store(config, async |_, store| {
            let answer = match self.what {
                What::Create(Create { name, role, expires, format }) => {
                    access::create(store, now(), &asked_by(), name, role, expires, format).await
                }
                What::List(List { format }) => access::tokens(store, now(), format).await,
                What::Revoke(Revoke { id }) => access::revoke(store, now(), &asked_by(), &id).await,
            };
            answer.map(|text| shown(&text))
        })
    }
}

fn name(text: &str) -> Result<String, String> {
    let fits = (1..=60).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_string()).ok_or_else(|| "1 to 60 characters".to_string())
}

fn role(text: &str) -> Result<Role, String> {
    let names = Role::NAMES.join(", ");
    Role::from_name(text).ok_or_else(|| format!("one of: {names}"))
}

/// `90d` or `12h`, up to ten years.
fn lasting(text: &str) -> Result<Duration, String> {
    let hours = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "d")) => number.parse::<u32>().ok().and_then(|days| days.checked_mul(24)),
        Some((number, "h")) => number.parse::<u32>().ok(),
        _ => None,
    };
    let fits = hours.filter(|hours| (1..=87_600).contains(hours));
    fits.map(|hours| Duration::from_secs(u64::from(hours) * 3_600))
        .ok_or_else(|| "write it as 90d or 12h, up to 3650d".to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lasts_hours_or_days_and_never_for_ever() {
        assert_eq!(lasting("90d"), Ok(Duration::from_secs(90 * 86_400)));
        assert_eq!(lasting("12h"), Ok(Duration::from_secs(12 * 3_600)));
        for bad in ["", "d", "0d", "3651d", "90", "-1d", "1年"] {
            assert!(lasting(bad).is_err(), "{bad}");
        }
    }
}
