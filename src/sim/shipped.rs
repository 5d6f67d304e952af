//! The shipped plan and its prompts, without files: every prompt a short tone as long as its text asks for.

use crate::audio::{Library, LibraryBuilder, SAMPLE_RATE_HZ, Sound};
use crate::base::{Language, PromptId};
use crate::case::{Field, Writer};
use crate::diag::{Diagnostic, Source};
use crate::dialplan::{Names, PlanSet, QueueFacts};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Desks of the shipped plan.
pub const DESKS: [&str; 3] = ["japan", "global", "sales"];
/// Queues of the shipped plan, each with its desk and its tier.
pub const QUEUES: [(&str, &str, u8); 3] =
    [("japan-technical", "japan", 1), ("japan-tier2", "japan", 2), ("japan-sales", "sales", 1)];

/// Places outside the desks to which plans may hand callers.
pub const TRANSFERS: [&str; 1] = ["partner"];
/// Services outside that plans of simulated worlds may ask.
pub const WEBHOOKS: [&str; 1] = ["contracts"];

/// Milliseconds of tone for one letter: about a quarter of what speech takes, so that nobody simulates waiting.
const MS_PER_LETTER: [(Language, usize); 2] = [(Language::Ja, 40), (Language::En, 16)];
/// Shortest and longest prompt, in milliseconds.
const PROMPT_MS: (usize, usize) = (200, 4_000);

/// What every simulated engine runs on.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// The plans.
    pub plans: Arc<PlanSet>,
    /// The prompts.
    pub library: Arc<Library>,
}

/// Why there is nothing to run.
#[derive(Debug, thiserror::Error)]
pub enum ShippedError {
    /// The manifest of prompts cannot be read.
    #[error("prompts/manifest.toml: {0}")]
    Manifest(String),
    /// The plan has mistakes.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Plan(Vec<Diagnostic>),
}

#[derive(Deserialize)]
struct Manifest {
    prompt: Vec<Prompt>,
    series: Vec<Series>,
}

#[derive(Deserialize)]
struct Prompt {
    id: String,
    ja: Words,
    en: Words,
}

#[derive(Deserialize)]
struct Series {
    id: String,
    values: Vec<toml::Value>,
    ja: Words,
    en: Words,
}

#[derive(Deserialize)]
struct Words {
    text: String,
}

impl Shipped {
    /// The plan of this version of the program.
    ///
    /// # Errors
    /// The plan or its prompts are not what they should be.
    pub fn load() -> Result<Shipped, ShippedError> {
        let plan = Source::new("webex-support.toml", include_str!("../../dialplans/webex-support.toml"));
        let library = Arc::new(library()?);
        Ok(Shipped { plans: plans(&plan, &library)?, library })
    }

    /// Another plan over the same prompts, desks and queues.
    ///
    /// # Errors
    /// Every mistake of the plan.
    pub fn with_plan(&self, plan: &Source) -> Result<Shipped, ShippedError> {
        Ok(Shipped { plans: plans(plan, &self.library)?, library: self.library.clone() })
    }
}

fn plans(source: &Source, library: &Library) -> Result<Arc<PlanSet>, ShippedError> {
    let (plans, _) =
        PlanSet::check(std::slice::from_ref(source), &names(library)).map_err(ShippedError::Plan)?;
    Ok(Arc::new(plans))
}

fn library() -> Result<Library, ShippedError> {
    let manifest: Manifest = toml::from_str(include_str!("../../prompts/manifest.toml"))
        .map_err(|e| ShippedError::Manifest(e.to_string()))?;
    let mut builder = LibraryBuilder::new();
    for prompt in &manifest.prompt {
        insert(&mut builder, &prompt.id, [&prompt.ja, &prompt.en]);
    }
    for series in &manifest.series {
        for value in &series.values {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_string);
            insert(&mut builder, &series.id.replace("{n}", &value), [&series.ja, &series.en]);
        }
    }
    Ok(builder.build())
}

fn insert(builder: &mut LibraryBuilder, id: &str, words: [&Words; 2]) {
    for ((language, ms), words) in MS_PER_LETTER.into_iter().zip(words) {
        let ms = (words.text.chars().count() * ms).clamp(PROMPT_MS.0, PROMPT_MS.1);
        builder.insert(PromptId::new(id), language, tone(ms / 20 * 20));
    }
}

/// A square tone of 500 Hz at a speaking level.
fn tone(ms: usize) -> Sound {
    let samples = ms * SAMPLE_RATE_HZ as usize / 1000;
    Sound::new((0..samples).map(|at| if at / 8 % 2 == 0 { 3_000 } else { -3_000 }).collect::<Vec<i16>>())
}

fn names(library: &Library) -> Names {
    let queue = |(name, desk, tier): (&str, &str, u8)| {
        (name.to_string(), QueueFacts { desk: desk.into(), tier, ring: Duration::from_secs(20) })
    };
    Names {
        queues: QUEUES.into_iter().map(queue).collect(),
        desks: DESKS.iter().map(|d| d.to_string()).collect(),
        transfers: TRANSFERS.iter().map(|t| t.to_string()).collect(),
        webhooks: WEBHOOKS.iter().map(|w| w.to_string()).collect(),
        prompts: library.sounds().map(|(id, language, _)| (id.clone(), language)).collect(),
        case_fields: case_fields(),
        skies: Vec::new(),
    }
}

/// Fields a plan may set; which values they take is the case's to say.
fn case_fields() -> BTreeMap<String, Vec<String>> {
    let fields = Field::ALL.iter().filter(|field| field.writer == Writer::Plan);
    fields.map(|field| (field.name.to_string(), Vec::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_plan_runs_on_prompts_of_its_manifest() {
        let shipped = Shipped::load().expect("a good plan");
        let length = |id, language| shipped.library.duration(&PromptId::new(id), language);
        assert!(length("menu-language", Language::Ja) > length("menu-language", Language::En));
        assert!(
            length("digit-7-end", Language::Ja).is_some() && length("music-on-hold", Language::En).is_some()
        );
    }
}
