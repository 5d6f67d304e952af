//! Contracts of customers: brought in together or not at all, found by a key or by the hash of a PIN.

use super::write::array;
use super::{Store, StoreError};
use crate::base::{EntitlementKind, Product, SupportOption};
use crate::customer::{Contract, CustomerKey, Day, PinHash};
use serde::Serialize;
use sqlx::AssertSqlSafe;
use std::collections::{BTreeMap, BTreeSet};

/// A contract to be kept, in place of what was kept under its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractChange {
    /// The contract.
    pub contract: Contract,
    /// Its PINs from now on; none: those that it has.
    pub pins: Option<BTreeSet<PinHash>>,
}

/// A contract as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptContract {
    /// The contract.
    pub contract: Contract,
    /// How many PINs it has.
    pub pins: u64,
}

/// What became of contracts that were to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// All are kept.
    Kept {
        /// How many there are now, with those that were there before.
        contracts: u64,
    },
    /// Nothing is: these PINs are another contract's, each with its number.
    PinsTaken(BTreeMap<PinHash, String>),
}

const CONTRACTS: &str = "
    INSERT INTO contracts (number, customer, option, products, new_pricing, japanese_support, trial, starts, ends)
    SELECT value ->> 'number', value ->> 'customer', value ->> 'option', value ->> 'products',
        CAST(value ->> 'new_pricing' AS BIGINT), CAST(value ->> 'japanese_support' AS BIGINT),
        CAST(value ->> 'trial' AS BIGINT), value ->> 'starts', value ->> 'ends'
    FROM EACH($1) WHERE true
    ON CONFLICT (number) DO UPDATE SET customer = excluded.customer, option = excluded.option,
        products = excluded.products, new_pricing = excluded.new_pricing,
        japanese_support = excluded.japanese_support, trial = excluded.trial, starts = excluded.starts,
        ends = excluded.ends";

const KEYS: &str = "
    INSERT INTO customer_keys (contract, kind, folded, written)
    SELECT value ->> 'contract', value ->> 'kind', value ->> 'folded', value ->> 'written' FROM EACH($1) WHERE true";

const PINS: &str = "
    INSERT INTO customer_pins (hash, contract)
    SELECT value ->> 'hash', value ->> 'contract' FROM EACH($1) WHERE true";

const TAKEN: &str = "
    SELECT hash, contract FROM customer_pins WHERE hash IN (SELECT value ->> 'hash' FROM EACH($1) WHERE true)";

const FORGET_KEYS: &str = "
    DELETE FROM customer_keys WHERE contract IN (SELECT value ->> 'number' FROM EACH($1) WHERE true)";

const FORGET_PINS: &str = "
    DELETE FROM customer_pins WHERE contract IN (SELECT value ->> 'number' FROM EACH($1) WHERE true)";

const FORGET_OTHERS: [&str; 3] = [
    "DELETE FROM customer_keys WHERE contract NOT IN (SELECT value ->> 'number' FROM EACH($1) WHERE true)",
    "DELETE FROM customer_pins WHERE contract NOT IN (SELECT value ->> 'number' FROM EACH($1) WHERE true)",
    "DELETE FROM contracts WHERE number NOT IN (SELECT value ->> 'number' FROM EACH($1) WHERE true)",
];

/// The mirror of a contract, as it is written.
#[derive(Serialize)]
struct ContractRow<'a> {
    number: &'a str,
    customer: &'a str,
    option: &'static str,
    products: String,
    new_pricing: u8,
    japanese_support: u8,
    trial: u8,
    starts: String,
    ends: String,
}

#[derive(Serialize)]
struct KeyRow<'a> {
    contract: &'a str,
    kind: &'static str,
    folded: String,
    written: String,
}

#[derive(Serialize)]
struct PinRow<'a> {
    hash: &'a str,
    contract: &'a str,
}

#[derive(Serialize)]
struct NumberRow<'a> {
    number: &'a str,
}

