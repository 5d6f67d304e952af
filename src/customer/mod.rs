//! The customer room: who has bought what, and who answers them.
//!
//! Owns: the table of languages by product and support option. Does not know calls, dialplans, cases or storage.
//!
//! Invariants: every product and option has its place in the table; who answers is decided by the table alone, and
//! always with the reason in words.
//!
//! To add a product: its variant in `base::support`, and its row in `coverage.rs`.

mod coverage;

pub use coverage::{Japanese, cover, japanese};
