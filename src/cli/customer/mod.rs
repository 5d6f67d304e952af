//! `madoguchi customer`: customers brought in from a table, written out as one, shown and verified.

mod authority;
mod book;
mod csv;
mod key;
pub mod table;

pub use authority::{Authority, Unsaid};
pub use book::Book;
pub use key::{find as find_key, find_or_make as find_or_make_key};

use super::output::{Format, columns, json};
use crate::base::{EntitlementKind, Product, Right, Secret, Verdict, Verification, VerifiedBy};
use crate::customer::{Asked, Contract, CustomerKey, Pin, PinHash, PinKey};
use crate::diag::{Diagnostic, Source};
use crate::store::{Brought, ContractChange, KeptContract, Store, StoreError};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use table::Line;

/// Longest table, in bytes.
pub const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Why a table was not brought in. Nothing of it is.
#[derive(Debug)]
pub enum NotBrought {
    /// Every mistake in it.
    Found(Vec<Diagnostic>),
    /// The store does not take it.
    Store(StoreError),
}

/// Reads the table of a file.
///
/// # Errors
/// Every mistake in it.
pub fn read_file(file: &Path) -> Result<(String, Vec<Line>), Vec<Diagnostic>> {
    let name = file.display().to_string();
    let text = text_of(file, &name).map_err(|error| vec![*error])?;
    let lines = table::read(&name, &text)?;
    Ok((text, lines))
}

/// The text of a file. Of what is no text nothing is shown: it may hold PINs.
fn text_of(file: &Path, name: &str) -> Result<String, Box<Diagnostic>> {
    let refused =
        |code, message: String| Box::new(Diagnostic::error(code, &Source::new(name, ""), 0..0, message));
    let unreadable = |error: std::io::Error| refused("no-file", format!("cannot read the table: {error}"));
    let mut bytes = Vec::new();
    File::open(file).map_err(unreadable)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(refused("too-long", format!("a table has at most {} MB", MOST_BYTES >> 20)));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default());
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count());
        let blank = "\n".repeat(line) + &" ".repeat(column.min(csv::LONGEST_CELL));
        let end = blank.len();
        let error = Diagnostic::error("not-utf8", &Source::new(name, &blank), end..end, "this is no UTF-8");
        error.help("save the table as UTF-8, not as Shift_JIS or UTF-16").into()
    })
}

/// Brings the lines of a table into the store, all or none. `alone`: nobody else is left there.
///
/// # Errors
/// Nothing was brought in.
pub async fn bring(
    store: &Store,
    key: &PinKey,
    (name, text, lines): (&str, &str, Vec<Line>),
    alone: bool,
) -> Result<u64, NotBrought> {
    let mut places = BTreeMap::new();
    let changes: Vec<ContractChange> = lines
        .into_iter()
        .map(|Line { contract, pins }| {
            let hashed = |(pin, span)| {
                let hash = key.hash(&pin);
                places.insert(hash.clone(), span);
                hash
            };
            ContractChange { contract, pins: pins.map(|pins| pins.into_iter().map(hashed).collect()) }
        })
        .collect();
    match store.keep_contracts(&changes, alone).await.map_err(NotBrought::Store)? {
        Brought::Kept { contracts } => Ok(contracts),
        Brought::PinsTaken(taken) => {
            let shown = table::shown(name, text);
            let error = |(hash, contract): (PinHash, String)| {
                let span = places.get(&hash).cloned().unwrap_or_default();
                let message = format!("this PIN is contract `{contract}`'s, which the table does not change");
                Diagnostic::error("pin-taken", &shown, span, message)
            };
            Err(NotBrought::Found(taken.into_iter().map(error).collect()))
        }
    }
}

/// Every contract as a table, without PINs.
///
/// # Errors
/// The store cannot be read.
pub async fn export(store: &Store) -> Result<String, StoreError> {
    let kept = store.contracts().await?;
    Ok(table::write(kept.iter().map(|kept| &kept.contract)))
}

/// The contracts of a customer, or of a number; without either all of them.
///
/// # Errors
/// The store cannot be read.
pub async fn show(store: &Store, whose: Option<&str>, format: Format) -> Result<Option<String>, StoreError> {
    let mut kept = store.contracts().await?;
    if let Some(whose) = whose.map(str::to_lowercase) {
        kept.retain(|kept| {
            let contract = &kept.contract;
            let is = |text: &str| text.to_lowercase() == whose;
            is(&contract.number)
                || is(&contract.customer)
                || contract.keys.iter().any(|key| key.folded() == whose)
        });
        if kept.is_empty() {
            return Ok(None);
        }
    }
    let rows: Vec<ContractJson<'_>> = kept.iter().map(ContractJson::of).collect();
    Ok(Some(match format {
        Format::Json => json(&rows),
        Format::Text => columns(&rows.iter().map(ContractJson::row).collect::<Vec<_>>()),
    }))
}

#[derive(Serialize)]
struct ContractJson<'a> {
    contract: &'a str,
    customer: &'a str,
    option: &'static str,
    products: Vec<&'static str>,
    new_pricing: bool,
    japanese_support: bool,
    trial: bool,
    from: String,
    until: String,
    keys: Vec<String>,
    pins: u64,
}

