//! The dialplan room: what callers hear, press and reach, as operations wrote it.
//!
//! Owns: the language of plan files (`syntax`), every check of it (`check`), the checked [`Plan`],
//! and the interpreter whose state is a value (`run`). Does not know: SIP, audio, files, queues'
//! insides, calendars. What it must ask of other rooms it asks through [`World`].
//!
//! Invariants: a checked plan has no dead end that `check` did not report; a run waits for something
//! or asks for something, never neither; a run never executes more steps than `base::limits` allows.
//!
//! To add a verb: `verbs/<verb>.rs` and one line in the list of `verbs/mod.rs`.

mod contract;

pub use contract::{Action, Desk, DialFailure, Event, QueueRefusal, World};