impl<'a> ContractRow<'a> {
    fn of(contract: &'a Contract) -> ContractRow<'a> {
        let products: Vec<&str> = contract.products.iter().map(|product| product.name()).collect();
        ContractRow {
            number: &contract.number,
            customer: &contract.customer,
            option: contract.option.name(),
            products: products.join(" "),
            new_pricing: contract.new_pricing.into(),
            japanese_support: contract.japanese_support.into(),
            trial: contract.trial.into(),
            starts: contract.from.to_string(),
            ends: contract.until.to_string(),
        }
    }
}

/// The columns of a contract as a query returns them.
type Columns = (String, String, String, String, i64, i64, i64, String, String);

const COLUMNS: &str = "c.number, c.customer, c.option, c.products, c.new_pricing, c.japanese_support, c.trial, c.starts, c.ends";

/// A row as a contract, without its keys.
fn contract_of(columns: Columns) -> Result<Contract, StoreError> {
    let (number, customer, option, products, new_pricing, japanese_support, trial, starts, ends) = columns;
    let damaged = |what: &str| StoreError::corrupt(format!("contract {number}: {what}"));
    let option = SupportOption::from_name(&option).ok_or_else(|| damaged("its option"))?;
    let read: Option<BTreeSet<Product>> = products.split_whitespace().map(Product::from_name).collect();
    let products = read.ok_or_else(|| damaged("its products"))?;
    let (from, until) = Day::parse(&starts).zip(Day::parse(&ends)).ok_or_else(|| damaged("its days"))?;
    Ok(Contract {
        customer,
        option,
        products,
        new_pricing: new_pricing != 0,
        japanese_support: japanese_support != 0,
        trial: trial != 0,
        from,
        until,
        keys: BTreeSet::new(),
        number,
    })
}

impl Store {
    /// Keeps contracts in one transaction: all of them, or none. `alone`: every contract that is not among them is
    /// forgotten, with its PINs.
    ///
    /// # Errors
    /// The database cannot be written; then nothing was.
    pub async fn keep_contracts(
        &self,
        changes: &[ContractChange],
        alone: bool,
    ) -> Result<Brought, StoreError> {
        let mut transaction = self.writing.begin().await?;
        let numbers = array(changes.iter().map(|change| NumberRow { number: &change.contract.number }));
        if alone {
            for statement in FORGET_OTHERS {
                self.write_rows(statement, &numbers, &mut transaction).await?;
            }
        }
        let contracts = array(changes.iter().map(|change| ContractRow::of(&change.contract)));
        self.write_rows(CONTRACTS, &contracts, &mut transaction).await?;
        self.write_rows(FORGET_KEYS, &numbers, &mut transaction).await?;
        self.write_rows(KEYS, &array(changes.iter().flat_map(keys)), &mut transaction).await?;
        let renewed = changes.iter().filter(|change| change.pins.is_some());
        let renewed = array(renewed.map(|change| NumberRow { number: &change.contract.number }));
        self.write_rows(FORGET_PINS, &renewed, &mut transaction).await?;
        let pins = array(changes.iter().flat_map(pins));
        let taken: Vec<(String, String)> = sqlx::query_as(AssertSqlSafe(self.place.statement(TAKEN)))
            .bind(&pins)
            .fetch_all(&mut *transaction)
            .await?;
        if !taken.is_empty() {
            transaction.rollback().await?;
            let taken = taken.into_iter().map(|(hash, contract)| (PinHash::kept(hash), contract));
            return Ok(Brought::PinsTaken(taken.collect()));
        }
        self.write_rows(PINS, &pins, &mut transaction).await?;
        let contracts: i64 =
            sqlx::query_scalar("SELECT count(*) FROM contracts").fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Brought::Kept { contracts: u64::try_from(contracts).unwrap_or_default() })
    }

    /// The contract of a PIN, without its keys. The work is the same whether there is one or not.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn contract_of_pin(&self, hash: &PinHash) -> Result<Option<Contract>, StoreError> {
        let query = format!(
            "SELECT {COLUMNS} FROM customer_pins p JOIN contracts c ON c.number = p.contract WHERE p.hash = $1"
        );
        let query = sqlx::query_as(AssertSqlSafe(query)).bind(hash.as_str());
        let row: Option<Columns> = query.fetch_optional(&self.reading).await?;
        row.map(contract_of).transpose()
    }

    /// The contracts of a key, by number, without their keys.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn contracts_of(&self, key: &CustomerKey) -> Result<Vec<Contract>, StoreError> {
        let query = AssertSqlSafe(format!(
            "SELECT {COLUMNS} FROM customer_keys k JOIN contracts c ON c.number = k.contract
             WHERE k.kind = $1 AND k.folded = $2 ORDER BY c.number"
        ));
        let query = sqlx::query_as(query).bind(key.kind().name()).bind(key.folded());
        let rows: Vec<Columns> = query.fetch_all(&self.reading).await?;
        rows.into_iter().map(contract_of).collect()
    }

    /// Every contract, by number, with its keys.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn contracts(&self) -> Result<Vec<KeptContract>, StoreError> {
        let pins = "SELECT contract, count(*) FROM customer_pins GROUP BY contract";
        let pins: Vec<(String, i64)> = sqlx::query_as(pins).fetch_all(&self.reading).await?;
        let pins: BTreeMap<String, i64> = pins.into_iter().collect();
        let keys = "SELECT contract, kind, written FROM customer_keys WHERE kind <> 'contract'";
        let keys: Vec<(String, String, String)> = sqlx::query_as(keys).fetch_all(&self.reading).await?;
        let mut of: BTreeMap<String, BTreeSet<CustomerKey>> = BTreeMap::new();
        for (contract, kind, written) in keys {
            let kind = EntitlementKind::from_name(&kind);
            let key = kind.and_then(|kind| CustomerKey::parse(kind, &written).ok());
            of.entry(contract).or_default().extend(key);
        }
        let query = AssertSqlSafe(format!("SELECT {COLUMNS} FROM contracts c ORDER BY c.number"));
        let rows: Vec<Columns> = sqlx::query_as(query).fetch_all(&self.reading).await?;
        rows.into_iter()
            .map(|row| {
                let contract = contract_of(row)?;
                let keys = of.remove(&contract.number).unwrap_or_default();
                let pins = pins
                    .get(&contract.number)
                    .and_then(|count| u64::try_from(*count).ok())
                    .unwrap_or_default();
                Ok(KeptContract { contract: Contract { keys, ..contract }, pins })
            })
            .collect()
    }
}

fn keys(change: &ContractChange) -> impl Iterator<Item = KeyRow<'_>> {
    let contract = &change.contract;
    let number = CustomerKey::parse(EntitlementKind::Contract, &contract.number).ok();
    contract.keys.iter().cloned().chain(number).map(|key| KeyRow {
        contract: &contract.number,
        kind: key.kind().name(),
        folded: key.folded().to_string(),
        written: key.written().to_string(),
    })
}

fn pins(change: &ContractChange) -> impl Iterator<Item = PinRow<'_>> {
    let pins = change.pins.iter().flatten();
    pins.map(|hash| PinRow { hash: hash.as_str(), contract: &change.contract.number })
}
