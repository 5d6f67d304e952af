//! Whether somebody has a right to support, by the contracts that were found for what they named.

use super::coverage::{Japanese, japanese};
use super::{Contract, Day};
use crate::base::{EntitlementKind, Product, Right, Rights, SupportOption, Verdict};
use std::cmp::Reverse;

/// Judges what was found. A contract in force counts before one that is over, and one that was bought before one that is
/// tried out. Of several that count, Premium gives more than Enhanced, and that more than Basic, unless it is not offered
/// for the product: which of them counts for a question is said by [`Rights`]. A contract's number alone is enough with
/// Enhanced and Premium, for partners' administrators; with Basic a site or an organisation has to be named.
pub fn judge(found: &[Contract], by: EntitlementKind, value: &str, today: Day) -> Verdict {
    judge_all(found, today, |contract| match (by, contract.option) {
        (EntitlementKind::Contract, SupportOption::Basic) => None,
        _ => Some(right(contract, by, value)),
    })
}

/// What is judged of contracts that were found by a PIN: the PIN proves each, whatever its option.
pub fn judge_pin(found: &[Contract], today: Day) -> Verdict {
    judge_all(found, today, |contract| Some(right(contract, EntitlementKind::Contract, &contract.number)))
}

/// `proves` says what right each contract gives that is in force and was bought; none where more has to be named.
fn judge_all(found: &[Contract], today: Day, proves: impl Fn(&Contract) -> Option<Right>) -> Verdict {
    if found.is_empty() {
        return Verdict::Unknown;
    }
    let in_force: Vec<&Contract> = found.iter().filter(|contract| contract.is_in_force(today)).collect();
    if in_force.is_empty() {
        return Verdict::Expired;
    }
    let mut bought: Vec<&Contract> = in_force.into_iter().filter(|contract| !contract.trial).collect();
    if bought.is_empty() {
        return Verdict::Trial;
    }
    bought.sort_by_key(|contract| (Reverse(contract.option), !contract.has_japanese(), &contract.number));
    let mut rights: Vec<Right> = bought.into_iter().filter_map(proves).collect();
    leave_out_what_is_not_offered(&mut rights);
    Rights::ranked(rights).map_or(Verdict::Insufficient, |rights| Verdict::Verified(Box::new(rights)))
}

/// A right to what its option is not offered for is none beside one to what is offered.
fn leave_out_what_is_not_offered(rights: &mut [Right]) {
    for product in Product::ALL.iter().copied() {
        let is_offered = |right: &Right| japanese(product, right.option) != Japanese::NotOffered;
        if rights.iter().any(|right| right.products.contains(&product) && is_offered(right)) {
            let not_offered = rights.iter_mut().filter(|right| !is_offered(right));
            not_offered.for_each(|right| right.products.retain(|of| *of != product));
        }
    }
}

