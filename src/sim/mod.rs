//! The other shell: virtual time, a virtual network, phones by script or by chance, and checkers
//! that know nothing of the engine's insides.
//!
//! Owns: the [`World`] that moves time to the next thing due, what the network does to packets,
//! scenarios and their ladders, random callers, the checks after a run. Reads no clock and opens no
//! socket: a run with the same seed gives the same journal, byte for byte.
//!
//! To add a scenario: one file in `tests/scenario/`.

mod again;
pub mod callers;
pub mod campaign;
pub mod cast;
pub mod checks;
mod host;
pub mod ladder;
mod network;
mod recordings;
mod report;
pub mod rude;
pub mod scenario;
pub mod shipped;
pub mod sight;
mod watch;
mod world;

pub use again::Again;
pub use host::{Host, Machine};
pub use network::{Faults, Seen};
pub use report::Counts;
pub use watch::{LONG_SILENCE, Stream, Watch};
pub use world::{Noted, Saved, World};
