//! Contracts as the customers' own system names them: the columns of the table that brings customers in, as JSON.

use crate::base::{Product, SupportOption};
use crate::customer::{Contract, Day, contract_name};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Contracts of one answer.
pub const MOST_CONTRACTS: usize = 100;

/// The fields of a contract.
const FIELDS: [&str; 9] = [
    "contract",
    "customer",
    "option",
    "products",
    "new_pricing",
    "japanese_support",
    "trial",
    "from",
    "until",
];

/// What is wrong of an answer: the field, and what belongs there. Not what stands there, which may be anything.
type Wrong = String;

/// Reads an answer. What is not known there is refused: a field that is misspelt would else count as left out.
pub(super) fn read(body: &[u8]) -> Result<Vec<Contract>, Wrong> {
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| format!("it is no JSON, line {}, column {}", error.line(), error.column()))?;
    let Value::Object(root) = value else { return Err("it is no object".into()) };
    only(&root, "", &["contracts"])?;
    let Some(Value::Array(contracts)) = root.get("contracts") else {
        return Err("`contracts` is no list".into());
    };
    if contracts.len() > MOST_CONTRACTS {
        return Err(format!("`contracts` has {} members; {MOST_CONTRACTS} is most", contracts.len()));
    }
    contracts.iter().enumerate().map(|(at, value)| contract(&format!("contracts[{at}]"), value)).collect()
}

fn contract(place: &str, value: &Value) -> Result<Contract, Wrong> {
    let Value::Object(fields) = value else { return Err(format!("`{place}` is no object")) };
    only(fields, &format!("{place}."), &FIELDS)?;
    let fields = Fields { place, fields };
    let contract = Contract {
        number: fields.name("contract")?,
        customer: fields.name("customer")?,
        option: fields.word("option", SupportOption::from_name, SupportOption::NAMES)?,
        products: fields.products()?,
        new_pricing: fields.flag("new_pricing")?,
        japanese_support: fields.flag("japanese_support")?,
        trial: fields.flag("trial")?,
        from: fields.day("from")?,
        until: fields.day("until")?,
        keys: BTreeSet::new(),
    };
    if contract.until < contract.from {
        return Err(fields.wrong("until", "is before `from`"));
    }
    Ok(contract)
}

/// Names that are not known are not said where they are no names at all.
fn only(fields: &Map<String, Value>, place: &str, known: &[&str]) -> Result<(), Wrong> {
    let Some(other) = fields.keys().find(|field| !known.contains(&field.as_str())) else { return Ok(()) };
    let is_name = other.len() <= 40 && other.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    Err(format!("there is no field `{place}{}`", if is_name { other } else { "…" }))
}

/// A contract's fields, and where it stands.
struct Fields<'v> {
    place: &'v str,
    fields: &'v Map<String, Value>,
}

