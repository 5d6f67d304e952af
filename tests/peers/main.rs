//! Tests with peers of other makers: SIPp, baresip, PJSIP, linphone and Chromium call and are called, over real SIP and
//! RTP on loopback.
//!
//! Each test has an engine of its own (`madoguchi serve`), ports of its own and a folder of its own. What
//! happened is read where a user would read it: in the case, in the log, and in what the peer saw. A peer that
//! is not installed fails the test with the name of its package.

#![expect(clippy::disallowed_methods, reason = "these tests live in real time: deadlines and arrival times")]
#![allow(clippy::panic, reason = "helpers of tests fail as tests do")]

mod baresip;
mod capture;
mod chromium;
mod engine;
mod linphone;
mod papers;
mod pjsua;
mod ports;
mod process;
mod prompts;
mod rtp_caller;
mod sipp;
mod softphone;

#[path = "../postgres/mod.rs"]
mod server;

mod attackers;
mod barge_in;
mod browsers;
mod calls;
mod demands;
mod desks;
mod forms;
mod fronted;
mod holds;
mod keys;
mod outages;
mod refusals;
mod registered;
mod registrars;
mod secure;
mod softphones;
mod strangers;
mod transferred;
