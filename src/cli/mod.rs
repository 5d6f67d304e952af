//! The command line: settings, plans and prompts loaded, the other rooms wired together, results printed.
//!
//! Owns: what each command and option is called, where files are read, what is printed and with which
//! status the program ends (0 = good, 1 = the answer is no or the input is bad, 2 = wrong usage).
//! Does not know: what a setting, a plan or a call does.
//!
//! Invariants: data goes to standard output, everything else to standard error; a diagnostic names
//! `file:line:column`; every mistake of all files is reported in one run.
//!
//! To add a command: `commands/<name>.rs`, its line in `commands/mod.rs`.

pub mod access;
pub mod archive;
pub mod calls;
pub mod case;
pub mod check;
mod commands;
pub mod customer;
mod demo;
pub mod dissect;
pub mod doctor;
mod doubts;
pub mod events;
pub mod handset;
pub mod hours;
pub mod library;
pub mod output;
pub mod plans;
mod reading;
pub mod reload;
pub mod remote;
pub mod replay;
pub mod running;
pub mod schema;
pub mod script;
pub mod settings;
pub mod sim;
pub mod simulate;
pub mod skies;
pub mod sla;
pub mod speaker;
pub mod told;
pub mod versions;
pub mod when;
pub mod workplace;

use crate::base::UnixTime;
use clap::Parser;
use rustix::fs::Mode;
use rustix::process::umask;
use std::process::ExitCode;

/// What time it is.
fn now() -> UnixTime {
    crate::net::Clock::start().now().wall
}

/// Parses the command line and does what it says.
pub fn main() -> ExitCode {
    let line = commands::Line::parse();
    if !line.writes_for_everybody() {
        keep_to_ourselves();
    }
    ExitCode::from(line.run())
}

/// What is made from now on (the database, the spool, recordings, attachments, backups) is its owner's alone: it names
/// people and lets in. What is there already stays as open as it is.
fn keep_to_ourselves() {
    let others = Mode::RWXG | Mode::RWXO;
    let before = umask(others);
    umask(before | others);
}
