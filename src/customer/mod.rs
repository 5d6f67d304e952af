//! The customer room: who has bought what, who may ask, and who answers them.
//!
//! Owns: contracts and by what they are found, PINs and the one form in which they are kept, the judgement whether
//! somebody has a right to support, the table of languages by product and support option, when the customers' own system
//! is asked and for how long its word counts. Does not know calls, dialplans, cases, storage or HTTP.
//!
//! Invariants: a PIN prints as `***` and leaves this room as a keyed hash alone; every product and option has its place
//! in the table; who answers is decided by the table alone, and always with the reason in words.
//!
//! To add a product: its variant in `base::support`, and its row in `coverage.rs`. To add a way to name a customer: its
//! variant of `base::EntitlementKind`, how it is read in [`CustomerKey::parse`], its column in `cli/customer/table.rs`.

mod circuit;
mod contract;
mod coverage;
mod day;
mod judge;
mod lookup;
mod memory;
mod pin;
mod site;

pub use contract::{Contract, CustomerKey, LONGEST_NAME, contract_name};
pub use coverage::{Japanese, cover, japanese};
pub use day::Day;
pub use judge::{judge, judge_pin};
pub use lookup::{Asked, Begin, Lookup, LookupCounts, Missed, TOOK_MS};
pub use pin::{NoPin, Pin, PinHash, PinKey, SHORTEST_KEY};
pub use site::{KeyError, Site};
