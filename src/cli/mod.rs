//! TBD
pub mod case;
pub mod hours;
pub mod output;
