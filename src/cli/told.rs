//! What whoever walks a call says of its caller: what the question is about, what was bought, and the PIN that is typed.

use super::customer::{self, Authority, Book, Proof};
use super::settings::Settings;
use super::workplace::Verifier;
use crate::base::{
    EntitlementKind, Known, Product, Right, Rights, Secret, SupportOption, UnixTime, Verdict, Verification,
    VerifiedBy,
};
use crate::customer::PinKey;
use std::sync::Arc;
use tokio::sync::OnceCell;

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

    /// Who says what comes of the PIN: the customers at hand, whoever says which option was bought, else whom an engine
    /// with these settings would ask.
    ///
    /// # Errors
    /// Nobody can say, in words.
    pub async fn verifier(
        &self,
        knowing: &Knowing,
        settings: &Settings,
        at: UnixTime,
    ) -> Result<Verifier, String> {
        match (&knowing.customers, &self.pin, self.option) {
            (Some(book), ..) => Ok(Verifier::Book(book.clone())),
            (None, None, _) => Ok(Verifier::Settings),
            (None, Some(_), Some(option)) => Ok(Verifier::Vouched(self.vouched(option))),
            (None, Some(pin), None) => {
                Ok(Verifier::Answered(pin.clone(), knowing.ask(settings, pin, at).await?))
            }
        }
    }

    fn has_japanese(&self) -> bool {
        self.new_pricing || self.japanese_support
    }

    /// What is said of the one who has the PIN.
    fn vouched(&self, option: SupportOption) -> Rights {
        Rights::of(Right {
            customer: "whoever has the PIN".into(),
            kind: EntitlementKind::Contract,
            value: "as said".into(),
            option,
            products: self.product.map_or_else(|| Product::ALL.to_vec(), |product| vec![product]),
            japanese: self.has_japanese(),
        })
    }
}

/// Who knows customers while calls are walked. What an engine would ask is opened where it is first asked and kept: what
/// was answered is remembered, and a system that does not answer is left alone, over all the calls.
#[derive(Debug, Default)]
pub struct Knowing {
    customers: Option<Arc<Book>>,
    asked: OnceCell<(PinKey, Authority)>,
}

impl Knowing {
    /// These customers, where there are any, in place of whom an engine would ask.
    pub fn of(customers: Option<Book>) -> Knowing {
        Knowing { customers: customers.map(Arc::new), asked: OnceCell::new() }
    }

    /// What comes of a PIN, as an engine with these settings would be told.
    async fn ask(
        &self,
        settings: &Settings,
        pin: &Secret<String>,
        at: UnixTime,
    ) -> Result<Verification, String> {
        let Ok(pin) = Proof::pin(pin) else { return Ok(Verdict::Unknown.said(VerifiedBy::Store)) };
        let open = || async {
            Ok::<_, String>((customer::find_key(settings)?, Authority::of_command(settings).await?))
        };
        let (key, authority) = self.asked.get_or_try_init(open).await?;
        authority.tell(&pin.asked(|| Ok(key.clone()))?, at).await
    }

    /// Leaves what was opened.
    pub async fn close(self) {
        if let Some((_, authority)) = self.asked.into_inner() {
            authority.close().await;
        }
    }
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
