//! What plans under test may name, and a world to run them in.

use madoguchi::base::{Clip, Coverage, Known, Language, Number, PromptId, UnixTime};
use madoguchi::customer::cover;
use madoguchi::diag::{At, Diagnostic, Diagnostics, Document, Source, Table};
use madoguchi::dialplan::simulate::WalkWorld;
use madoguchi::dialplan::{Desk, Line, Names, Plan, QueueFacts, World, check, instead_of};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// A file of the repository.
pub fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// A file of the repository as a source of that name.
pub fn source(relative: &str) -> Source {
    let text = std::fs::read_to_string(path(relative)).expect(relative);
    Source::new(relative, &text)
}

/// The names of the shipped settings and of `prompts/manifest.toml`.
pub fn names() -> Names {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<String>>();
    let queue = |desk: &str, tier| QueueFacts { desk: desk.into(), tier, ring: Duration::from_secs(20) };
    Names {
        queues: BTreeMap::from([
            ("japan-technical".into(), queue("japan", 1)),
            ("japan-tier2".into(), queue("japan", 2)),
            ("japan-sales".into(), queue("sales", 1)),
        ]),
        desks: BTreeSet::from(["japan", "global", "sales"].map(String::from)),
        transfers: BTreeSet::from(["partner".into()]),
        webhooks: BTreeSet::from(["contracts".into()]),
        prompts: manifest_prompts(),
        case_fields: BTreeMap::from([
            ("language".into(), words(&["ja", "en"])),
            ("interpreter".into(), words(&["true", "false"])),
            ("has_pin".into(), words(&["true", "false"])),
            ("desk".into(), words(&["japan", "global", "sales"])),
            ("option".into(), words(&["basic", "enhanced", "premium"])),
            ("product".into(), words(&["meetings", "messaging", "calling", "contact-center"])),
            ("severity".into(), words(&["S1", "S2", "S3", "S4"])),
            ("satisfaction".into(), words(&["1", "2", "3", "4", "5"])),
            ("entitlement".into(), Vec::new()),
        ]),
        skies: Vec::new(),
    }
}

/// Every prompt of the manifest, series expanded, in both languages.
fn manifest_prompts() -> BTreeSet<(PromptId, Language)> {
    let source = source("prompts/manifest.toml");
    let mut found = Diagnostics::new();
    let document = Document::parse(&source, &mut found);
    let mut root = document.table();
    let mut ids = Vec::new();
    for mut prompt in tables(&mut root, "prompt", &mut found) {
        ids.extend(prompt.need::<String>("id", &mut found).map(|id| id.value));
    }
    for mut series in tables(&mut root, "series", &mut found) {
        let id = series.need::<String>("id", &mut found).expect("a series has an id").value;
        let values = series.need::<Vec<At<u32>>>("values", &mut found).expect("a series has values").value;
        ids.extend(values.iter().map(|n| id.replace("{n}", &n.value.to_string())));
    }
    assert!(found.all().is_empty() && ids.len() > 200, "{:?}", found.all());
    ids.iter().flat_map(|id| Language::ALL.map(|l| (PromptId::new(id), l))).collect()
}

fn tables<'a>(root: &mut Table<'a>, key: &str, found: &mut Diagnostics) -> Vec<Table<'a>> {
    let list = root.need::<Vec<At<Table<'a>>>>(key, found).expect("a list of tables");
    list.value.into_iter().map(|at| at.value).collect()
}

/// The shipped plan, checked.
pub fn shipped() -> Arc<Plan> {
    plan_of(&source("dialplans/webex-support.toml"))
}

/// A plan from its text, checked.
pub fn plan(text: &str) -> Arc<Plan> {
    plan_of(&Source::new("test.toml", text))
}

fn plan_of(source: &Source) -> Arc<Plan> {
    let printed = |found: Vec<Diagnostic>| found.iter().map(|d| format!("{d}\n")).collect::<String>();
    let (plan, _) = check(source, &names()).map_err(printed).expect("a good plan");
    Arc::new(plan)
}

/// A world that tests can turn.
#[derive(Clone, Debug)]
pub struct TestWorld {
    /// What every desk is.
    pub desk: Desk,
    /// How long every line is.
    pub line: Line,
    /// The caller's number, where it is known.
    pub caller: Option<Number>,
    /// The case's number, once there is one.
    pub case: Option<String>,
    /// Prompts that are not there although the check saw them.
    pub lost: BTreeSet<(String, Language)>,
    /// Whether somebody keeps PINs.
    pub takes_pins: bool,
}

impl TestWorld {
    /// Every desk in this state, every line empty, the case numbered.
    pub fn desks(desk: Desk) -> TestWorld {
        TestWorld {
            desk,
            line: Line::default(),
            caller: Number::parse("0312345678"),
            case: Some("600000017".into()),
            lost: BTreeSet::new(),
            takes_pins: false,
        }
    }
}

impl World for TestWorld {
    fn desk(&self, _: &str) -> Desk {
        self.desk
    }

    fn line(&self, _: &str) -> Line {
        self.line
    }

    fn caller_number(&self) -> Option<Number> {
        self.caller.clone()
    }

    fn case_number(&self) -> Option<String> {
        self.case.clone()
    }

    /// Whatever is not lost, but for what only a voice could say: there is none here.
    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        let recorded = instead_of(prompt);
        let is_recorded = recorded.is_empty() || recorded == [prompt.clone()];
        is_recorded && !self.lost.contains(&(prompt.to_string(), language))
    }

    fn takes_pins(&self) -> bool {
        self.takes_pins
    }

    fn coverage(&self, known: &Known, language: Language) -> Coverage {
        cover(known, language)
    }
}

/// As the same desks are at every moment; every prompt takes two seconds.
impl WalkWorld for TestWorld {
    fn desk(&self, _: &str, _: UnixTime) -> Desk {
        self.desk
    }

    fn has_prompt(&self, prompt: &PromptId, language: Language) -> bool {
        World::has_prompt(self, prompt, language)
    }

    fn clip_length(&self, clip: &Clip) -> Duration {
        match clip {
            Clip::Pause(length) => *length,
            _ => Duration::from_secs(2),
        }
    }

    fn case_number(&self) -> String {
        self.case.clone().unwrap_or_default()
    }
}
