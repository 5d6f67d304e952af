//! Whether somebody has a right to support, by the contracts that were found for what they named.

use super::{Contract, Day};
use crate::base::{EntitlementKind, Rights, SupportOption, Verdict};
use std::cmp::Reverse;

/// Judges what was found. Of several contracts the one counts that gives most: in force before over, bought before
/// tried out, Premium before Enhanced before Basic. A contract's number alone is enough with Enhanced and Premium, for
/// partners' administrators; with Basic a site or an organisation has to be named.
pub fn judge(found: &[Contract], by: EntitlementKind, value: &str, today: Day) -> Verdict {
    let verified = |best: &Contract| match (by, best.option) {
        (EntitlementKind::Contract, SupportOption::Basic) => Verdict::Insufficient,
        _ => Verdict::Verified(Box::new(rights(best, by, value))),
    };
    judge_best(found, today, verified)
}

/// What is judged of contracts that were found by a PIN: the PIN proves the contract, whatever its option.
pub fn judge_pin(found: &[Contract], today: Day) -> Verdict {
    judge_best(found, today, |best| {
        Verdict::Verified(Box::new(rights(best, EntitlementKind::Contract, &best.number)))
    })
}

/// What is judged of the contract that gives most; `good` says it of one that is in force and was bought.
fn judge_best(found: &[Contract], today: Day, good: impl FnOnce(&Contract) -> Verdict) -> Verdict {
    let rank = |contract: &&Contract| {
        let gives_less = (Reverse(contract.option), !contract.has_japanese());
        (!contract.is_in_force(today), contract.trial, gives_less, contract.number.clone())
    };
    match found.iter().min_by_key(rank) {
        None => Verdict::Unknown,
        Some(best) if !best.is_in_force(today) => Verdict::Expired,
        Some(best) if best.trial => Verdict::Trial,
        Some(best) => good(best),
    }
}

fn rights(contract: &Contract, kind: EntitlementKind, value: &str) -> Rights {
    Rights {
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
    use crate::base::Product;

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

    const SITE: EntitlementKind = EntitlementKind::SiteUrl;

    fn by_site(found: &[Contract], today: &str) -> Verdict {
        judge(found, SITE, "acme.webex.com", day(today))
    }

    fn number_of_option(verdict: &Verdict) -> Option<SupportOption> {
        match verdict {
            Verdict::Verified(rights) => Some(rights.option),
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
        let rights = Rights {
            customer: "Acme".into(),
            kind: SITE,
            value: "acme.webex.com".into(),
            option: SupportOption::Enhanced,
            products: vec![Product::Meetings, Product::Calling],
            japanese: true,
        };
        assert_eq!(by_site(&found, "2026-01-01"), Verdict::Verified(Box::new(rights)));
    }

    #[test]
    fn of_several_contracts_the_one_counts_that_gives_most() {
        let trial = Contract { trial: true, ..contract("1", SupportOption::Premium) };
        let over = Contract { until: day("2025-12-31"), ..contract("2", SupportOption::Premium) };
        let japanese = |verdict: Verdict| matches!(verdict, Verdict::Verified(rights) if rights.japanese);
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
}