fn right(contract: &Contract, kind: EntitlementKind, value: &str) -> Right {
    Right {
        customer: contract.customer.clone(),
        kind,
        value: value.to_string(),
        option: contract.option,
        products: contract.products.iter().copied().collect(),
        japanese: contract.has_japanese(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::CustomerKey;
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::{select, subsequence};
    use std::collections::BTreeSet;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a date")
    }

    fn contract(number: &str, option: SupportOption) -> Contract {
        Contract {
            number: number.into(),
            customer: "Acme".into(),
            option,
            products: [Product::Meetings, Product::Calling].into(),
            new_pricing: false,
            japanese_support: true,
            trial: false,
            from: day("2025-04-01"),
            until: day("2026-03-31"),
            keys: [CustomerKey::parse(EntitlementKind::SiteUrl, "acme.webex.com").expect("a site")].into(),
        }
    }

    #[test]
    fn a_contract_that_has_to_be_named_with_a_site_does_not_keep_others_from_counting() {
        let basic =
            Contract { products: [Product::Messaging].into(), ..contract("C-1", SupportOption::Basic) };
        let found = [basic, contract("C-2", SupportOption::Enhanced)];
        let by_number =
            |found: &[Contract]| judge(found, EntitlementKind::Contract, "C-1", day("2026-01-01"));
        let Verdict::Verified(rights) = by_number(&found) else { panic!("{:?}", by_number(&found)) };
        assert_eq!(rights.covering(Product::Messaging), None);
        assert_eq!(by_number(&found[..1]), Verdict::Insufficient);
    }

    const SITE: EntitlementKind = EntitlementKind::SiteUrl;

    fn by_site(found: &[Contract], today: &str) -> Verdict {
        judge(found, SITE, "acme.webex.com", day(today))
    }

    fn number_of_option(verdict: &Verdict) -> Option<SupportOption> {
        match verdict {
            Verdict::Verified(rights) => Some(rights.best().option),
            _ => None,
        }
    }

    #[test]
    fn a_contract_counts_from_its_first_day_to_its_last() {
        let found = [contract("1", SupportOption::Enhanced)];
        for (today, verified) in
            [("2025-03-31", false), ("2025-04-01", true), ("2026-03-31", true), ("2026-04-01", false)]
        {
            let verdict = by_site(&found, today);
            assert_eq!(number_of_option(&verdict).is_some(), verified, "{today}");
            assert_eq!(verdict == Verdict::Expired, !verified, "{today}");
        }
        assert_eq!(by_site(&[], "2026-01-01"), Verdict::Unknown);
        let right = Right {
            customer: "Acme".into(),
            kind: SITE,
            value: "acme.webex.com".into(),
            option: SupportOption::Enhanced,
            products: vec![Product::Meetings, Product::Calling],
            japanese: true,
        };
        assert_eq!(by_site(&found, "2026-01-01"), Verdict::Verified(Box::new(Rights::of(right))));
    }

    #[test]
    fn of_several_contracts_the_one_counts_that_gives_most() {
        let trial = Contract { trial: true, ..contract("1", SupportOption::Premium) };
        let over = Contract { until: day("2025-12-31"), ..contract("2", SupportOption::Premium) };
        let japanese =
            |verdict: Verdict| matches!(verdict, Verdict::Verified(rights) if rights.best().japanese);
        let without = Contract { japanese_support: false, ..contract("0", SupportOption::Premium) };
        let with = contract("5", SupportOption::Premium);
        assert!(!japanese(by_site(std::slice::from_ref(&without), "2026-01-01")));
        assert!(japanese(by_site(&[without, with], "2026-01-01")));
        let basic = contract("3", SupportOption::Basic);
        let enhanced = contract("4", SupportOption::Enhanced);
        let all = [trial.clone(), over.clone(), basic, enhanced];
        assert_eq!(number_of_option(&by_site(&all, "2026-01-01")), Some(SupportOption::Enhanced));
        assert_eq!(by_site(&[trial.clone(), over.clone()], "2026-01-01"), Verdict::Trial);
        assert_eq!(by_site(&[over], "2026-01-01"), Verdict::Expired);
        assert_eq!(judge_pin(&[trial], day("2026-01-01")), Verdict::Trial);
    }

    #[test]
    fn what_an_option_is_not_offered_for_hides_no_contract_that_gives_it() {
        let [meetings, center] = [Product::Meetings, Product::ContactCenter];
        let enhanced =
            Contract { products: [meetings, center].into(), ..contract("C-1", SupportOption::Enhanced) };
        let basic = Contract { products: [center].into(), ..contract("C-2", SupportOption::Basic) };
        let number = |found: &[Contract], product| match by_site(found, "2026-01-01") {
            Verdict::Verified(rights) => rights.covering(product).map(|right| right.option),
            other => panic!("{other:?}"),
        };
        let both = [enhanced.clone(), basic];
        assert_eq!(number(&both, center), Some(SupportOption::Basic));
        assert_eq!(number(&both, meetings), Some(SupportOption::Enhanced));
        assert_eq!(number(&[enhanced], center), Some(SupportOption::Enhanced), "and that is not offered");
    }

    #[test]
    fn a_contract_s_number_is_enough_for_partners_with_enhanced_and_premium() {
        for (option, enough) in
            [(SupportOption::Basic, false), (SupportOption::Enhanced, true), (SupportOption::Premium, true)]
        {
            let found = [contract("C-1", option)];
            let verdict = judge(&found, EntitlementKind::Contract, "C-1", day("2026-01-01"));
            assert_eq!(number_of_option(&verdict).is_some(), enough, "{option}");
            assert_eq!(verdict == Verdict::Insufficient, !enough, "{option}");
            assert_eq!(number_of_option(&judge_pin(&found, day("2026-01-01"))), Some(option));
        }
    }

    /// The naive model: of all contracts that are in force and bought and cover the product, the one that gives most.
    fn naive(found: &[Contract], product: Option<Product>, today: Day) -> Option<&Contract> {
        let counts = |c: &&Contract| {
            c.is_in_force(today) && !c.trial && product.is_none_or(|product| c.products.contains(&product))
        };
        let is_offered = |c: &Contract| product.is_none_or(|p| japanese(p, c.option) != Japanese::NotOffered);
        found
            .iter()
            .filter(counts)
            .max_by_key(|c| (is_offered(c), c.option, c.has_japanese(), Reverse(&c.number)))
    }

    prop_compose! {
        fn any_contract()(
            number in 0..20_u8,
            option in select(SupportOption::ALL.to_vec()),
            products in subsequence(Product::ALL.to_vec(), 1..=Product::ALL.len()),
            (new_pricing, japanese_support, trial) in (any::<bool>(), any::<bool>(), any::<bool>()),
            (from, days) in (1..=20_u8, 0..=10_u8),
        ) -> Contract {
            Contract {
                products: products.into_iter().collect(),
                new_pricing,
                japanese_support,
                trial,
                from: day(&format!("2026-01-{from:02}")),
                until: day(&format!("2026-01-{:02}", from + days)),
                ..contract(&format!("C-{number:02}"), option)
            }
        }
    }

    proptest! {
        #[test]
        fn for_every_product_the_contract_counts_that_gives_most_of_those_which_cover_it(
            found in vec(any_contract(), 0..12),
            today in 1..=30_u8,
        ) {
            let mut found = found;
            let mut numbers = BTreeSet::new();
            found.retain(|contract| numbers.insert(contract.number.clone()));
            let today = day(&format!("2026-01-{today:02}"));
            let verdict = judge_pin(&found, today);
            let rights = match &verdict {
                Verdict::Verified(rights) => Some(rights),
                Verdict::Trial | Verdict::Expired | Verdict::Insufficient | Verdict::Unknown => None,
            };
            prop_assert_eq!(rights.is_some(), naive(&found, None, today).is_some(), "{:?}", &verdict);
            for product in Product::ALL.iter().copied().map(Some).chain([None]) {
                let counts = rights.and_then(|rights| product.map_or(Some(rights.best()), |p| rights.covering(p)));
                let number = counts.map(|right| right.value.as_str());
                prop_assert_eq!(number, naive(&found, product, today).map(|c| c.number.as_str()));
            }
            prop_assert!(rights.is_none_or(|rights| rights.all().count() <= Product::ALL.len() + 1));
        }
    }
}
