//! Every prompt, decoded once and encoded once for each codec that allows it, shared by all calls.

use super::{Codec, Sound};
use crate::base::{Language, PromptId};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The prompts of a running engine. Immutable: a reload builds a new one, calls in progress keep theirs.
#[derive(Clone, Debug, Default)]
pub struct Library {
    prompts: BTreeMap<PromptId, [Option<Recording>; Language::ALL.len()]>,
}

/// Collects prompts for a [`Library`].
#[derive(Debug, Default)]
pub struct LibraryBuilder {
    library: Library,
}

/// A sound's bytes by codec; none for codecs that keep state, whose streams each encode for themselves.
pub type Encoded = [Option<Arc<[u8]>>; Codec::ALL.len()];

/// A sound's bytes in every codec that allows it.
pub fn encoded(samples: &[i16]) -> Encoded {
    let bytes = |codec: Codec| {
        let mut bytes = Vec::with_capacity(samples.len());
        codec.encode(samples, &mut bytes);
        Arc::from(bytes)
    };
    Codec::ALL.map(|codec| codec.keeps_no_state().then(|| bytes(codec)))
}

#[derive(Clone, Debug)]
struct Recording {
    sound: Sound,
    encoded: Encoded,
}

impl LibraryBuilder {
    /// An empty library to fill.
    pub fn new() -> LibraryBuilder {
        LibraryBuilder::default()
    }

    /// Adds a prompt in a language, encoding it for every codec that allows it; replaces what was there.
    pub fn insert(&mut self, id: PromptId, language: Language, sound: Sound) {
        let encoded = encoded(&sound.samples);
        let languages = self.library.prompts.entry(id).or_default();
        languages[slot(language)] = Some(Recording { sound, encoded });
    }

    /// Adds what another library has of a prompt in a language; audio is shared, not copied. False: it has none.
    pub fn insert_from(&mut self, other: &Library, id: &PromptId, language: Language) -> bool {
        let Some(recording) = other.recording(id, language) else { return false };
        self.library.prompts.entry(id.clone()).or_default()[slot(language)] = Some(recording.clone());
        true
    }

    /// The library.
    pub fn build(self) -> Library {
        self.library
    }
}

impl Library {
    /// The prompt's samples, where recorded in this language.
    pub fn sound(&self, id: &PromptId, language: Language) -> Option<&Sound> {
        self.recording(id, language).map(|r| &r.sound)
    }

    /// The prompt's bytes for RTP payloads: one byte a sample. Costs a look-up and some counts.
    pub fn encoded(&self, id: &PromptId, language: Language) -> Option<Encoded> {
        self.recording(id, language).map(|r| r.encoded.clone())
    }

    /// How long the prompt lasts in this language.
    pub fn duration(&self, id: &PromptId, language: Language) -> Option<Duration> {
        self.sound(id, language).map(Sound::duration)
    }

    /// Every prompt's name, in order, whatever its languages.
    pub fn ids(&self) -> impl Iterator<Item = &PromptId> {
        self.prompts.keys()
    }

    /// Every recording, in order of name and language.
    pub fn sounds(&self) -> impl Iterator<Item = (&PromptId, Language, &Sound)> {
        let languages = |id| Language::ALL.into_iter().map(move |l| (id, l));
        self.prompts.keys().flat_map(languages).filter_map(|(id, l)| Some((id, l, self.sound(id, l)?)))
    }

    /// This library, and what only the other one has; audio is shared, not copied.
    #[must_use]
    pub fn and_what_only(&self, other: &Library) -> Library {
        let mut both = self.clone();
        for (id, theirs) in &other.prompts {
            let ours = both.prompts.entry(id.clone()).or_default();
            for (our, their) in ours.iter_mut().zip(theirs) {
                if our.is_none() {
                    our.clone_from(their);
                }
            }
        }
        both
    }

    /// Whether both hold the same prompts and the very same audio.
    pub fn shares_all_with(&self, other: &Library) -> bool {
        let same = |(ours, theirs): (&Option<Recording>, &Option<Recording>)| match (ours, theirs) {
            (Some(ours), Some(theirs)) => Arc::ptr_eq(&ours.sound.samples, &theirs.sound.samples),
            (ours, theirs) => ours.is_none() && theirs.is_none(),
        };
        self.prompts.len() == other.prompts.len()
            && self.prompts.iter().zip(&other.prompts).all(|((our_id, ours), (their_id, theirs))| {
                our_id == their_id && ours.iter().zip(theirs).all(same)
            })
    }

