//! What a customer bought: a contract, and by what it is found.

use super::{Day, KeyError, Site};
use crate::base::{EntitlementKind, Product, SupportOption};
use std::collections::BTreeSet;
use std::fmt;

/// Longest name of a customer, contract or organisation, in bytes.
pub const LONGEST_NAME: usize = 200;

/// A contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Its number: what a partner's administrator names.
    pub number: String,
    /// Whose it is.
    pub customer: String,
    /// The support that was bought.
    pub option: SupportOption,
    /// What for.
    pub products: BTreeSet<Product>,
    /// Whether it is under the Collaboration Flex Plan's new pricing.
    pub new_pricing: bool,
    /// Whether the Japanese support service was bought in addition.
    pub japanese_support: bool,
    /// Whether it is a free trial.
    pub trial: bool,
    /// Its first day.
    pub from: Day,
    /// Its last day.
    pub until: Day,
    /// Its sites and organisations.
    pub keys: BTreeSet<CustomerKey>,
}

impl Contract {
    /// Whether Japanese was bought with it.
    pub fn has_japanese(&self) -> bool {
        self.new_pricing || self.japanese_support
    }

    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        let keys: usize = self.keys.iter().map(CustomerKey::bytes).sum();
        let products = self.products.len() * size_of::<Product>();
        size_of::<Contract>() + self.number.len() + self.customer.len() + products + keys
    }

    /// Whether it is in force on a day.
    pub fn is_in_force(&self, day: Day) -> bool {
        self.from <= day && day <= self.until
    }
}

/// By what a contract is found: a site, an organisation, a messenger organisation, or its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomerKey {
    kind: EntitlementKind,
    written: String,
    folded: String,
}

impl CustomerKey {
    /// Reads a key as somebody wrote it. Two are one where they differ in capitals and outer spaces alone.
    ///
    /// # Errors
    /// It is no key of this kind, in words.
    pub fn parse(kind: EntitlementKind, text: &str) -> Result<CustomerKey, KeyError> {
        let written = match kind {
            EntitlementKind::SiteUrl => Site::parse(text)?.to_string(),
            EntitlementKind::Org | EntitlementKind::Messenger | EntitlementKind::Contract => {
                contract_name(text)?
            }
        };
        Ok(CustomerKey { kind, folded: written.to_lowercase(), written })
    }

    fn bytes(&self) -> usize {
        size_of::<CustomerKey>() + self.written.len() + self.folded.len()
    }

    /// What kind of key.
    pub fn kind(&self) -> EntitlementKind {
        self.kind
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// As it is compared.
    pub fn folded(&self) -> &str {
        &self.folded
    }
}

impl fmt::Display for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.written)
    }
}

/// A name of a contract, a customer or an organisation, without outer spaces.
///
/// # Errors
/// It is empty, too long, or holds what no name holds.
pub fn contract_name(text: &str) -> Result<String, KeyError> {
    let name = text.trim();
    match name {
        "" => Err(KeyError::Empty),
        name if name.len() > LONGEST_NAME => Err(KeyError::TooLong),
        name if name.contains(|c: char| c.is_control() || c == ';') => Err(KeyError::BadLetter),
        name => Ok(name.to_string()),
    }
}
