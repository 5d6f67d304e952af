//! What a verb sees and touches while it runs.

use super::contract::{Action, Desk, Line, World};
use super::plan::{Step, StepId};
use super::speech::Spoken;
use super::trail::{Met, Outcome, Pressed, Tracker};
use super::typed::Typed;
use crate::base::{
    Clip, Coverage, Deadline, Digit, EndCause, Instant, Known, Language, Number, Product, PromptId, Right,
    Rights, Secret, SupportOption,
};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// No announcement is longer. Where its end is never reported the run goes on after this.
const LONGEST_PLAYOUT: Duration = Duration::from_secs(180);

/// What a verb says after it was told something.
#[derive(Clone, Debug)]
pub enum Flow<S> {
    /// Stay at this step, in this state.
    Stay(S),
    /// Go on at another step.
    Go(StepId),
    /// End the call.
    End(EndCause),
}

impl<S> Flow<S> {
    /// The same with the state wrapped.
    pub(super) fn map<T>(self, wrap: impl FnOnce(S) -> T) -> Flow<T> {
        match self {
            Flow::Stay(state) => Flow::Stay(wrap(state)),
            Flow::Go(step) => Flow::Go(step),
            Flow::End(cause) => Flow::End(cause),
        }
    }
}

/// Digits a `collect` step has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    /// The digits; hidden whether or not the plan calls them secret.
    pub digits: Secret<String>,
    /// Whether the plan calls them secret.
    pub secret: bool,
}

/// What a run knows of its caller, whatever step it is at.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub out: VecDeque<Action>,
    pub typed: Typed,
    pub language: Language,
    pub facts: BTreeMap<String, String>,
    pub collected: BTreeMap<StepId, Collected>,
    pub playing: bool,
    /// A terminator that may still follow digits which were already complete.
    pub absorb: Option<(Digit, Instant)>,
    /// Whether the caller did something, or reached somebody, since the steps were last counted.
    pub attended: bool,
    pub tracker: Tracker,
    /// What is known of the question and of the right to ask it.
    pub known: Known,
    /// What they were found to have bought.
    pub rights: Option<Rights>,
    /// Who answers it, once a step has looked.
    pub coverage: Option<Coverage>,
}

impl Caller {
    /// What was known before the plan began are facts of the case.
    pub fn note_known(&mut self) {
        let product = self.known.product.map(|product| ("product", product.name()));
        let option = self.known.option.map(|option| ("option", option.name()));
        for (field, value) in product.into_iter().chain(option) {
            self.fact(field, value);
        }
    }

    /// A fact of the case.
    pub fn fact(&mut self, field: &str, value: &str) {
        self.facts.insert(field.to_owned(), value.to_owned());
        self.out.push_back(Action::Set { field: field.to_owned(), value: value.to_owned() });
    }

    /// What was a fact of the case is none.
    fn forget(&mut self, field: &str) {
        if self.facts.remove(field).is_some() {
            self.out.push_back(Action::Set { field: field.to_owned(), value: String::new() });
        }
    }

    /// The caller has come to a place.
    pub fn arrived(&mut self, now: Instant, outcome: Outcome) {
        let interpreter = self.facts.get("interpreter").is_some_and(|value| value == "true");
        self.tracker.arrived(now, outcome, self.language, interpreter);
    }
}

/// The moment, the look-ups and the caller, as one step sees them.
pub struct Scene<'r> {
    pub(super) now: Instant,
    world: &'r dyn World,
    pub(super) step: StepId,
    name: &'r Arc<str>,
    verb: &'static str,
    pub(super) caller: &'r mut Caller,
}

