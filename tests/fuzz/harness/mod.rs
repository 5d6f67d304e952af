//! What must hold of any bytes: one function a target, called by cargo-fuzz and by `tests/wire` alike.
//!
//! Each takes an input and says whether it was understood, so that a test notices when its mutations have become
//! too wild to tell anything. To add a target: a file here, its line in `Cargo.toml`, a folder of `corpus` and a
//! row in `tests/wire/fuzz.rs`.

pub mod digest;
pub mod dtmf;
pub mod engine;
pub mod rtp;
pub mod sdp;
pub mod sip_read;
pub mod way;