    fn recording(&self, id: &PromptId, language: Language) -> Option<&Recording> {
        self.prompts.get(id)?[slot(language)].as_ref()
    }
}

fn slot(language: Language) -> usize {
    language as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let mut builder = LibraryBuilder::new();
        builder.insert(PromptId::new("welcome"), Language::Ja, Sound::new(vec![1_000; 8_000]));
        builder.insert(PromptId::new("welcome"), Language::En, Sound::new(vec![-1_000; 4_000]));
        builder.insert(PromptId::new("bye"), Language::En, Sound::new(vec![0; 80]));
        builder.build()
    }

    #[test]
    fn a_prompt_is_found_by_name_and_language() {
        let library = library();
        let welcome = PromptId::new("welcome");
        assert_eq!(library.duration(&welcome, Language::Ja), Some(Duration::from_secs(1)));
        assert_eq!(library.duration(&welcome, Language::En), Some(Duration::from_millis(500)));
        assert_eq!(library.sound(&PromptId::new("bye"), Language::Ja), None);
        assert_eq!(library.sound(&PromptId::new("none"), Language::En), None);
        assert_eq!(library.ids().map(PromptId::as_str).collect::<Vec<_>>(), ["bye", "welcome"]);
        assert_eq!(library.sounds().count(), 3);
    }

    #[test]
    fn encodings_are_shared_not_made_again() {
        let library = library();
        let encoded = || library.encoded(&PromptId::new("welcome"), Language::Ja).expect("a prompt");
        let bytes = |codec: Codec| encoded()[codec as usize].clone();
        let same = bytes(Codec::Pcmu).zip(bytes(Codec::Pcmu)).is_some_and(|(a, b)| Arc::ptr_eq(&a, &b));
        assert!(same && bytes(Codec::G722).is_none());
        for codec in [Codec::Pcmu, Codec::Pcma] {
            let mut heard = Vec::new();
            codec.decode(&bytes(codec).expect("encoded"), &mut heard);
            assert_eq!(heard.len(), 8_000);
            assert!(heard.iter().all(|s| (s - 1_000).abs() < 40), "{codec:?}");
        }
    }

    #[test]
    fn what_only_another_has_is_added_and_nothing_replaced() {
        let (bye, welcome) = (PromptId::new("bye"), PromptId::new("welcome"));
        let mut builder = LibraryBuilder::new();
        builder.insert(welcome.clone(), Language::Ja, Sound::new(vec![5; 16]));
        let newer = builder.build();
        let (older, both) = (library(), newer.and_what_only(&library()));
        assert_eq!(both.sound(&welcome, Language::Ja), newer.sound(&welcome, Language::Ja));
        assert_eq!(both.sound(&welcome, Language::En), older.sound(&welcome, Language::En));
        assert_eq!(both.sound(&bye, Language::En), older.sound(&bye, Language::En));
        assert_eq!(both.sounds().count(), 3);
    }

    #[test]
    fn a_library_made_from_another_shares_its_audio_until_something_differs() {
        let (older, bye) = (library(), PromptId::new("bye"));
        let mut builder = LibraryBuilder::new();
        for (id, language, _) in older.sounds() {
            assert!(builder.insert_from(&older, id, language));
        }
        assert!(!builder.insert_from(&older, &bye, Language::Ja), "not recorded");
        let newer = builder.build();
        assert!(newer.shares_all_with(&older) && !newer.shares_all_with(&library()), "equal is not shared");
        let mut builder = LibraryBuilder { library: newer.clone() };
        builder.insert(bye, Language::En, Sound::new(vec![0; 80]));
        assert!(!builder.build().shares_all_with(&older));
        assert!(!Library::default().shares_all_with(&older));
    }

    #[test]
    fn threads_may_share_it() {
        fn shared<T: Send + Sync>(_: &T) {}
        shared(&library());
    }
}