impl<'r> Scene<'r> {
    /// What this step of a plan sees.
    pub(super) fn new(
        now: Instant,
        world: &'r dyn World,
        step: (StepId, &'r Step),
        caller: &'r mut Caller,
    ) -> Self {
        let (id, Step { name, .. }) = step;
        Scene { now, world, step: id, name, verb: step.1.definition().name, caller }
    }

    /// The step begins.
    pub(super) fn begin(&mut self) {
        self.caller.tracker.entered(self.now, self.name);
        self.say_what_happened("enter".into());
    }

    /// Says what happened here.
    pub(super) fn trace(&mut self, event: impl Into<String>) {
        let event = event.into();
        self.caller.tracker.happened(&event);
        self.say_what_happened(event);
    }

    fn say_what_happened(&mut self, event: String) {
        self.act(Action::Trace { step: self.name.clone(), verb: self.verb, event });
    }

    /// Asks for something.
    pub(super) fn act(&mut self, action: Action) {
        match &action {
            Action::Enqueue { queue } => self.caller.tracker.asks(self.now, queue, Met::Enqueued),
            Action::Dial { desk, .. } => {
                self.caller.tracker.asks(self.now, desk, Met::Dialled);
                self.caller.arrived(self.now, Outcome::Dial { desk: desk.clone() });
            }
            Action::Ask { webhook, .. } => self.caller.tracker.meets(self.now, webhook, Met::Asked),
            Action::Verify { .. } => self.caller.tracker.meets(self.now, self.name, Met::Asked),
            Action::Record(_) => self.caller.tracker.meets(self.now, self.name, Met::Recording),
            Action::Transfer { to, .. } => {
                self.caller.tracker.asks(self.now, to, Met::Transferred);
                self.caller.arrived(self.now, Outcome::Transfer { to: to.clone() });
            }
            _ => {}
        }
        self.caller.out.push_back(action);
    }

    /// Whether a desk takes callers now.
    pub(super) fn desk(&mut self, desk: &str) -> Desk {
        let state = self.world.desk(desk);
        self.caller.tracker.saw(self.now, desk, state);
        state
    }

    /// How long a queue's line is.
    pub(super) fn line(&self, queue: &str) -> Line {
        self.world.line(queue)
    }

    /// Whether callers are asked for PINs.
    pub(super) fn takes_pins(&self) -> bool {
        self.world.takes_pins()
    }

    /// The caller was verified: what they have a right to are facts of the case.
    pub(super) fn entitle(&mut self, rights: Rights) {
        self.caller.rights = Some(rights);
        self.grant();
    }

    /// What was bought for the product that the question is about, by the contract that counts for it. Nothing where
    /// support was not bought for that one: the case says all the same who asks.
    fn grant(&mut self) {
        let Some(rights) = self.caller.rights.take() else { return };
        match self.caller.known.product.or_else(|| self.only_product(&rights)) {
            None => self.give(&rights, rights.best()),
            Some(product) => match rights.covering(product) {
                Some(right) => self.give(&rights, right),
                None => self.refuse(rights.best(), product),
            },
        }
        self.caller.rights = Some(rights);
    }

    /// Whoever bought support for one product asks about that.
    fn only_product(&mut self, rights: &Rights) -> Option<Product> {
        let product = rights.only_product()?;
        self.caller.known.product = Some(product);
        self.caller.fact("product", product.name());
        Some(product)
    }

    /// What this one of them gives.
    fn give(&mut self, rights: &Rights, right: &Right) {
        let product = self.caller.known.product;
        self.prove(right);
        if rights.are_several() {
            self.trace(which_counts(right, product));
        }
        let (option, japanese) = (Some(right.option), Some(right.japanese));
        self.caller.known = Known { product, option, japanese };
        self.caller.fact("option", right.option.name());
    }

    fn refuse(&mut self, right: &Right, product: Product) {
        self.prove(right);
        let text = format!("no contract covers {}", product.title());
        self.trace(text.clone());
        self.act(Action::Note { text });
        self.caller.known = Known { product: Some(product), ..Known::default() };
        self.caller.forget("option");
    }

    /// Whose contract it is, where the case does not say so yet.
    fn prove(&mut self, Right { customer, kind, value, .. }: &Right) {
        let entitlement = format!("verified {kind}:{value}");
        for (field, value) in [("entitlement", &entitlement), ("customer", customer)] {
            if self.caller.facts.get(field) != Some(value) {
                self.set(field, value);
            }
        }
    }

    /// Whether anything is known of the caller's question.
    pub(super) fn knows_anything(&self) -> bool {
        self.caller.known != Known::default()
    }

    /// Who answers the caller's question, by what is known of it.
    pub(super) fn coverage(&mut self) -> Coverage {
        let coverage = self.world.coverage(&self.caller.known, self.caller.language);
        self.caller.coverage.insert(coverage).clone()
    }

    /// The caller's number, where it is known and not withheld.
    pub(super) fn caller_number(&self) -> Option<Number> {
        self.world.caller_number()
    }

    /// The number of this call's case, once it is durable.
    pub(super) fn case_number(&self) -> Option<String> {
        self.world.case_number()
    }

    /// The key that this step is being told of.
    pub(super) fn pressed(&self, digit: Digit) -> Pressed {
        self.caller.tracker.pressed(digit)
    }

    /// This step, which is not secret, takes a key: the trail may show it from now on.
    pub(super) fn reveal(&mut self, pressed: Pressed) -> Digit {
        self.caller.tracker.reveal(pressed)
    }

    /// Plays an announcement once. `false` where nothing of it is recorded, so that no end follows.
    pub(super) fn play(&mut self, spoken: &[Spoken]) -> bool {
        self.play_clips(spoken, false)
    }

    /// Plays again and again, until replaced or stopped; the ringback tone where nothing is recorded.
    pub(super) fn play_on(&mut self, spoken: &[Spoken]) {
        if !self.play_clips(spoken, true) {
            self.act(Action::Play { clips: vec![Clip::Ringback], repeat: true });
            self.caller.playing = true;
        }
    }

    fn play_clips(&mut self, spoken: &[Spoken], repeat: bool) -> bool {
        let clips: Vec<Clip> =
            spoken.iter().take(crate::base::limits::CLIPS_PER_PLAY).filter_map(|s| self.clip(s)).collect();
        let heard = clips.iter().any(|clip| !matches!(clip, Clip::Pause(_)));
        if heard {
            self.act(Action::Play { clips, repeat });
            self.caller.playing = true;
        }
        heard
    }

    /// Whether the caller can hear this prompt in their own language.
    pub(super) fn is_heard(&self, id: &PromptId) -> bool {
        self.world.has_prompt(id, self.caller.language)
    }

    /// The recording in the wanted language, else in the other one rather than silence.
    fn clip(&mut self, spoken: &Spoken) -> Option<Clip> {
        let (id, language) = match spoken {
            Spoken::Pause(length) => return Some(Clip::Pause(*length)),
            Spoken::Beep => return Some(Clip::Beep),
            Spoken::Prompt(id, language) => (id, language.unwrap_or(self.caller.language)),
        };
        let recorded = |l: &Language| self.world.has_prompt(id, *l);
        let found = [language].into_iter().chain(Language::ALL).find(recorded);
        if found != Some(language) {
            self.trace(missing(id, language));
        }
        Some(Clip::Prompt(id.clone(), found?))
    }

    /// Stops what plays, where something plays.
    pub(super) fn stop(&mut self) {
        if std::mem::take(&mut self.caller.playing) {
            self.act(Action::StopPlay);
        }
    }

    /// The latest moment at which a playout begun now is over.
    pub(super) fn playout_guard(&self) -> Instant {
        self.now + LONGEST_PLAYOUT
    }

    /// Keeps a digit for a later step.
    pub(super) fn keep(&mut self, digit: Digit) {
        if !self.caller.typed.push(self.pressed(digit)) && self.caller.typed.dropped() == 1 {
            self.trace("type-ahead full");
        }
    }

    /// Forgets digits that were typed for something else.
    pub(super) fn forget_typed(&mut self) {
        let count = self.caller.typed.clear();
        if count > 0 {
            self.trace(format!("type-ahead forgotten: {count}"));
        }
    }

    /// The caller did something.
    pub(super) fn attended(&mut self) {
        self.caller.attended = true;
    }

    /// Records a fact of the case.
    pub(super) fn set(&mut self, field: &str, value: &str) {
        self.caller.fact(field, value);
        match field {
            "product" => {
                self.caller.known.product = Product::from_name(value);
                self.grant();
            }
            "option" => self.caller.known.option = SupportOption::from_name(value),
            _ => {}
        }
    }
}

fn which_counts(right: &Right, product: Option<Product>) -> String {
    let Right { kind, value, option, .. } = right;
    let option = option.title();
    match product {
        Some(product) => format!("{kind}:{value} counts for {}: {option}", product.title()),
        None => format!("{kind}:{value} gives most: {option}"),
    }
}

fn missing(id: &PromptId, language: Language) -> String {
    format!("no prompt {id} in {language}")
}

/// A deadline in the middle of an announcement: its end should have been reported long before.
pub(super) fn guard(at: Instant) -> Option<Deadline> {
    Some(Deadline { at, why: "end of announcement" })
}
