//! madoguchi (窓口): the IVR and telephony routing engine of a support organisation.
//!
//! # Floors
//!
//! Folders are floors; imports go strictly down, and `tests/architecture` fails on a breach.
//!
//! | floor | rooms | what they are |
//! |---|---|---|
//! | 9 | [`cli`] | the command line over the shells |
//! | 8 | [`web`] | the listeners of HTTP: operations, and the API over cases, calls and the floor |
//! | 7 | [`office`] | what people and time do to cases beside their calls, and who outside is told |
//! | 6 | [`net`] [`store`] [`webhook`] [`sim`] | sockets, threads, files, services outside; or the simulator's virtual ones |
//! | 5 | [`engine`] [`phone`] | the engine that introduces the rooms; the test telephone |
//! | 4 | [`node`] | the shape of inputs and outputs by which a shell drives both |
//! | 3 | [`call`] [`dialplan`] [`calendar`] [`queue`] [`case`] [`customer`] | nouns, never protocols; they do not know each other |
//! | 2 | [`signaling`] [`media`] [`speech`] | the machines of SIP and RTP; sentences that nobody recorded |
//! | 1 | [`sip`] [`sdp`] [`rtp`] [`stun`] [`audio`] | bytes to values and back: no state, no clock |
//! | 0 | [`base`] [`diag`] | time, numbers, causes, limits, secrets; diagnostics with spans |
//!
//! Up to floor 5 nobody knows what time it is, what a socket is, or what `await` means. Every fact has
//! one owner; ladders and logs are views of the journal.
//!
//! # The life of a call
//!
//! ```text
//! net          datagram + clocks -> Engine::handle_input(now, Input::Message)
//! sip          bytes -> Request, or WireError with the reply the RFC wants
//! signaling      transaction absorbs retransmissions, dialog orders CSeq, the invite usage
//!                answers 100 and reports Event::Incoming
//! engine         border::identity reads caller and dialled number; PlanSet::route picks the plan;
//!                180 goes out; call::Call asks for sockets            -> Output::OpenPort
//! net          binds them                                             -> Input::PortOpened
//! call           Command::Answer: SDP is agreed, 200 goes out, the case is opened and written
//! dialplan       Run starts: Play language menu                       -> Output::Media(Play)
//! media        worker thread: a packet every 20 ms; the caller presses 2 -> Event::Digit
//! dialplan       stops the prompt, next step …; Enqueue japan-technical
//! queue          a place in line; a seat is free: Offer(Reservation)
//! call           a desk leg: OpenPort, INVITE with case number and languages
//! signaling      200, ACK                                             -> Event::Answered
//! call           Bridge: each packet is forwarded as it arrives, or between codecs said again when its
//!                turn comes; the case says who answered
//!                (the desk's REFER: another leg rings, the caller hears music, then that desk or this one again)
//! signaling      BYE from either side
//! call           one teardown: every leg parted, every socket closed, one EndCause
//! case, store    the case and the call's record are durable
//! ```
//!
//! # Contract of every machine
//!
//! Call one `handle_*(now, …)`; drain `poll_output` until `None`; wait until `poll_deadline`.
//! `handle_*` never blocks. Outputs leave in order. A deadline that is not polled does not fire; one
//! polled early does nothing. No machine holds a lock, a channel or an `Arc` of something that changes.
//!
//! # Panic policy
//!
//! Peers' bytes never panic: the readers are fuzzed, and nothing that arrives is indexed unchecked.
//! `expect` states a local proof. A fact that cannot be so ends one call with `EndCause::Broken`, and where
//! even that was forgotten and a turn unwinds, [`engine`] (its `protection`), [`signaling`] and [`media`] throw away
//! the call, the usage or the stream it was in: each says what. The shell is the last line.
//!
//! # Where the code departs from its first plan
//!
//! - Floor 4, [`node`], was cut out of the engine: the test phone and the engine have the same inputs
//!   and outputs, so one shell drives both, over real sockets and in the simulator alike.
//! - Prompts are addressed by id down to the media plane, which holds the encoded library: the engine
//!   moves names, not audio.

// floor 0: ground
pub mod base;
pub mod diag;
// floor 1: wire
pub mod audio;
pub mod rtp;
pub mod sdp;
pub mod sip;
pub mod stun;
// floor 2: machines
pub mod media;
pub mod signaling;
pub mod speech;
// floor 3: rooms
pub mod calendar;
pub mod call;
pub mod case;
pub mod customer;
pub mod dialplan;
pub mod queue;
// floor 4: the one shape of inputs and outputs
pub mod node;
// floor 5: the engine, and the test phone that talks to it
pub mod engine;
pub mod phone;
// floor 6: shells
pub mod net;
pub mod sim;
pub mod store;
pub mod webhook;
// floors 7 to 9: what is over them
pub mod cli;
pub mod office;
pub mod web;
