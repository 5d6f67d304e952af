//! madoguchi (窓口): the IVR and telephony routing engine of a support organisation.

// floor 0: ground
pub mod base;
pub mod diag;
// floor 1: wire
pub mod audio;
pub mod rtp;
pub mod sdp;
pub mod sip;
// floor 2: machines
pub mod media;
pub mod signaling;
// floor 3: rooms
pub mod calendar;
pub mod call;
pub mod case;
pub mod dialplan;
pub mod queue;
// floor 4: the engine, and the test phone that talks to it
pub mod engine;
pub mod phone;
// floor 5: shells
pub mod cli;
pub mod net;
pub mod sim;
pub mod store;
