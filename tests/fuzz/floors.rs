//! The floors without input and output, compiled alone: what the fuzz targets call `madoguchi`.
#![allow(dead_code, reason = "whole rooms are compiled, not all of them is called from here")]

#[path = "../../src/base/mod.rs"]
pub mod base;
#[path = "../../src/diag/mod.rs"]
pub mod diag;
#[path = "../../src/audio/mod.rs"]
pub mod audio;
#[path = "../../src/rtp/mod.rs"]
pub mod rtp;
#[path = "../../src/sdp/mod.rs"]
pub mod sdp;
#[path = "../../src/sip/mod.rs"]
pub mod sip;
#[path = "../../src/stun/mod.rs"]
pub mod stun;
#[path = "../../src/media/mod.rs"]
pub mod media;
#[path = "../../src/speech/mod.rs"]
pub mod speech;
#[path = "../../src/signaling/mod.rs"]
pub mod signaling;
#[path = "../../src/calendar/mod.rs"]
pub mod calendar;
#[path = "../../src/call/mod.rs"]
pub mod call;
#[path = "../../src/case/mod.rs"]
pub mod case;
#[path = "../../src/dialplan/mod.rs"]
pub mod dialplan;
#[path = "../../src/queue/mod.rs"]
pub mod queue;
#[path = "../../src/node/mod.rs"]
pub mod node;
#[path = "../../src/engine/mod.rs"]
pub mod engine;
