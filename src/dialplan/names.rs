//! The names a plan may use, as other rooms and the settings know them.

use super::prove::Sky;
use crate::base::{Language, PromptId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Everything outside a plan that a plan can name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Queues by name.
    pub queues: BTreeMap<String, QueueFacts>,
    /// Desks by name.
    pub desks: BTreeSet<String>,
    /// Places outside the desks by name, to which callers may be handed.
    pub transfers: BTreeSet<String>,
    /// Webhooks by name.
    pub webhooks: BTreeSet<String>,
    /// Recorded prompts, one entry per language.
    pub prompts: BTreeSet<(PromptId, Language)>,
    /// Case fields a plan may set, with the values each may take; no values = any text.
    pub case_fields: BTreeMap<String, Vec<String>>,
    /// What desks are like at the moments to come, each different one once; none: nothing is known of them.
    pub skies: Vec<Sky>,
}

/// Where a queue leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueFacts {
    /// The desk that serves it.
    pub desk: String,
    /// The tier that answers first, 1 or 2.
    pub tier: u8,
    /// How long one of its places may ring.
    pub ring: Duration,
}

impl Names {
    /// Whether a prompt exists in a language.
    pub fn has_prompt(&self, id: &PromptId, language: Language) -> bool {
        self.prompts.contains(&(id.clone(), language))
    }

    /// Whether a prompt exists in any language.
    pub fn has_prompt_in_any(&self, id: &PromptId) -> bool {
        Language::ALL.iter().any(|language| self.has_prompt(id, *language))
    }

    /// Every prompt's name, once each, in order.
    pub fn prompt_ids(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        self.prompts.iter().map(|(id, _)| id.as_str()).filter(move |id| last.replace(*id) != Some(*id))
    }
}
