//! Who answers a question: the table of languages by product and option, and what follows from it.

use crate::base::{AnsweredBy, Coverage, Known, Language, Product, SupportOption};

/// What there is of Japanese for a product with an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Japanese {
    /// Full support in Japanese.
    Full,
    /// The same, but only with the Collaboration Flex Plan's new pricing, or where the Japanese support service was
    /// bought in addition.
    WhereBought,
    /// English only.
    EnglishOnly,
    /// The option is not offered for the product.
    NotOffered,
}

/// One row: the product, then Basic, Enhanced and Premium.
type Row = (Product, [Japanese; 3]);

/// Each product, in the order of [`Product::ALL`].
const TABLE: [Row; 4] = {
    use Japanese::{EnglishOnly, Full, NotOffered, WhereBought};
    [
        (Product::Meetings, [Full, WhereBought, WhereBought]),
        (Product::Messaging, [Full, WhereBought, WhereBought]),
        (Product::Calling, [Full, EnglishOnly, EnglishOnly]),
        (Product::ContactCenter, [Full, NotOffered, EnglishOnly]),
    ]
};

/// The table's cell.
pub fn japanese(product: Product, option: SupportOption) -> Japanese {
    let row = TABLE.iter().find(|(of, _)| *of == product);
    let [basic, enhanced, premium] = row.expect("every product has its row: a test compares").1;
    match option {
        SupportOption::Basic => basic,
        SupportOption::Enhanced => enhanced,
        SupportOption::Premium => premium,
    }
}

/// Who answers a question of which this is known, asked in this language. What is not known speaks for nobody else than
/// who speaks the language; Japanese that has to be bought is not there where nothing is known of it.
pub fn cover(known: &Known, language: Language) -> Coverage {
    let Known { product, option, japanese: bought } = *known;
    if product.is_none() && option.is_none() {
        return Coverage::of_nothing(language);
    }
    let cell = product.zip(option).map(|(product, option)| japanese(product, option));
    let (by, why) = match (cell, language, bought) {
        (Some(Japanese::NotOffered), ..) => {
            (AnsweredBy::Nobody, "this option is not offered for this product")
        }
        (_, Language::En, _) => (AnsweredBy::Global, "asked in English"),
        (None, Language::Ja, _) => (AnsweredBy::Japan, "asked in Japanese"),
        (Some(Japanese::Full), ..) => (AnsweredBy::Japan, "full support in Japanese"),
        (Some(Japanese::EnglishOnly), ..) => (AnsweredBy::Global, "English only"),
        (Some(Japanese::WhereBought), _, Some(true)) => (
            AnsweredBy::Japan,
            "full support in Japanese, by the new pricing or the Japanese support service",
        ),
        (Some(Japanese::WhereBought), _, Some(false)) => (
            AnsweredBy::Global,
            "Japanese only with the new pricing or the Japanese support service, and neither was bought",
        ),
        (Some(Japanese::WhereBought), _, None) => (
            AnsweredBy::Global,
            "Japanese only with the new pricing or the Japanese support service, of which nothing is known",
        ),
    };
    let interpreter = by == AnsweredBy::Global && language == Language::Ja;
    let words = words(known, by, interpreter, why);
    Coverage {
        by,
        tier: option.map(SupportOption::tier),
        priority: option.is_some_and(SupportOption::has_priority),
        interpreter,
        words,
    }
}

