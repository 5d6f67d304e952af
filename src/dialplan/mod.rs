//! The dialplan room: what callers hear, press and reach, as operations wrote it.
//!
//! Owns: the language of plan files (`syntax`), every check of it (`check`, `prove`), the checked
//! [`Plan`], the interpreter whose state is a value ([`Run`]), what is kept of a call (`trail`), walks
//! without network, of keys (`simulate`) and of past calls (`replay`), and the calls that a plan's authors
//! expect (`expect`), walked so (`trial`). Does not know: SIP, audio, files, queues' insides, calendars. What it must ask of
//! other rooms it asks through [`World`].
//!
//! Invariants: a checked plan has no dead end: whatever a caller presses or does not press, every way
//! leads to a queue, a desk or an announced end; a run waits for something or asks for something,
//! never neither; a run never executes more steps than `base::limits` allows; digits of a secret
//! collection appear in no action.
//!
//! Digits reach a run as [`Event::Digit`] and leave it in a trace, and in its [`trail::Trail`], only once
//! a step has taken them and the step is not secret: whoever records key presses records these, not the
//! events.
//!
//! A verb that takes a key says so: `Scene::reveal` where the key may be known, `Pressed::secretly` where
//! it may not.
//!
//! To add a verb: `verbs/<verb>.rs` and one line in the list of `verbs/mod.rs`.

mod announcing;
mod asking;
mod check;
mod contract;
pub mod draw;
mod entry;
mod expect;
mod key;
mod manual;
mod names;
mod plan;
mod plan_set;
mod prove;
pub mod replay;
mod ringing;
mod run;
mod say;
mod scene;
pub mod simulate;
mod speech;
mod syntax;
pub mod trail;
mod trial;
mod typed;
pub mod verbs;
mod walk;

pub use check::{PLAN_KEYS, check, content_hash};
pub use contract::{Action, Desk, DialFailure, Event, Line, NoAnswer, QueueRefusal, Recorded, World};
pub use key::{Definition, Holds, Key, Presence};
pub use manual::manual;
pub use names::{Names, QueueFacts};
pub use plan::{Exit, Heard, On, Plan, Step, StepId};
pub use plan_set::PlanSet;
pub use prove::Sky;
pub use run::Run;
pub use say::{instead_of, required_prompts};
pub use speech::Spoken;
pub use trial::{Trial, try_out};
