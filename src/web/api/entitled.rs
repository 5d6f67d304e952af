//! Whether whoever opens a case on the web has a right to support, and what the case says of it: as it does of callers.

use super::Api;
use super::form::Answers;
use crate::base::{Known, Language, Product, Right, Rights, Verdict, Verification, VerifiedBy};
use crate::case::Entitlement;
use crate::customer::{CustomerKey, cover};
use crate::office::Found;
use crate::web::problem::Problem;
use futures_util::future::BoxFuture;
use std::fmt;

/// What a free trial's question is refused by.
pub(in crate::web) const FREE_TRIAL: &str = "free-trial";

/// Says whether whoever names a site, an organisation or a contract has a right to support; none: nobody can say now.
pub struct Verifier(Box<dyn Fn(CustomerKey) -> BoxFuture<'static, Option<Verification>> + Send + Sync>);

impl Verifier {
    /// As this says, which takes no longer than a customer waits for a page.
    pub fn new<F>(ask: impl Fn(CustomerKey) -> F + Send + Sync + 'static) -> Verifier
    where
        F: Future<Output = Option<Verification>> + Send + 'static,
    {
        Verifier(Box::new(move |key| Box::pin(ask(key))))
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier")
    }
}

impl Api {
    /// What is found out of who opens a case, by what they name.
    ///
    /// # Errors
    /// It is a free trial: its technical questions are not accepted.
    pub(super) async fn found_out(&self, answers: &Answers<'_>) -> Result<Found, Problem> {
        let Some(claim) = answers.get("entitlement").and_then(Entitlement::parse) else {
            return Ok(Found::default());
        };
        let key = match CustomerKey::parse(claim.kind, &claim.value) {
            Ok(key) => key,
            Err(why) => return Ok(unverified(&why.to_string())),
        };
        // Held while it is looked up.
        let Ok(_turn) = self.verifying.try_acquire() else {
            return Ok(unverified("too many are looked up at once"));
        };
        let Some(Verification { verdict, by }) = (self.verifier.0)(key).await else {
            return Ok(unverified("nobody can say now"));
        };
        let why = match verdict {
            Verdict::Verified(rights) => return Ok(granted(&rights, by, answers)),
            Verdict::Trial => return Err(self.no_trial()),
            Verdict::Expired => "the contract is not in force",
            Verdict::Insufficient => {
                "a contract's number alone is enough with Enhanced and Premium: ask for the site"
            }
            Verdict::Unknown => "nobody is known by this",
        };
        Ok(unverified(&format!("{why}, says {}", by.words())))
    }

    fn no_trial(&self) -> Problem {
        let phones = self.phones();
        let detail = format!(
            "technical questions of free trials are not accepted; for questions about purchasing call {}",
            phones.join(", ")
        );
        let problem =
            Problem::new(422, FREE_TRIAL, "Not for free trials", detail).with("field", "entitlement");
        problem.with("phones", phones)
    }
}

fn unverified(why: &str) -> Found {
    Found { fields: Vec::new(), note: Some(format!("the right to support was not verified: {why}")) }
}

/// What the contract gives that counts for the question. Nothing where support was not bought for its product: the case says
/// all the same who asks.
fn granted(rights: &Rights, by: VerifiedBy, answers: &Answers<'_>) -> Found {
    let product = answers.get("product").and_then(Product::from_name).or_else(|| rights.only_product());
    let right = product.map_or(Some(rights.best()), |product| rights.covering(product));
    let mut fields = proof(right.unwrap_or_else(|| rights.best()));
    fields.extend(product.map(|product| ("product", product.name().to_string())));
    let verified = format!("the right to support was verified by {}", by.words());
    let note = match (right, product) {
        (None, Some(product)) => format!("{verified}, but no contract covers {}", product.title()),
        (None, None) => verified,
        (Some(right), product) => {
            fields.push(("option", right.option.name().to_string()));
            fields.push(("tier", right.option.tier().to_string()));
            let known = Known { product, option: Some(right.option), japanese: Some(right.japanese) };
            let language = answers.get("language").and_then(Language::from_tag).unwrap_or(Language::Ja);
            format!("{verified}. {}", cover(&known, language).words)
        }
    };
    Found { fields, note: Some(note) }
}

/// Whose contract it is.
fn proof(Right { customer, kind, value, .. }: &Right) -> Vec<(&'static str, String)> {
    vec![("entitlement", format!("verified {kind}:{value}")), ("customer", customer.clone())]
}
