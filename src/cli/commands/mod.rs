//! The list of commands: each file of this folder is one, with its options, help and example.

mod answer;
mod audit;
mod backup;
mod call;
mod calls;
mod case;
mod check;
mod customer;
mod demo;
mod dissect;
mod doctor;
mod events;
mod graph;
mod hours;
mod openapi;
mod password;
mod plan;
mod print_config;
mod prompts;
mod reload;
mod replay;
mod report;
mod schema;
mod serve;
mod sim;
mod simulate;
mod sla;
mod token;

use super::now;
use super::output::{Format, complain, complain_line, complain_of, print};
use super::reload as answers;
use super::remote::Answer;
use super::settings::{self, Loaded, Settings, Surroundings};
use crate::diag::Diagnostic;
use crate::store::Store;
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

/// The status a command ends with.
type Status = u8;
/// All went well, or the answer is yes.
const GOOD: Status = 0;
/// The answer is no, or the input is bad.
const BAD: Status = 1;
/// The command line makes no sense.
const USAGE: Status = 2;

/// The IVR and telephony routing engine of a support organisation.
#[derive(Debug, Parser)]
#[command(
    name = "madoguchi",
    version,
    about,
    after_help = "Without a command: serve.\n\nExample: madoguchi serve --config /etc/madoguchi.toml"
)]
pub(super) struct Line {
    /// Settings file; without it madoguchi.toml where there is one here, else the built-in defaults
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the engine until SIGTERM or Ctrl-C
    Serve(serve::Args),
    /// Show two calls on loopback: engine, desk phone, Global TAC phone and two callers
    Demo(demo::Args),
    /// Report every mistake in settings, dialplans and prompts, then what was proved
    Check(check::Args),
    /// Call somebody: a test caller over real SIP and RTP
    Call(call::Args),
    /// Answer calls: a test desk phone
    Answer(answer::Args),
    /// Show SIP messages as the engine reads them
    Dissect(dissect::Args),
    /// Walk one call through the dialplan without network
    Simulate(simulate::Args),
    /// Walk past calls through another dialplan: who would have come elsewhere
    Replay(replay::Args),
    /// Draw a dialplan: steps, keys, desks and ends
    Graph(graph::Args),
    /// Show when the desks are open and why they are not
    Hours(hours::Args),
    /// Show when a case's first response and next update are due, and how that was counted
    Sla(sla::Args),
    /// Say what is wrong with the settings, the machine and the lines to carriers, and what to do
    Doctor(doctor::Args),
    /// Show cases from the store
    Case(case::Args),
    /// Show calls from the store
    Calls(calls::Args),
    /// Bearer tokens of the API: make, list, revoke
    Token(token::Args),
    /// Who did what by the API and at the console, and whether that log is whole
    Audit(audit::Args),
    /// Events for receivers outside: what waits, what was given up, and that again
    Events(events::Args),
    /// Print what a password is written as in the settings
    #[command(after_help = password::HELP)]
    Password,
    /// Print the description of the API (OpenAPI 3.1)
    #[command(after_help = openapi::HELP)]
    Openapi,
    /// Save the whole store in one file, while the engine goes on
    #[command(
        after_help = "Recordings are files already: copy the folder of [store] recordings beside it.\n\n\
        Example: madoguchi backup /backup/madoguchi-2026-02-10.db"
    )]
    Backup(backup::Backup),
    /// Put a backup in the place of what the store has; also from SQLite to PostgreSQL and back
    #[command(
        after_help = "Some case numbers are left out after it: callers may have been told them since the backup. Nobody is\n\
        logged in any more; tokens that were revoked since stay so, and those of which the store knows nothing count no\n\
        more (--keep-tokens). The audit log says that it was restored, and in place of which.\n\n\
        Example: madoguchi restore /backup/madoguchi-2026-02-10.db --replace"
    )]
    Restore(backup::Restore),
    /// Show what became of a customer's cases, against what was promised
    Report(report::Args),
    /// Read everything in the store, or in a backup, and say what is wrong with it
    #[command(after_help = "Example: madoguchi verify /backup/madoguchi-2026-02-10.db")]
    Verify(backup::Verify),
    /// Customers and their contracts: bring in, write out, show, verify
    Customer(customer::Args),
    /// Have the running engine read its dialplans and prompts again
    Reload(reload::Args),
    /// Versions of the dialplans: list, compare, go back
    Plan(plan::Args),
    /// Speak, check, list and hear the prompts
    Prompts(prompts::Args),
    /// Random callers over the shipped plan in virtual time, every rule checked
    Sim(sim::Args),
    /// Print the JSON Schema of a dialplan or of the settings, for editors
    Schema(schema::Args),
    /// Print the settings in force, secrets hidden
    PrintConfig(print_config::Args),
}

