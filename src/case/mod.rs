//! A case: what is known of a caller's request, and everything that happened to it.
//!
//! Owns: the case number, the fields and their values, the stages, the timeline, the clocks. Does not know calls,
//! queues, dialplans or storage, nor when desks are open: that comes in through [`Hours`].
//!
//! Invariants:
//! - a case has a number from the start, and number and moment of opening never change;
//! - the timeline only grows; the stage is where the timeline has led to;
//! - a withheld caller's number is not kept;
//! - what is unknown is `None`, never a default that looks like knowledge.
//!
//! Stages: `new` (in the menus; of the web: nobody has begun), `waiting` (in a queue), `call-back` (to be called back), `with-desk`
//! (somebody of the desk took it), `handed-on` (given to another desk or organisation, which took it),
//! `closed`. The end of a call closes a case that nobody had taken and that is owed no call back; one
//! that a desk has taken stays with that desk, and the end cause is in the timeline.
//!
//! ```text
//! new --QueueEntered--> waiting --Answered--> with-desk --HandedOn--> handed-on
//!  |  <---QueueLeft-----   |
//!  +-------Ended-----------+---> closed        (Answered and HandedOn may come at any stage but closed)
//! any --CallbackRequested--> call-back         (Ended keeps it, QueueLeft leads back to it)
//! new --Replied, Paused, Reassigned to somebody--> with-desk        (of a case that no call leads)
//! closed --Reopened--> with-desk               (and nothing else leads out of it)
//! ```
//!
//! A case is written by its call (dialplan and engine) while that lasts, by people (`desk.rs`), and by time (`look.rs`:
//! clocks that ring, escalation).
//!
//! To add a case field: one row in `fields.rs` (and its type in `values.rs` and
//! `shape.rs`, where it is a new one).
//! To add something that can happen: a variant of [`Event`], its stage in `Case::stage_after`, and its
//! line in the store's mirror; what it does to the clocks in `clock/fold.rs`. To change what is promised: `clock/targets.rs`.
//! To add a question that is asked before a case: a field, and its words in `intake.rs`.

mod clock;
mod desk;
mod escalation;
mod fields;
pub mod intake;
mod life;
mod look;
mod number;
mod priority;
mod shape;
mod timeline;
mod values;

pub use crate::base::Presentation;
pub use clock::{Clocks, FirstResponse, Hours, Standing, first_response, update};
pub use desk::{Assignment, LONGEST_WRITING, Refusal};
pub use escalation::EscalationStep;
pub use fields::{Case, Field, FieldError, Writer};
pub use life::Opening;
pub use number::{CaseNumber, CaseNumberError, ReservedNumbers};
pub use shape::Value;
pub use timeline::{By, Entry, Event};
pub use values::{
    Channel, Clock, ClockKind, Dialed, Entitlement, EntitlementKind, Network, Place, Product, Rating,
    Repeats, Ring, Severity, Spread, Stage, SupportOption, Tier,
};

#[cfg(test)]
mod tests;
