//! `coverage`: where callers of the shipped plan come, for every product and option.

use crate::library::{TestWorld, shipped};
use madoguchi::base::{Clip, Coverage, Known, Language, Product, PromptId, SupportOption, UnixTime};
use madoguchi::customer::cover;
use madoguchi::dialplan::simulate::{Outcome, Walk, WalkWorld, Walked, parse_keys, walk};
use madoguchi::dialplan::{Desk, World};
use std::time::Duration;

/// A caller of whom this is known; every desk is in this state.
struct Asked {
    known: Known,
    world: TestWorld,
}

impl WalkWorld for Asked {
    fn desk(&self, _: &str, _: UnixTime) -> Desk {
        self.world.desk
    }
    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        World::has_prompt(&self.world, prompt, language)
    }
    fn clip_length(&self, _: &Clip) -> Duration {
        Duration::from_secs(2)
    }
    fn case_number(&self) -> String {
        "600000017".into()
    }
    fn known(&self) -> Known {
        self.known
    }
    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        cover(known, language)
    }
}

fn call(keys: &str, desk: Desk, known: Known) -> Walked {
    let keys = parse_keys(keys).expect("keys");
    let world = Asked { known, world: TestWorld::desks(desk) };
    walk(
        &Walk { plan: shipped(), at: UnixTime::from_secs(1_770_685_200), from: None, keys, pin: None },
        &world,
    )
}

fn known(product: Product, option: SupportOption, japanese: bool) -> Known {
    Known { product: Some(product), option: Some(option), japanese: Some(japanese) }
}

fn place(walked: &Walked) -> String {
    let interpreter = walked.facts.get("interpreter").is_some_and(|flag| flag == "true");
    let with = if interpreter { " with interpreter" } else { "" };
    let place = match &walked.outcome {
        Some(Outcome::Queue { queue, .. }) => queue.to_string(),
        Some(Outcome::Dial { desk }) => desk.to_string(),
        other => format!("{other:?}"),
    };
    format!("{place}{with}")
}

/// Each cell of the table twice: a customer who did not buy Japanese, and one who did.
#[test]
fn every_cell_of_the_table_comes_to_its_line_or_desk() {
    const TIER1: &str = "japan-technical";
    const TIER2: &str = "japan-tier2";
    const GLOBAL: &str = "global with interpreter";
    const SALES: &str = "japan-sales";
    for (product, cells) in [
        ("meetings", [[TIER1; 2], [GLOBAL, TIER2], [GLOBAL, TIER2]]),
        ("messaging", [[TIER1; 2], [GLOBAL, TIER2], [GLOBAL, TIER2]]),
        ("calling", [[TIER1; 2], [GLOBAL; 2], [GLOBAL; 2]]),
        ("contact-center", [[TIER1; 2], [SALES; 2], [GLOBAL; 2]]),
    ] {
        let product = Product::from_name(product).expect("a product");
        for (option, cell) in SupportOption::ALL.iter().zip(cells) {
            let places = [false, true].map(|bought| {
                let known = known(product, *option, bought);
                let walked = call("21", Desk::Open, known);
                assert_eq!(walked.facts["tier"], option.tier().to_string());
                assert_eq!(walked.coverage.as_ref(), Some(&cover(&known, Language::Ja)));
                let said = walked.steps.iter().any(|step| step.event.contains(product.title()));
                assert!(said, "{:?}", walked.steps);
                place(&walked)
            });
            assert_eq!(places, cell, "{product} {option}");
        }
    }
}

#[test]
fn whoever_is_known_comes_to_the_same_desk_without_pressing_anything() {
    let calling = known(Product::Calling, SupportOption::Premium, true);
    for keys in ["21", "22", "2", ""] {
        assert_eq!(place(&call(keys, Desk::Open, calling)), "global with interpreter", "{keys}");
    }
    assert_eq!(place(&call("11", Desk::Open, calling)), "global", "in English");
    let tier2 = known(Product::Meetings, SupportOption::Premium, true);
    assert_eq!(place(&call("21", Desk::Holiday, tier2)), "global with interpreter", "closed");
    assert_eq!(place(&call("23", Desk::Open, tier2)), "japan-sales", "a purchase is no technical question");
}

#[test]
fn where_nothing_is_known_nothing_is_said_and_the_call_goes_as_ever() {
    let walked = call("21", Desk::Open, Known::default());
    assert_eq!(place(&walked), "japan-technical");
    let at_coverage = walked.steps.iter().filter(|step| &*step.step == "who-answers");
    assert_eq!(at_coverage.map(|step| &*step.event).collect::<Vec<_>>(), ["enter"]);
    assert_eq!(walked.facts.get("tier"), None);
}
