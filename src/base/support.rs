//! What a customer bought, what a question is about, and who answers it.

use super::Language;
use super::named::named;

named! {
    /// The support a customer bought.
    SupportOption {
        /// Tier 1 takes the question first.
        Basic "basic",
        /// Tier 2 directly.
        Enhanced "enhanced",
        /// Tier 2 directly, with the shortest targets.
        Premium "premium",
    }
}

named! {
    /// What the question is about.
    Product {
        /// Webex Meetings.
        Meetings "meetings",
        /// Webex Messaging.
        Messaging "messaging",
        /// Webex Calling.
        Calling "calling",
        /// Webex Contact Center.
        ContactCenter "contact-center",
    }
}

impl SupportOption {
    /// As people write it.
    pub const fn title(self) -> &'static str {
        match self {
            SupportOption::Basic => "Basic",
            SupportOption::Enhanced => "Enhanced",
            SupportOption::Premium => "Premium",
        }
    }

    /// The tier that takes a question first, 1 or 2.
    pub const fn tier(self) -> u8 {
        match self {
            SupportOption::Basic => 1,
            SupportOption::Enhanced | SupportOption::Premium => 2,
        }
    }

    /// Whether its cases go before others.
    pub const fn has_priority(self) -> bool {
        match self {
            SupportOption::Basic => false,
            SupportOption::Enhanced | SupportOption::Premium => true,
        }
    }
}

impl Product {
    /// As people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Product::Meetings => "Webex Meetings",
            Product::Messaging => "Webex Messaging",
            Product::Calling => "Webex Calling",
            Product::ContactCenter => "Webex Contact Center",
        }
    }
}

named! {
    /// By what a customer's right to support is looked up.
    EntitlementKind {
        /// `xxxx.webex.com`.
        SiteUrl "site-url",
        /// An organisation's name or id.
        Org "org",
        /// A messenger organisation's name or id.
        Messenger "messenger",
        /// A contract number.
        Contract "contract",
    }
}

/// What somebody who was verified has a right to by one of their contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Right {
    /// Whose contract it is.
    pub customer: String,
    /// By what it was found.
    pub kind: EntitlementKind,
    /// The same as it is written into a case; never a PIN.
    pub value: String,
    /// The support that was bought.
    pub option: SupportOption,
    /// What for.
    pub products: Vec<Product>,
    /// Whether Japanese was bought with it.
    pub japanese: bool,
}

/// What somebody who was verified has a right to: by one contract, or by several, each for its products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rights {
    best: Right,
    /// Each the best for a product that those before it do not cover.
    others: Vec<Right>,
}

impl Rights {
    /// By one contract.
    pub fn of(right: Right) -> Rights {
        Rights { best: right, others: Vec::new() }
    }

    /// By several, the one that gives most first; none where there are none. Those that can count for no question are
    /// left out: what is kept is never more than there are products, and one.
    pub fn ranked(rights: impl IntoIterator<Item = Right>) -> Option<Rights> {
        let mut rights = rights.into_iter();
        let mut kept = Rights::of(rights.next()?);
        for right in rights {
            if right.products.iter().any(|product| !kept.covers(*product)) {
                kept.others.push(right);
            }
        }
        Some(kept)
    }

    /// The one that gives most, whatever for.
    pub fn best(&self) -> &Right {
        &self.best
    }

    /// All of them, the one that gives most first.
    pub fn all(&self) -> impl Iterator<Item = &Right> {
        std::iter::once(&self.best).chain(&self.others)
    }

    /// Whether there are several.
    pub fn are_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// The one that counts for a question about this product: that which gives most of those which cover it. None:
    /// support was not bought for it.
    pub fn covering(&self, product: Product) -> Option<&Right> {
        self.all().find(|right| right.products.contains(&product))
    }

    /// The product, where support was bought for no other.
    pub fn only_product(&self) -> Option<Product> {
        let mut products = Product::ALL.iter().copied().filter(|product| self.covers(*product));
        products.next().filter(|_| products.next().is_none())
    }

    fn covers(&self, product: Product) -> bool {
        self.covering(product).is_some()
    }
}

/// What came of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// There is a right to support.
    Verified(Box<Rights>),
    /// It is a free trial: technical questions are not accepted.
    Trial,
    /// The contract is over, or has not begun.
    Expired,
    /// A contract's number alone is not enough with this option.
    Insufficient,
    /// Nobody is known by this.
    Unknown,
}

named! {
    /// Who said what came of a verification.
    VerifiedBy {
        /// The contracts of the store.
        Store "store",
        /// The customers' own system.
        Lookup "lookup",
        /// The same, a while ago.
        Remembered "remembered",
        /// The contracts of the store, since the customers' own system did not answer.
        Fallback "fallback",
        /// Whoever walks a call.
        Walk "walk",
    }
}

impl VerifiedBy {
    /// As it is written into cases.
    pub const fn words(self) -> &'static str {
        match self {
            VerifiedBy::Store => "the store",
            VerifiedBy::Lookup => "the look-up",
            VerifiedBy::Remembered => "the look-up, a while ago",
            VerifiedBy::Fallback => "the store, as the look-up did not answer",
            VerifiedBy::Walk => "this walk",
        }
    }
}

/// What came of a verification, and who said so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What came of it.
    pub verdict: Verdict,
    /// Who said so.
    pub by: VerifiedBy,
}

impl Verdict {
    /// As this one said.
    pub fn said(self, by: VerifiedBy) -> Verification {
        Verification { verdict: self, by }
    }

    /// `verified`, `trial`, `expired`, `insufficient` or `unknown`.
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Verified(_) => "verified",
            Verdict::Trial => "trial",
            Verdict::Expired => "expired",
            Verdict::Insufficient => "insufficient",
            Verdict::Unknown => "unknown",
        }
    }
}

/// What is known of a caller's question and of their right to ask it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// What it is about.
    pub product: Option<Product>,
    /// The support that was bought.
    pub option: Option<SupportOption>,
    /// Whether Japanese was bought with it: by the new pricing, or by the Japanese support service.
    pub japanese: Option<bool>,
}

/// Who answers a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// Japan Cloud TAC.
    Japan,
    /// Global Cloud TAC.
    Global,
    /// Nobody: this option is not offered for this product.
    Nobody,
}

impl AnsweredBy {
    /// `japan`, `global` or `nobody`.
    pub const fn name(self) -> &'static str {
        match self {
            AnsweredBy::Japan => "japan",
            AnsweredBy::Global => "global",
            AnsweredBy::Nobody => "nobody",
        }
    }
}

/// Who answers a question, how, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Who.
    pub by: AnsweredBy,
    /// The tier that takes it first, 1 or 2; unknown where the option is.
    pub tier: Option<u8>,
    /// Whether its case goes before others.
    pub priority: bool,
    /// Whether the caller needs an interpreter there.
    pub interpreter: bool,
    /// Why, in words: `Webex Calling, Enhanced: English only, so Global TAC with interpreter (tier 2, priority)`.
    pub words: String,
}

impl Coverage {
    /// Of a question of which nothing is known, in this language: by whoever speaks it.
    pub fn of_nothing(language: Language) -> Coverage {
        let (by, words) = match language {
            Language::Ja => (AnsweredBy::Japan, "product and option are not known, so Japan TAC"),
            Language::En => (AnsweredBy::Global, "product and option are not known, so Global TAC"),
        };
        Coverage { by, tier: None, priority: false, interpreter: false, words: words.into() }
    }
}