fn words(known: &Known, by: AnsweredBy, interpreter: bool, why: &str) -> String {
    let product = known.product.map_or("product not known", Product::title);
    let option = known.option.map_or("option not known", SupportOption::title);
    let who = match by {
        AnsweredBy::Nobody => return format!("{product}, {option}: {why}"),
        AnsweredBy::Japan => "Japan TAC",
        AnsweredBy::Global => "Global TAC",
    };
    let with = if interpreter { " with interpreter" } else { "" };
    let rank = match known.option {
        None => "",
        Some(option) if option.has_priority() => " (tier 2, priority)",
        Some(_) => " (tier 1)",
    };
    format!("{product}, {option}: {why}, so {who}{with}{rank}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(product: Product, option: SupportOption, japanese: Option<bool>) -> Known {
        Known { product: Some(product), option: Some(option), japanese }
    }

    /// The table of the support organisation, cell by cell: who answers a Japanese caller without and with Japanese
    /// bought, and the tier. `-` is nobody, `g` Global with an interpreter.
    #[test]
    fn every_cell_of_the_table_leads_where_the_organisation_says() {
        let cells = [
            ("meetings", ["jj1", "gj2", "gj2"]),
            ("messaging", ["jj1", "gj2", "gj2"]),
            ("calling", ["jj1", "gg2", "gg2"]),
            ("contact-center", ["jj1", "--2", "gg2"]),
        ];
        assert_eq!(cells.map(|(name, _)| name), Product::NAMES);
        for (name, row) in cells {
            let product = Product::from_name(name).expect("a product");
            for (option, cell) in SupportOption::ALL.iter().zip(row) {
                let cover = |bought| cover(&known(product, *option, Some(bought)), Language::Ja);
                let letter = |coverage: &Coverage| match coverage.by {
                    AnsweredBy::Japan if !coverage.interpreter => 'j',
                    AnsweredBy::Global if coverage.interpreter => 'g',
                    AnsweredBy::Nobody if !coverage.interpreter => '-',
                    _ => '?',
                };
                let (without, with) = (cover(false), cover(true));
                assert_eq!(without.tier, with.tier);
                let tier = without.tier.unwrap_or_default();
                let shown: String = format!("{}{}{tier}", letter(&without), letter(&with));
                assert_eq!(shown, cell, "{name} {option}");
                assert_eq!(with.priority, *option != SupportOption::Basic, "{name} {option}");
            }
        }
    }

    #[test]
    fn every_row_of_the_table_is_read_as_it_is_written() {
        for ((product, row), listed) in TABLE.iter().zip(Product::ALL) {
            assert_eq!(product, listed);
            for (option, cell) in SupportOption::ALL.iter().zip(row) {
                assert_eq!(japanese(*product, *option), *cell);
            }
        }
    }

    #[test]
    fn an_english_caller_is_answered_in_english_wherever_the_option_is_offered() {
        for product in Product::ALL {
            for option in SupportOption::ALL {
                let coverage = cover(&known(*product, *option, Some(true)), Language::En);
                let nobody = japanese(*product, *option) == Japanese::NotOffered;
                let by = if nobody { AnsweredBy::Nobody } else { AnsweredBy::Global };
                assert_eq!((coverage.by, coverage.interpreter), (by, false), "{product} {option}");
            }
        }
    }

    #[test]
    fn the_reason_is_said_in_words() {
        let said = |product, option, japanese| cover(&known(product, option, japanese), Language::Ja).words;
        assert_eq!(
            said(Product::Calling, SupportOption::Enhanced, None),
            "Webex Calling, Enhanced: English only, so Global TAC with interpreter (tier 2, priority)"
        );
        assert_eq!(
            said(Product::ContactCenter, SupportOption::Enhanced, None),
            "Webex Contact Center, Enhanced: this option is not offered for this product"
        );
        assert_eq!(
            said(Product::Meetings, SupportOption::Basic, None),
            "Webex Meetings, Basic: full support in Japanese, so Japan TAC (tier 1)"
        );
        assert!(
            said(Product::Meetings, SupportOption::Premium, None).contains("nothing is known, so Global TAC")
        );
    }

    #[test]
    fn what_is_not_known_leads_to_who_speaks_the_language() {
        let only = |product, option| Known { product, option, japanese: None };
        let nothing = cover(&Known::default(), Language::Ja);
        assert_eq!((nothing.by, nothing.tier, nothing.interpreter), (AnsweredBy::Japan, None, false));
        let option = cover(&only(None, Some(SupportOption::Premium)), Language::Ja);
        assert_eq!((option.by, option.tier, option.priority), (AnsweredBy::Japan, Some(2), true));
        let product = cover(&only(Some(Product::Calling), None), Language::Ja);
        assert_eq!((product.by, product.tier), (AnsweredBy::Japan, None));
        assert_eq!(cover(&Known::default(), Language::En).by, AnsweredBy::Global);
    }
}