impl Line {
    /// Whether it writes plans or prompts: whoever runs the engine reads them, and they name nobody.
    pub(super) fn writes_for_everybody(&self) -> bool {
        matches!(self.command, Some(Command::Plan(_) | Command::Prompts(_)))
    }

    /// Does what the line says.
    pub(super) fn run(self) -> Status {
        let config = self.config.as_deref();
        match self.command {
            None => serve::Args::default().run(config),
            Some(Command::Serve(args)) => args.run(config),
            Some(Command::Demo(args)) => args.run(config),
            Some(Command::Check(args)) => args.run(config),
            Some(Command::Simulate(args)) => args.run(config),
            Some(Command::Call(args)) => args.run(config),
            Some(Command::Answer(args)) => args.run(config),
            Some(Command::Dissect(args)) => args.run(),
            Some(Command::Replay(args)) => args.run(config),
            Some(Command::Graph(args)) => args.run(config),
            Some(Command::Hours(args)) => args.run(config),
            Some(Command::Sla(args)) => args.run(config),
            Some(Command::Doctor(args)) => args.run(config),
            Some(Command::Case(args)) => args.run(config),
            Some(Command::Calls(args)) => args.run(config),
            Some(Command::Token(args)) => args.run(config),
            Some(Command::Audit(args)) => args.run(config),
            Some(Command::Events(args)) => args.run(config),
            Some(Command::Password) => password::run(),
            Some(Command::Openapi) => openapi::run(),
            Some(Command::Backup(args)) => args.run(config),
            Some(Command::Restore(args)) => args.run(config),
            Some(Command::Report(args)) => args.run(config),
            Some(Command::Verify(args)) => args.run(config),
            Some(Command::Customer(args)) => args.run(config),
            Some(Command::Reload(args)) => args.run(config),
            Some(Command::Plan(args)) => args.run(config),
            Some(Command::Prompts(args)) => args.run(config),
            Some(Command::Sim(args)) => args.run(),
            Some(Command::Schema(args)) => args.run(),
            Some(Command::PrintConfig(args)) => args.run(config),
        }
    }
}

/// The settings, for commands that need no more; what is wrong with them is printed.
fn settings(config: Option<&Path>) -> Result<Loaded, Status> {
    settings::load(config, &Surroundings::of_process()).map_err(|found| bad(&found))
}

/// Does what waits for files or the network, and says why where that cannot be done.
fn carried_out(work: impl Future<Output = Result<Status, String>>) -> Status {
    runtime().and_then(|runtime| runtime.block_on(work)).unwrap_or_else(|why| {
        complain_line(why);
        BAD
    })
}

/// Does something with the store of the settings.
fn on_store(
    config: Option<&Path>,
    work: impl AsyncFnOnce(&Settings, &Store) -> Result<Status, String>,
) -> Status {
    let settings = match settings(config) {
        Ok(loaded) => loaded.settings,
        Err(status) => return status,
    };
    carried_out(async {
        let store = Store::open_existing(&settings.store_url).await.map_err(|error| error.to_string())?;
        let done = work(&settings, &store).await;
        store.close().await;
        done
    })
}

/// Prints what was asked for.
fn shown(text: &str) -> Status {
    print(text);
    GOOD
}

/// Prints what an engine answered.
fn printed(answer: &Answer, format: Format) -> Status {
    let printed = answers::printed(answer.good, &answer.body, format);
    complain(&printed.stderr);
    print(&printed.stdout);
    printed.exit
}

fn bad(found: &[Diagnostic]) -> Status {
    complain_of(found);
    BAD
}

/// The runtime of commands that wait for files or the network.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_makes_sense_and_every_command_has_an_example() {
        let line = Line::command();
        line.clone().debug_assert();
        for command in line.get_subcommands() {
            let leaves: Vec<_> = command.get_subcommands().collect();
            let leaves = if leaves.is_empty() { vec![command] } else { leaves };
            for leaf in leaves {
                let help = leaf.get_after_help().map(ToString::to_string).unwrap_or_default();
                assert!(help.contains("Example: madoguchi "), "{} has no example", leaf.get_name());
            }
        }
    }
}
