//! What whoever walks a call says of its caller: what the question is about, what was bought, and the PIN that is typed.

use super::customer::{self, Book, Proof};
use super::settings::Settings;
use super::workplace::Verifier;
use crate::base::{
    EntitlementKind, Known, Product, Rights, Secret, SupportOption, UnixTime, Verdict, VerifiedBy,
};
use std::sync::Arc;

/// What is said of a caller.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Told {
    /// What the caller types where a PIN is asked for: verified by --customers, by --option, else as in a call
    #[arg(long, value_name = "PIN", value_parser = pin, conflicts_with = "script")]
    pub pin: Option<Secret<String>>,
    /// What the question is about: meetings, messaging, calling or contact-center
    #[arg(long, value_name = "PRODUCT", value_parser = product, conflicts_with = "script")]
    pub product: Option<Product>,
    /// The support that was bought: basic, enhanced or premium
    #[arg(long, value_name = "OPTION", value_parser = option, conflicts_with = "script")]
    pub option: Option<SupportOption>,
    /// Japanese was bought with Enhanced or Premium: the Collaboration Flex Plan's new pricing
    #[arg(long, conflicts_with = "script")]
    pub new_pricing: bool,
    /// Japanese was bought with Enhanced or Premium: the Japanese support service
    #[arg(long, conflicts_with = "script")]
    pub japanese_support: bool,
}

impl Told {
    /// What is known of the caller before the call.
    pub fn known(&self) -> Known {
        let japanese = self.has_japanese().then_some(true);
        Known { product: self.product, option: self.option, japanese }
    }

    /// Who says what comes of the PIN: these customers, whoever says which option was bought, else whom an engine with
    /// these settings would ask.
    ///
    /// # Errors
    /// Nobody can say, in words.
    pub async fn verifier(
        &self,
        settings: &Settings,
        customers: Option<&Arc<Book>>,
        at: UnixTime,
    ) -> Result<Verifier, String> {
        match (customers, &self.pin, self.option) {
            (Some(book), ..) => Ok(Verifier::Book(book.clone())),
            (None, None, _) => Ok(Verifier::Settings),
            (None, Some(_), Some(option)) => Ok(Verifier::Vouched(self.vouched(option))),
            (None, Some(pin), None) => asked(settings, pin, at).await,
        }
    }

    fn has_japanese(&self) -> bool {
        self.new_pricing || self.japanese_support
    }

    /// What is said of the one who has the PIN.
    fn vouched(&self, option: SupportOption) -> Rights {
        Rights {
            customer: "whoever has the PIN".into(),
            kind: EntitlementKind::Contract,
            value: "as said".into(),
            option,
            products: self.product.map_or_else(|| Product::ALL.to_vec(), |product| vec![product]),
            japanese: self.has_japanese(),
        }
    }
}

/// What comes of a PIN, as an engine with these settings would be told.
async fn asked(settings: &Settings, pin: &Secret<String>, at: UnixTime) -> Result<Verifier, String> {
    let said = match Proof::pin(pin) {
        Ok(proof) => {
            let asked = proof.asked(|| customer::find_key(settings))?;
            customer::ask(settings, &asked, at).await?
        }
        Err(_) => Verdict::Unknown.said(VerifiedBy::Store),
    };
    Ok(Verifier::Answered(pin.clone(), said))
}

fn pin(text: &str) -> Result<Secret<String>, String> {
    Ok(Secret::new(text.to_string()))
}

/// A product by its name.
///
/// # Errors
/// There is none, in words.
pub fn product(name: &str) -> Result<Product, String> {
    Product::from_name(name).ok_or_else(|| format!("a product is one of {}", Product::NAMES.join(", ")))
}

/// A support option by its name.
///
/// # Errors
/// There is none, in words.
pub fn option(name: &str) -> Result<SupportOption, String> {
    let known = SupportOption::NAMES.join(", ");
    SupportOption::from_name(name).ok_or_else(|| format!("a support option is one of {known}"))
}
