//! HTTP: listeners, who may speak to them, what a path is, how an answer looks.
//!
//! Owns: the admin listener (health, readiness, metrics, reload), its defence against browsers,
//! problem details (RFC 9457), the text of metrics. Does not know the engine, its store or its files:
//! what is asked for is done by an [`Operations`] that another room brings.
//!
//! Invariants: a request that a page of another site could have a browser send reaches no path; bodies
//! and connections are bounded, and a connection on which nothing comes is closed; every refusal is a
//! problem detail; health is answered whatever the rest of the engine does.
//!
//! To add a path: its line in `admin.rs`, its method in [`Operations`]. To add a figure: its field in
//! [`Figures`] and its line in `metrics.rs`.

mod admin;
mod gate;
mod listener;
mod metrics;
mod problem;

pub use admin::{AdminListener, Operations, ReloadAsk, RollbackAsk};
pub use listener::CannotListen;
pub use metrics::{Counted, Figures};
pub use problem::Problem;

#[cfg(test)]
mod tests;