impl<'a> ContractJson<'a> {
    fn of(kept: &'a KeptContract) -> ContractJson<'a> {
        let Contract { number, customer, option, products, keys, .. } = &kept.contract;
        ContractJson {
            contract: number,
            customer,
            option: option.name(),
            products: products.iter().map(|product| product.name()).collect(),
            new_pricing: kept.contract.new_pricing,
            japanese_support: kept.contract.japanese_support,
            trial: kept.contract.trial,
            from: kept.contract.from.to_string(),
            until: kept.contract.until.to_string(),
            keys: keys.iter().map(ToString::to_string).collect(),
            pins: kept.pins,
        }
    }

    fn row(&self) -> [String; 7] {
        let trial = if self.trial { "free trial" } else { self.option };
        let japanese = if self.new_pricing || self.japanese_support { "ja" } else { "-" };
        let days = format!("{}..{}", self.from, self.until);
        let pins = format!("{} PINs", self.pins);
        [self.contract.into(), trial.into(), japanese.into(), days, pins, self.products.join(","), {
            let keys = self.keys.join(" ");
            format!("{} {keys}", self.customer).trim_end().to_string()
        }]
    }
}

/// By what somebody is verified.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A PIN.
    Pin(Pin),
    /// A site, an organisation or a contract.
    Key(CustomerKey),
}

impl Proof {
    /// Reads what somebody wrote.
    ///
    /// # Errors
    /// It is none, in words.
    pub fn key(kind: EntitlementKind, text: &str) -> Result<Proof, String> {
        CustomerKey::parse(kind, text).map(Proof::Key).map_err(|why| why.to_string())
    }

    /// Reads a PIN.
    ///
    /// # Errors
    /// It is none, in words.
    pub fn pin(text: &Secret<String>) -> Result<Proof, String> {
        Pin::parse(text.reveal().trim()).map(Proof::Pin).map_err(|why| why.to_string())
    }

    /// What is asked for; the key of PINs is wanted for a PIN alone.
    ///
    /// # Errors
    /// There is no key.
    pub fn asked(self, key: impl FnOnce() -> Result<PinKey, String>) -> Result<Asked, String> {
        match self {
            Proof::Pin(pin) => Ok(Asked::Pin(key()?.hash(&pin))),
            Proof::Key(key) => Ok(Asked::Key(key)),
        }
    }
}

/// What came of a verification as text or JSON: of several contracts the one that counts for the product, and where none
/// is named all of them, the one that gives most first. The second says whether there is a right to support.
pub fn verdict(
    Verification { verdict, by }: &Verification,
    product: Option<Product>,
    format: Format,
) -> (String, bool) {
    let rights: Vec<RightJson<'_>> = match (verdict, product) {
        (Verdict::Verified(rights), None) => rights.all().map(RightJson::of).collect(),
        (Verdict::Verified(rights), Some(product)) => {
            rights.covering(product).into_iter().map(RightJson::of).collect()
        }
        (Verdict::Trial | Verdict::Expired | Verdict::Insufficient | Verdict::Unknown, _) => Vec::new(),
    };
    let is_good = !rights.is_empty();
    let text = match format {
        Format::Json => json(&VerdictJson::of(verdict, *by, rights)),
        Format::Text if is_good => {
            let rights: Vec<String> = rights.iter().map(RightJson::words).collect();
            format!("verified: {}, says {}\n", rights.join("; "), by.words())
        }
        Format::Text => format!("{}, says {}\n", words(verdict), by.words()),
    };
    (text, is_good)
}

const fn words(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Verified(_) => "no contract covers this product",
        Verdict::Trial => "a free trial: technical questions are not accepted",
        Verdict::Expired => "the contract is not in force",
        Verdict::Insufficient => {
            "a contract's number alone is enough with Enhanced and Premium: name the site"
        }
        Verdict::Unknown => "nobody is known by this",
    }
}

#[derive(Serialize)]
struct VerdictJson<'a> {
    verdict: &'static str,
    by: &'static str,
    #[serde(flatten)]
    right: Option<RightJson<'a>>,
    /// What counts where that one does not cover the product.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<RightJson<'a>>,
}

impl<'a> VerdictJson<'a> {
    fn of(verdict: &Verdict, by: VerifiedBy, mut rights: Vec<RightJson<'a>>) -> VerdictJson<'a> {
        let others = rights.split_off(rights.len().min(1));
        let right = rights.pop();
        let verdict = match (verdict, &right) {
            (Verdict::Verified(_), None) => "not-covered",
            (verdict, _) => verdict.name(),
        };
        VerdictJson { verdict, by: by.name(), right, others }
    }
}

#[derive(Serialize)]
struct RightJson<'a> {
    customer: &'a str,
    kind: &'static str,
    value: &'a str,
    option: &'static str,
    products: Vec<&'static str>,
    japanese: bool,
}

impl<'a> RightJson<'a> {
    fn of(right: &'a Right) -> RightJson<'a> {
        RightJson {
            customer: &right.customer,
            kind: right.kind.name(),
            value: &right.value,
            option: right.option.name(),
            products: right.products.iter().map(|product| product.name()).collect(),
            japanese: right.japanese,
        }
    }

    fn words(&self) -> String {
        let japanese = if self.japanese { ", Japanese bought" } else { "" };
        let RightJson { customer, kind, value, option, .. } = self;
        format!("{customer}, {option}: {}{japanese} (by {kind} {value})", self.products.join(", "))
    }
}
