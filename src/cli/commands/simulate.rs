//! `madoguchi simulate`: one call walked without network, or a file of them.

use super::{BAD, GOOD, Status, USAGE, bad, now};
use crate::base::{
    EntitlementKind, Known, Moment, Product, Rights, Secret, SupportOption, UnixTime, Verdict, VerifiedBy,
};
use crate::cli::customer::{self, Book, Proof};
use crate::cli::output::{Format, complain_line, complain_of, print};
use crate::cli::script::{self, FROM};
use crate::cli::settings::Settings;
use crate::cli::simulate::{Ask, SimulateError, run};
use crate::cli::workplace::{Verifier, Workplace};
use crate::customer::PinKey;
use crate::diag::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "KEYS are digits, * and #; `,` lets the current prompt end and waits a second; `p` lets a timeout\n\
    pass. The caller stays on the line after the last key.\n\
    A script is TOML, a table a call; status 1 where one does not come as expected:\n\
    \x20 [[call]]\n\
    \x20 to = \"0120339836\"\n\
    \x20 at = \"2026-02-10T10:00+09:00\"  # now where it is left out\n\
    \x20 keys = \"21\"\n\
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
    /// What the caller types where a PIN is asked for: verified by --customers, by --option, else as in a call
    #[arg(long, value_name = "PIN", value_parser = pin)]
    pin: Option<Secret<String>>,
    /// Customers (a table as `customer import` takes it) in place of the store's
    #[arg(long, value_name = "FILE.csv")]
    customers: Option<PathBuf>,
    /// What the question is about: meetings, messaging, calling or contact-center
    #[arg(long, value_name = "PRODUCT", value_parser = product)]
    product: Option<Product>,
    /// The support that was bought: basic, enhanced or premium
    #[arg(long, value_name = "OPTION", value_parser = option)]
    option: Option<SupportOption>,
    /// Japanese was bought with Enhanced or Premium: the Collaboration Flex Plan's new pricing
    #[arg(long)]
    new_pricing: bool,
    /// Japanese was bought with Enhanced or Premium: the Japanese support service
    #[arg(long)]
    japanese_support: bool,
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
        workplace.known = self.known();
        match self.verifier(&workplace.settings, at.at()) {
            Ok(verifier) => workplace.verifier = verifier,
            Err(status) => return status,
        }
        complain_of(&workplace.warnings);
        if let Some(script) = &self.script {
            return self.run_script(script, &workplace);
        }
        let to = self.to.as_deref().unwrap_or_default();
        let ask = Ask { to, from: &self.from, at, keys: &self.keys, pin: self.pin.as_ref() };
        match run(&workplace.plans, &workplace, &ask, self.format) {
            Ok(text) => {
                print(&text);
                GOOD
            }
            Err(error) => usage(&error),
        }
    }

    /// What is said of the caller.
    fn known(&self) -> Known {
        let japanese = (self.new_pricing || self.japanese_support).then_some(true);
        Known { product: self.product, option: self.option, japanese }
    }

    /// Who says what comes of the PIN.
    fn verifier(&self, settings: &Settings, at: UnixTime) -> Result<Verifier, Status> {
        if let Some(file) = &self.customers {
            let (_, lines) = customer::read_file(file).map_err(|found| bad(&found))?;
            let key = PinKey::new(b"for this walk alone").expect("long enough");
            return Ok(Verifier::Book(Arc::new(Book::of_lines(key, lines))));
        }
        match (&self.pin, self.option) {
            (None, _) => Ok(Verifier::Settings),
            (Some(_), Some(option)) => Ok(Verifier::Vouched(self.vouched(option))),
            (Some(pin), None) => Ok(asked(settings, pin, at).unwrap_or_else(|why| {
                complain_line(format!("nobody says whose PIN this is: {why}"));
                Verifier::Settings
            })),
        }
    }

    /// What the command line says of the one who has the PIN.
    fn vouched(&self, option: SupportOption) -> Rights {
        Rights {
            customer: "whoever has the PIN".into(),
            kind: EntitlementKind::Contract,
            value: "as said".into(),
            option,
            products: self.product.into_iter().collect(),
            japanese: self.new_pricing || self.japanese_support,
        }
    }

    fn run_script(&self, file: &Path, workplace: &Workplace) -> Status {
        let name = file.display().to_string();
        let source = match std::fs::read_to_string(file) {
            Ok(text) => Source::new(&name, &text),
            Err(error) => {
                complain_line(format!("cannot read {name}: {error}"));
                return BAD;
            }
        };
        let calls = match script::read(&source, workplace, now()) {
            Ok(calls) => calls,
            Err(found) => return bad(&found),
        };
        match script::run(&calls, workplace, self.format) {
            Ok((shown, unmet)) => {
                print(&shown);
                complain_of(&unmet);
                if unmet.is_empty() { GOOD } else { BAD }
            }
            Err(error) => usage(&error),
        }
    }
}

/// What comes of a PIN, as an engine with these settings would be told.
fn asked(settings: &Settings, pin: &Secret<String>, at: UnixTime) -> Result<Verifier, String> {
    let Ok(proof) = Proof::pin(pin) else {
        return Ok(Verifier::Answered(pin.clone(), Verdict::Unknown.said(VerifiedBy::Store)));
    };
    let asked = proof.asked(|| customer::load_key(settings))?;
    let said = super::runtime()?.block_on(customer::ask(settings, &asked, at))?;
    Ok(Verifier::Answered(pin.clone(), said))
}

fn pin(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_string()))
}

fn product(name: &str) -> Result<Product, String> {
    Product::from_name(name).ok_or_else(|| format!("a product is one of {}", Product::NAMES.join(", ")))
}

fn option(name: &str) -> Result<SupportOption, String> {
    let known = SupportOption::NAMES.join(", ");
    SupportOption::from_name(name).ok_or_else(|| format!("a support option is one of {known}"))
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
