//! The verbs: one file each, and the one list of them.
//!
//! Owns: what each verb reads, does and leads to. Does not know: the order of steps, other verbs.
//!
//! Invariants: a verb ends early by design: a key, a hang-up or the desk may end it in every state;
//! its deadlines lie inside its state, so that leaving the state disarms them.
//!
//! To add a verb: a file with a type that implements [`Behaviour`], its example in
//! `dialplans/examples`, and one line in the list below.

use super::contract::Event;
use super::key::Definition;
use super::plan::Exit;
use super::scene::{Flow, Scene};
use super::speech::Spoken;
use super::syntax::StepReader;
use crate::base::{Deadline, Language};
use std::fmt;
use std::time::Duration;

/// What every verb can do.
pub(super) trait Behaviour: Sized {
    /// Name, keys and meaning.
    const DEFINITION: Definition;
    /// What it remembers while a call is at it. Verbs that never wait have none.
    type State: Clone + fmt::Debug;

    /// Reads its keys; `None` where something is wrong, which was reported.
    fn read(step: &mut StepReader<'_, '_>) -> Option<Self>;
    /// Every way out.
    fn exits(&self) -> Vec<Exit>;
    /// The language the caller hears from here on, where the step sets it.
    fn sets_language(&self) -> Option<Language> {
        None
    }
    /// What is said again and again while a caller is here: the key, the words, and how often.
    fn repeats(&self) -> Vec<(&'static str, &[Spoken], Duration)> {
        Vec::new()
    }
    /// What it is about, for whoever reads the plan: a desk, a queue, a prompt; empty where its name says all.
    fn subject(&self) -> String {
        String::new()
    }
    /// A call comes to this step.
    fn enter(&self, scene: &mut Scene<'_>) -> Flow<Self::State>;
    /// Something happened while a call is here.
    fn handle(&self, state: Self::State, event: Event, scene: &mut Scene<'_>) -> Flow<Self::State>;
    /// The deadline of the state has come.
    fn expire(&self, state: Self::State, scene: &mut Scene<'_>) -> Flow<Self::State>;
    /// The deadline of a state; `None` waits for an event from outside.
    fn deadline(&self, state: &Self::State) -> Option<Deadline>;
}

macro_rules! verbs {
    ($($module:ident $name:ident)*) => {
        $(mod $module;)*

        /// A step's verb with everything it read.
        #[derive(Clone, Debug)]
        pub enum Verb { $(#[doc = concat!("`", stringify!($module), "`")] $name($module::$name),)* }

        /// Where a call stands within a step.
        #[derive(Clone, Debug)]
        pub(super) enum State { $($name(<$module::$name as Behaviour>::State),)* }

        /// Every verb, in the order of the list.
        pub const DEFINITIONS: &[Definition] = &[$(<$module::$name as Behaviour>::DEFINITION,)*];

        impl Verb {
            /// Name, keys and meaning.
            pub fn definition(&self) -> &'static Definition {
                match self { $(Verb::$name(_) => const { &<$module::$name as Behaviour>::DEFINITION },)* }
            }

            /// Every way out of a step of this verb.
            pub fn exits(&self) -> Vec<Exit> {
                match self { $(Verb::$name(verb) => verb.exits(),)* }
            }

            /// The language the caller hears from here on, where the step sets it.
            pub(super) fn sets_language(&self) -> Option<Language> {
                match self { $(Verb::$name(verb) => verb.sets_language(),)* }
            }

            /// What is said again and again while a caller is here: the key, the words, and how often.
            pub(super) fn repeats(&self) -> Vec<(&'static str, &[Spoken], Duration)> {
                match self { $(Verb::$name(verb) => verb.repeats(),)* }
            }

            /// What a step is about: the queue it waits in, the desk it dials or asks the hours of, the
            /// prompt it plays, …; empty where the verb says all.
            pub fn subject(&self) -> String {
                match self { $(Verb::$name(verb) => verb.subject(),)* }
            }

            /// Reads a step of the verb that `step` says it is.
            pub(super) fn read(step: &mut StepReader<'_, '_>) -> Option<Verb> {
                match step.definition.name {
                    $(name if name == <$module::$name as Behaviour>::DEFINITION.name => {
                        $module::$name::read(step).map(Verb::$name)
                    })*
                    _ => None,
                }
            }

            pub(super) fn enter(&self, scene: &mut Scene<'_>) -> Flow<State> {
                match self { $(Verb::$name(verb) => verb.enter(scene).map(State::$name),)* }
            }

            /// Hands an event to the verb whose state this is; `None` where they do not belong together.
            pub(super) fn handle(&self, state: State, event: Event, scene: &mut Scene<'_>) -> Option<Flow<State>> {
                match (self, state) {
                    $((Verb::$name(verb), State::$name(state)) => {
                        Some(verb.handle(state, event, scene).map(State::$name))
                    })*
                    _ => None,
                }
            }

            /// Tells the verb that its deadline has come; `None` as above.
            pub(super) fn expire(&self, state: State, scene: &mut Scene<'_>) -> Option<Flow<State>> {
                match (self, state) {
                    $((Verb::$name(verb), State::$name(state)) => {
                        Some(verb.expire(state, scene).map(State::$name))
                    })*
                    _ => None,
                }
            }

            pub(super) fn deadline(&self, state: &State) -> Option<Deadline> {
                match (self, state) {
                    $((Verb::$name(verb), State::$name(state)) => verb.deadline(state),)*
                    _ => None,
                }
            }
        }
    };
}

impl State {
    /// Whether a PIN is being asked for, and no digit of it was pressed yet.
    pub(super) fn asks_for_pin(&self) -> bool {
        matches!(self, State::Pin(pin::State::Asking(_)))
    }
}

pub(super) use hangup::{CAUSE_NAMES, end_cause};

verbs! {
    play Play
    menu Menu
    collect Collect
    say Say
    hours Hours
    pin Pin
    coverage Coverage
    closed Closed
    set Set
    announce_wait AnnounceWait
    queue Queue
    survey Survey
    callback Callback
    dial Dial
    transfer Transfer
    webhook Webhook
    voicemail Voicemail
    goto Goto
    hangup Hangup
}
