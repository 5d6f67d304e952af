//! `madoguchi case list` and `case show`: cases from the store of the settings.

use super::{Status, on_store, shown};
use crate::base::Number;
use crate::case::{CaseNumber, Severity, Stage};
use crate::cli::case::{list, show};
use crate::cli::output::Format;
use crate::store::Filter;
use clap::Subcommand;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show cases, newest first
    #[command(after_help = "Example: madoguchi case list --desk japan --limit 10")]
    List(List),
    /// Show one case with what happened
    #[command(after_help = "Example: madoguchi case show 600000012")]
    Show(Show),
}

#[derive(Debug, clap::Args)]
struct List {
    /// How far the cases have come: new, waiting, with-desk, handed-on, closed
    #[arg(long, value_parser = stage)]
    stage: Option<Stage>,
    /// Their desk
    #[arg(long, value_name = "NAME")]
    desk: Option<String>,
    /// How bad they are: S1, S2, S3, S4
    #[arg(long, value_parser = super::sla::severity)]
    severity: Option<Severity>,
    /// Who called
    #[arg(long, value_name = "NUMBER", value_parser = caller)]
    caller: Option<Number>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// The case to begin with, from the end of the list before
    #[arg(long, value_name = "CASE", value_parser = case_number)]
    from: Option<CaseNumber>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// The case's number
    #[arg(value_name = "CASE")]
    number: String,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        on_store(config, async |_, store| {
            let answer = match self.what {
                What::List(ask) => {
                    let List { stage, desk, severity, caller, limit, from, format } = ask;
                    let filter = Filter { stage, desk, severity, caller, ..Filter::default() };
                    list(store, &filter, limit, from, format).await.map_err(|error| error.to_string())
                }
                What::Show(ask) => {
                    show(store, &ask.number, ask.format).await.map_err(|error| error.to_string())
                }
            };
            answer.map(|text| shown(&text))
        })
    }
}

fn stage(text: &str) -> Result<Stage, String> {
    Stage::from_name(text).ok_or_else(|| format!("one of: {}", Stage::NAMES.join(", ")))
}

fn caller(text: &str) -> Result<Number, String> {
    Number::parse(text).ok_or_else(|| "no telephone number".to_string())
}

pub(super) fn case_number(text: &str) -> Result<CaseNumber, String> {
    CaseNumber::parse(text).map_err(|error| error.to_string())
}
