//! `madoguchi customer`: customers in the store of the settings.

use super::{BAD, GOOD, Status, USAGE, bad, carried_out, now, settings};
use crate::base::{EntitlementKind, Moment, Product, Secret};
use crate::cli::customer::{self, Authority, NotBrought, Proof};
use crate::cli::output::{Format, complain_line, print};
use crate::cli::settings::Settings;
use crate::cli::told;
use crate::store::Store;
use clap::{ArgGroup, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Bring customers in from a table (CSV): all of them, or none where a line is wrong
    #[command(after_help = "One line a contract, under the line\n\
        \x20 contract,customer,option,products,new_pricing,japanese_support,trial,from,until,sites,organizations,messengers,pins\n\
        \x20 C-1,Acme,enhanced,calling;meetings,yes,no,no,2026-04-01,2027-03-31,acme.webex.com,Acme,,47110815\n\
        Every column is in the first line, in any order, with commas between (UTF-8). `option` is basic, enhanced or premium;\n\
        `new_pricing`, `japanese_support` and `trial` are yes or no, and no where they are empty; `from` and `until`, the last\n\
        day, are written YYYY-MM-DD. `sites`, `organizations`, `messengers` and `pins` may be empty, the others not.\n\
        `;` separates several products, sites, organizations, messengers and PINs. A contract that is there already is\n\
        replaced; an empty `pins` leaves its PINs as they are, `none` takes them away.\n\
        Example: madoguchi customer import customers.csv")]
    Import(Import),
    /// Write every contract as a table (CSV); PINs are in none
    #[command(after_help = "Example: madoguchi customer export > customers.csv")]
    Export,
    /// Show contracts
    #[command(after_help = "Example: madoguchi customer show acme.webex.com")]
    Show(Show),
    /// Say whether somebody has a right to support; status 1 where not
    #[command(after_help = "Example: madoguchi customer verify --site acme.webex.com --product calling")]
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The table
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Forget every contract that is not in the table
    #[arg(long)]
    alone: bool,
    /// With --alone: let the table have no contract, and forget them all
    #[arg(long, requires = "alone")]
    forget_all: bool,
}

#[derive(Debug, clap::Args)]
struct Show {
    /// A contract's number, a customer's name, a site or an organization; all where it is left out
    #[arg(value_name = "WHOSE")]
    whose: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("proof").required(true).args(["site", "org", "messenger", "contract", "pin"])))]
struct Verify {
    /// A site, as acme.webex.com
    #[arg(long, value_name = "SITE")]
    site: Option<String>,
    /// An organization's name or id
    #[arg(long, value_name = "NAME")]
    org: Option<String>,
    /// A messenger organization's name or id
    #[arg(long, value_name = "NAME")]
    messenger: Option<String>,
    /// A contract's number
    #[arg(long, value_name = "NUMBER")]
    contract: Option<String>,
    /// A PIN; `-` reads it from standard input, where no list of processes shows it
    #[arg(long, value_name = "PIN", value_parser = secret)]
    pin: Option<Secret<String>>,
    /// What it is about: meetings, messaging, calling or contact-center; of several contracts the one that counts for it
    #[arg(long, value_name = "PRODUCT", value_parser = told::product)]
    product: Option<Product>,
    /// When, as RFC 3339; now where it is left out
    #[arg(long, value_name = "RFC3339")]
    at: Option<String>,
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
        carried_out(self.what.carry_out(&settings))
    }
}

impl What {
    async fn carry_out(self, settings: &Settings) -> Result<Status, String> {
        match self {
            What::Import(import) => import.carry_out(settings).await,
            What::Export => {
                let store = existing(settings).await?;
                let text = customer::export(&store).await.map_err(|error| error.to_string());
                store.close().await;
                print(&text?);
                Ok(GOOD)
            }
            What::Show(Show { whose, format }) => {
                let store = existing(settings).await?;
                let shown = customer::show(&store, whose.as_deref(), format).await;
                store.close().await;
                let shown = shown.map_err(|error| error.to_string())?;
                print(&shown.ok_or_else(|| format!("nobody is known by `{}`", whose.unwrap_or_default()))?);
                Ok(GOOD)
            }
            What::Verify(verify) => verify.carry_out(settings).await,
        }
    }
}

impl Import {
    async fn carry_out(self, settings: &Settings) -> Result<Status, String> {
        let (text, lines) = match customer::read_file(&self.file) {
            Ok(read) => read,
            Err(found) => return Ok(bad(&found)),
        };
        if self.alone && lines.is_empty() && !self.forget_all {
            return Err(format!(
                "{} has no contract: with --alone every contract of the store would be forgotten. --forget-all does that",
                self.file.display()
            ));
        }
        let key = customer::find_or_make_key(settings)?;
        let store = Store::open(&settings.store_url).await.map_err(|error| error.to_string())?;
        let (name, count) = (self.file.display().to_string(), lines.len());
        let brought = customer::bring(&store, &key, (&name, &text, lines), self.alone).await;
        store.close().await;
        match brought {
            Ok(all) => {
                print(&format!("{count} contracts brought in, {all} in all\n"));
                Ok(GOOD)
            }
            Err(NotBrought::Found(found)) => Ok(bad(&found)),
            Err(NotBrought::Store(error)) => Err(error.to_string()),
        }
    }
}

impl Verify {
    async fn carry_out(self, settings: &Settings) -> Result<Status, String> {
        let at = match self.at.as_deref().map(Moment::parse) {
            None => now(),
            Some(Ok(at)) => at.at(),
            Some(Err(what)) => return Ok(usage(&format!("--at: {what}"))),
        };
        let proof = match self.proof() {
            Ok(proof) => proof,
            Err(what) => return Ok(usage(&what)),
        };
        let asked = proof.asked(|| customer::find_key(settings))?;
        let authority = Authority::of_command(settings).await?;
        let said = authority.tell(&asked, at).await;
        authority.close().await;
        let said = said?;
        let (shown, is_good) = customer::verdict(&said, self.product, self.format);
        print(&shown);
        Ok(if is_good { GOOD } else { BAD })
    }

    fn proof(&self) -> Result<Proof, String> {
        let named = [
            ("--site", EntitlementKind::SiteUrl, &self.site),
            ("--org", EntitlementKind::Org, &self.org),
            ("--messenger", EntitlementKind::Messenger, &self.messenger),
            ("--contract", EntitlementKind::Contract, &self.contract),
        ];
        for (option, kind, text) in named {
            if let Some(text) = text {
                return Proof::key(kind, text).map_err(|why| format!("{option}: {why}"));
            }
        }
        let pin = self.pin.clone().unwrap_or_else(|| Secret::new(String::new()));
        let pin = if pin.reveal() == "-" { read_pin()? } else { pin };
        Proof::pin(&pin).map_err(|why| format!("--pin: {why}"))
    }
}

fn read_pin() -> Result<Secret<String>, String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(|error| format!("--pin: {error}"))?;
    Ok(Secret::new(line))
}

fn secret(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_string()))
}

async fn existing(settings: &Settings) -> Result<Store, String> {
    Store::open_existing(&settings.store_url).await.map_err(|error| error.to_string())
}

fn usage(what: &str) -> Status {
    complain_line(what);
    USAGE
}
