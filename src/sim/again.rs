//! Every call of a world walked again, from what was kept of it: it must go where it went.

use super::shipped::Shipped;
use crate::base::{Clip, Coverage, Known, Language, Number, PromptId, UnixTime};
use crate::calendar::Calendar;
use crate::case::CaseNumber;
use crate::customer;
use crate::dialplan::Desk;
use crate::dialplan::replay::{Replay, Route, replay};
use crate::dialplan::simulate::WalkWorld;
use crate::engine::desk_state;
use crate::node::CallStory;
use std::time::Duration;

/// What a simulated engine's calls look up, for walking them without network.
#[derive(Clone, Debug)]
pub struct Again {
    /// The plans and prompts.
    pub shipped: Shipped,
    /// The desks' hours.
    pub calendar: Calendar,
    /// Whether callers are asked for PINs.
    pub takes_pins: bool,
}

impl Again {
    /// What is wrong where a call that is over, walked again, goes elsewhere; `None` where it goes
    /// where it went, never came to its plan, or ran on one that a reload brought.
    pub fn strays(&self, call: &CallStory) -> Option<String> {
        let (trail, at) = (call.trail.as_ref()?, call.record.plan_began_at?);
        if !trail.is_whole() {
            return None;
        }
        let from = call.record.caller.as_deref().and_then(Number::parse);
        let number = Number::parse(&call.record.dialed);
        let plans = &self.shipped.plans;
        let plan = number.map_or_else(|| plans.default_plan().clone(), |number| plans.route(&number));
        if plan.content_hash() != call.record.plan_version {
            return None;
        }
        let route = replay(&Replay { plan, at, from, trail }, self).route;
        let went = Route::of(trail);
        (route != went).then(|| format!("{}: went {went:?}, walked again {route:?}", call.record.call_id))
    }
}

impl WalkWorld for Again {
    fn desk(&self, desk: &str, at: UnixTime) -> Desk {
        desk_state(&self.calendar, desk, at)
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        self.shipped.library.sound(prompt, language).is_some()
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        match clip {
            Clip::Prompt(id, language) => self.shipped.library.duration(id, *language).unwrap_or_default(),
            Clip::Pause(length) => *length,
            Clip::Beep => crate::audio::tone::beep().duration(),
            Clip::Ringback => Duration::from_secs(3),
        }
    }

    fn case_number(&self) -> String {
        CaseNumber::from_sequence(1).map(|number| number.to_string()).unwrap_or_default()
    }

    fn takes_pins(&self) -> bool {
        self.takes_pins
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        customer::cover(known, language)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Digit;
    use crate::dialplan::trail::{Bounded, Key, Press};
    use crate::node::StoreWrite;
    use crate::sim::callers;

    #[test]
    fn a_call_whose_keys_were_other_ones_strays() {
        let shipped = Shipped::load().expect("the shipped plan");
        let run = callers::cast(1, 10).run(&shipped);
        let calls = run.world.stored.iter().filter_map(|write| match write {
            StoreWrite::SaveCall(call) => Some((**call).clone()),
            _ => None,
        });
        let mut doctored: Vec<CallStory> = calls.collect();
        assert!(doctored.iter().all(|call| run.again.strays(call).is_none()));
        let star = Key::Shown(Digit::from_char('*').expect("a key"));
        for trail in doctored.iter_mut().filter_map(|call| call.trail.as_mut()) {
            let starred = trail.presses.kept().iter().map(|press| Press { key: star, ..*press });
            trail.presses = Bounded::new(starred.collect::<Vec<_>>(), 0);
        }
        assert!(doctored.iter().any(|call| run.again.strays(call).is_some()));
    }
}
