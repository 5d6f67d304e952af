//! `madoguchi simulate`: one call walked without network, or a file of them.

use super::{BAD, GOOD, Status, USAGE, bad, now};
use crate::base::{Moment, UnixTime};
use crate::cli::customer::{self, Book};
use crate::cli::output::{Format, complain_line, complain_of, print};
use crate::cli::script::{self, FROM};
use crate::cli::settings::Settings;
use crate::cli::simulate::{Ask, SimulateError, run};
use crate::cli::told::{Knowing, Told};
use crate::cli::workplace::{Verifier, Workplace};
use crate::customer::PinKey;
use crate::diag::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "KEYS are digits, * and #; `,` lets the current prompt end and waits a second; `p` lets a timeout\n\
    pass. The caller stays on the line after the last key.\n\
    A script is TOML, a table a call; status 1 where one does not come as expected:\n\
    \x20 [[call]]\n\
    \x20 to = \"0120339836\"\n\
    \x20 at = \"2026-02-10T10:00+09:00\"  # now where it is left out\n\
    \x20 keys = \"21\"\n\
    \x20 pin = \"471108\"  # typed where it is asked for; product, option, new_pricing, japanese_support as the options below\n\
    \x20 expect = { queue = \"japan-technical\", language = \"ja\", interpreter = false }  # or dial, or hangup\n\
    Example: madoguchi simulate --to 0120339836 --keys 21 --at 2026-02-10T10:00+09:00\n\
    Example: madoguchi simulate --to 0120339836 --keys 21 --product calling --option enhanced\n\
    Example: madoguchi simulate --to 0120339836 --keys 21 --pin 471108 --customers customers.csv\n\
    Example: madoguchi simulate --script calls.toml"
)]
pub(super) struct Args {
    /// The number called
    #[arg(long, value_name = "NUMBER", required_unless_present = "script")]
    to: Option<String>,
    /// The caller's number
    #[arg(long, value_name = "NUMBER", default_value = FROM)]
    from: String,
    /// When, as RFC 3339; now where it is left out
    #[arg(long, value_name = "RFC3339")]
    at: Option<String>,
    /// What the caller presses
    #[arg(long, default_value = "")]
    keys: String,
    /// Many calls, each with what is expected of it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["to", "from", "at", "keys"])]
    script: Option<PathBuf>,
    /// This plan in place of the settings' plans
    #[arg(long, value_name = "FILE")]
    dialplan: Option<PathBuf>,
    #[command(flatten)]
    told: Told,
    /// Customers (a table as `customer import` takes it) in place of the store's
    #[arg(long, value_name = "FILE.csv")]
    customers: Option<PathBuf>,
    /// What a webhook answers; where it is left out the deadline passes
    #[arg(long = "answer", value_name = "WEBHOOK=WORD")]
    answers: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        let at = match self.at.as_deref().map(Moment::parse) {
            None => Moment::japan(now()),
            Some(Ok(at)) => at,
            Some(Err(what)) => return usage(&SimulateError { option: "--at", what }),
        };
        let mut workplace = match Workplace::load(config, self.dialplan.as_deref()) {
            Ok(workplace) => workplace,
            Err(found) => return bad(&found),
        };
        match answers(&self.answers, &workplace) {
            Ok(answers) => workplace.answers = answers,
            Err(error) => return usage(&error),
        }
        let walking = match self.book().and_then(Walking::new) {
            Ok(walking) => walking,
            Err(status) => return status,
        };
        complain_of(&workplace.warnings);
        let status = match &self.script {
            Some(script) => self.run_script(script, workplace, &walking),
            None => self.run_call(at, workplace, &walking),
        };
        walking.end();
        status
    }

    fn run_call(&self, at: Moment, mut workplace: Workplace, walking: &Walking) -> Status {
        workplace.known = self.told.known();
        workplace.verifier = walking.verifier(&self.told, &workplace.settings, at.at());
        let to = self.to.as_deref().unwrap_or_default();
        let ask = Ask { to, from: &self.from, at, keys: &self.keys, pin: self.told.pin.as_ref() };
        match run(&workplace.plans, &workplace, &ask, self.format) {
            Ok(text) => {
                print(&text);
                GOOD
            }
            Err(error) => usage(&error),
        }
    }

    /// The customers of the command line.
    fn book(&self) -> Result<Option<Book>, Status> {
        let Some(file) = &self.customers else { return Ok(None) };
        let (_, lines) = customer::read_file(file).map_err(|found| bad(&found))?;
        let key = PinKey::new(b"for this walk alone").expect("long enough");
        Ok(Some(Book::of_lines(key, lines)))
    }

    fn run_script(&self, file: &Path, mut workplace: Workplace, walking: &Walking) -> Status {
        let name = file.display().to_string();
        let source = match std::fs::read_to_string(file) {
            Ok(text) => Source::new(&name, &text),
            Err(error) => {
                complain_line(format!("cannot read {name}: {error}"));
                return BAD;
            }
        };
        let calls = match script::read(&source, &workplace, now()) {
            Ok(calls) => calls,
            Err(found) => return bad(&found),
        };
        let verifier = |told: &Told, settings: &Settings, at| walking.verifier(told, settings, at);
        match script::run(&calls, &mut workplace, verifier, self.format) {
            Ok((shown, unmet)) => {
                print(&shown);
                complain_of(&unmet);
                if unmet.is_empty() { GOOD } else { BAD }
            }
            Err(error) => usage(&error),
        }
    }
}

/// Who says whose PIN is typed, in all the calls that are walked.
struct Walking {
    runtime: Runtime,
    knowing: Knowing,
}

impl Walking {
    fn new(book: Option<Book>) -> Result<Walking, Status> {
        let runtime = super::runtime().map_err(|error| {
            complain_line(error);
            BAD
        })?;
        Ok(Walking { runtime, knowing: Knowing::of(book) })
    }

    /// Of this call; where nobody can say, that is complained of.
    fn verifier(&self, told: &Told, settings: &Settings, at: UnixTime) -> Verifier {
        let verifier = self.runtime.block_on(told.verifier(&self.knowing, settings, at));
        verifier.unwrap_or_else(|why| {
            complain_line(format!("nobody says whose PIN this is: {why}"));
            Verifier::Settings
        })
    }

    fn end(self) {
        self.runtime.block_on(self.knowing.close());
    }
}

/// Each webhook with its answer.
fn answers(written: &[String], workplace: &Workplace) -> Result<BTreeMap<String, String>, SimulateError> {
    let wrong = |what: String| SimulateError { option: "--answer", what };
    let read = |text: &String| {
        let pair = text.split_once('=');
        let (name, word) = pair.ok_or_else(|| wrong(format!("`{text}`: write it as WEBHOOK=WORD")))?;
        match workplace.settings.webhooks.contains_key(name) {
            true => Ok((name.to_string(), word.to_string())),
            false => Err(wrong(format!("there is no webhook `{name}` in the settings"))),
        }
    };
    written.iter().map(read).collect()
}

fn usage(error: &SimulateError) -> Status {
    complain_line(error);
    USAGE
}
