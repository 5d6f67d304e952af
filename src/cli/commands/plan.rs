//! `madoguchi plan`: the versions of dialplans that were in force, their differences, and the way back.

use super::{GOOD, Status, bad, carried_out, now, printed, settings};
use crate::cli::library::Decoded;
use crate::cli::output::{self, Format, print};
use crate::cli::plans;
use crate::cli::remote::{NoAnswer, ask, asker};
use crate::cli::settings::Settings;
use crate::cli::versions::{self, By, NotPutBack, PutBack, Wanted};
use crate::store::Store;
use clap::Subcommand;
use serde_json::json;
use std::fmt::Display;
use std::path::Path;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show which versions were in force, newest first
    #[command(after_help = "Example: madoguchi plan list")]
    List(List),
    /// Show what changed from one version to another
    #[command(after_help = "A version is the beginning of its hash, or NAME@HASH.\n\
        Example: madoguchi plan diff 1a2b")]
    Diff(Diff),
    /// Put an older version back into its file, and in force where an engine runs
    #[command(
        after_help = "The version is checked against today's settings, prompts and other plans first. What lay in\n\
        the file is kept as a version too.\n\
        Example: madoguchi plan rollback 1a2b"
    )]
    Rollback(Rollback),
}

#[derive(Debug, clap::Args)]
struct List {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Diff {
    /// The version to begin with
    #[arg(value_name = "A")]
    from: String,
    /// The version to end with; without it what is in the file now
    #[arg(value_name = "B")]
    to: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Rollback {
    /// The version to go back to
    #[arg(value_name = "HASH")]
    version: String,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let settings = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let work = async {
            match self.what {
                What::List(list) => list.run(&settings).await,
                What::Diff(diff) => diff.run(&settings).await,
                What::Rollback(rollback) => rollback.run(&settings).await,
            }
        };
        carried_out(work)
    }
}

impl List {
    async fn run(self, settings: &Settings) -> Result<Status, String> {
        let store = Store::open_existing(&settings.store_url).await.map_err(text)?;
        let versions = store.plan_versions().await.map_err(text)?;
        store.close().await;
        print(&versions::list(&versions, &settings.dialplans, self.format));
        Ok(GOOD)
    }
}

impl Diff {
    async fn run(self, settings: &Settings) -> Result<Status, String> {
        let wanted = |text: &str| text.parse::<Wanted>().map_err(self::text);
        let store = Store::open_existing(&settings.store_url).await.map_err(text)?;
        let from = wanted(&self.from)?.find(&store).await.map_err(text)?;
        let (name, to) = match &self.to {
            Some(to) => {
                let to = wanted(to)?.find(&store).await.map_err(text)?;
                (to.version(), to.text)
            }
            None => match in_file(settings, &from.name)? {
                Ok(now) => now,
                Err(status) => return Ok(status),
            },
        };
        store.close().await;
        print(&versions::diff((&from.version(), &from.text), (&name, &to)));
        Ok(GOOD)
    }
}

/// The name and the text of a plan's file.
fn in_file(settings: &Settings, plan: &str) -> Result<Result<(String, String), Status>, String> {
    let file = versions::file_of(&settings.dialplans, plan);
    let file = file.ok_or_else(|| format!("plan {plan} has no file: name a version to end with"))?;
    Ok(plans::read(&file)
        .map(|source| (source.name().to_string(), source.text().to_string()))
        .map_err(|found| bad(&found)))
}

impl Rollback {
    async fn run(self, settings: &Settings) -> Result<Status, String> {
        let question = json!({ "by": asker(), "version": self.version });
        match ask(settings.admin, "/plans/rollback", &question).await {
            Ok(answer) => Ok(printed(&answer, self.format)),
            Err(NoAnswer::NobodyThere(_)) => self.without_engine(settings).await,
            Err(why) => Err(why.to_string()),
        }
    }

    async fn without_engine(self, settings: &Settings) -> Result<Status, String> {
        let wanted: Wanted = self.version.parse().map_err(text)?;
        let store = Store::open_existing(&settings.store_url).await.map_err(text)?;
        let by = By::Rollback(asker());
        let done = versions::put_back(&store, settings, &Decoded::default(), &wanted, &by, now()).await;
        store.close().await;
        match done {
            Ok(put_back) => {
                print(&without_engine(&put_back, self.format));
                Ok(GOOD)
            }
            Err(NotPutBack::Wrong(found)) => Ok(bad(&found)),
            Err(why) => Err(why.to_string()),
        }
    }
}

/// What is printed where nothing could come into force.
fn without_engine(put_back: &PutBack, format: Format) -> String {
    let (version, file) = (put_back.version.version(), put_back.file.display());
    match format {
        Format::Text => {
            format!("{version} is in {file} again; no engine runs, the next takes it at its start\n")
        }
        Format::Json => output::json(&json!({
            "result": "in-file",
            "version": version,
            "file": file.to_string(),
            "instead_of": put_back.instead_of,
        })),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}