impl Fields<'_> {
    fn wrong(&self, field: &str, what: &str) -> Wrong {
        format!("`{}.{field}` {what}", self.place)
    }

    fn text(&self, field: &str) -> Result<&str, Wrong> {
        self.fields.get(field).and_then(Value::as_str).ok_or_else(|| self.wrong(field, "is no text"))
    }

    fn name(&self, field: &str) -> Result<String, Wrong> {
        contract_name(self.text(field)?).map_err(|why| self.wrong(field, &format!("is no name: {why}")))
    }

    fn word<T>(&self, field: &str, of: fn(&str) -> Option<T>, known: &[&str]) -> Result<T, Wrong> {
        of(self.text(field)?).ok_or_else(|| self.none_of(field, known))
    }

    fn none_of(&self, field: &str, known: &[&str]) -> Wrong {
        self.wrong(field, &format!("is none of {}", known.join(", ")))
    }

    fn products(&self) -> Result<BTreeSet<Product>, Wrong> {
        let listed = self.fields.get("products").and_then(Value::as_array);
        let listed = listed.filter(|list| !list.is_empty());
        let listed = listed.ok_or_else(|| self.wrong("products", "is no list of at least one product"))?;
        let product = |value: &Value| value.as_str().and_then(Product::from_name);
        let read: Option<BTreeSet<Product>> = listed.iter().map(product).collect();
        read.ok_or_else(|| self.none_of("products", Product::NAMES))
    }

    /// `false` where it is left out.
    fn flag(&self, field: &str) -> Result<bool, Wrong> {
        match self.fields.get(field) {
            None => Ok(false),
            Some(Value::Bool(is)) => Ok(*is),
            Some(_) => Err(self.wrong(field, "is neither true nor false")),
        }
    }

    fn day(&self, field: &str) -> Result<Day, Wrong> {
        Day::parse(self.text(field)?).ok_or_else(|| self.wrong(field, "is no day: write it as YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({ "contract": "C-1", "customer": "Acme 株式会社", "option": "premium", "products": ["calling", "meetings"],
            "new_pricing": true, "trial": false, "from": "2026-01-01", "until": "2026-12-31" })
    }

    fn read_one(contract: &Value) -> Result<Vec<Contract>, Wrong> {
        read(json!({ "contracts": [contract] }).to_string().as_bytes())
    }

    #[test]
    fn contracts_are_read_by_the_names_of_the_table() {
        let contract = read_one(&good()).expect("good").remove(0);
        assert_eq!((contract.number.as_str(), contract.customer.as_str()), ("C-1", "Acme 株式会社"));
        assert_eq!((contract.option, contract.products.len()), (SupportOption::Premium, 2));
        assert_eq!((contract.new_pricing, contract.japanese_support, contract.trial), (true, false, false));
        assert_eq!(
            (contract.from.to_string(), contract.until.to_string()),
            ("2026-01-01".into(), "2026-12-31".into())
        );
        assert_eq!(read(br#"{"contracts": []}"#), Ok(Vec::new()));
    }

    #[test]
    fn whatever_is_wrong_is_told_by_its_field_and_not_repeated() {
        for (field, value, wrong) in [
            ("contract", json!(4711), "is no text"),
            ("customer", json!("  "), "is no name: a name has at least one letter"),
            ("customer", json!("a\u{7}b"), "is no name: a name has no control characters and no `;`"),
            ("option", json!("gold4711"), "is none of basic, enhanced, premium"),
            ("products", json!([]), "is no list of at least one product"),
            ("products", json!("meetings"), "is no list of at least one product"),
            ("products", json!(["fax4711"]), "is none of meetings, messaging, calling, contact-center"),
            ("trial", json!("no"), "is neither true nor false"),
            ("trial", json!(null), "is neither true nor false"),
            ("from", json!("2026-02-30"), "is no day: write it as YYYY-MM-DD"),
            ("until", json!("2025-12-31"), "is before `from`"),
        ] {
            let mut contract = good();
            contract[field] = value;
            assert_eq!(read_one(&contract), Err(format!("`contracts[0].{field}` {wrong}")));
        }
        for field in ["contract", "customer", "option", "products", "from", "until"] {
            let mut contract = good();
            contract.as_object_mut().expect("an object").remove(field);
            assert!(read_one(&contract).is_err_and(|wrong| wrong.contains(field)), "{field} is left out");
        }
        let mut contract = good();
        contract["japanese_suport"] = json!(true);
        assert_eq!(read_one(&contract), Err("there is no field `contracts[0].japanese_suport`".into()));
        let odd = json!({ "contracts": [], "PIN 4711": 1 }).to_string();
        assert_eq!(read(odd.as_bytes()), Err("there is no field `…`".into()));
    }

    #[test]
    fn what_is_no_answer_at_all_is_none() {
        let deep = "[".repeat(60_000);
        let many = json!({ "contracts": vec![good(); MOST_CONTRACTS + 1] }).to_string();
        for bad in [
            "",
            "<html><body>Sign in</body></html>",
            "[]",
            "null",
            "{}",
            r#"{"contracts": {}}"#,
            r#"{"contracts": [1]}"#,
            &deep,
            &many,
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad:.40}");
        }
        assert!(read(b"{\"contracts\": \"\xff\"}").is_err());
    }
}
