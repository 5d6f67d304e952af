//! The command line.
pub mod case;
pub mod check;
pub mod hours;
pub mod library;
pub mod output;
pub mod settings;
pub mod simulate;
