//! Speech: Japanese sentences that nobody recorded, said when they are needed.
//!
//! Owns: which prompts a voice can say ([`Sentence::of`]), how they are read (the sound changes of numbers and
//! counters, the accents), the voice itself (feature `speech`; without it no [`Voice`] can be loaded).
//! Does not know: files, threads, who wants to hear it.
//!
//! Invariants: no dictionary: every sentence is made of parts whose reading is written here; what a voice says
//! is at the house level, and the same each time.
//!
//! To add a sentence: its series in `sentence.rs`, with a row in that file's test of readings; what is heard
//! in its place without a voice in `dialplan/say.rs`.

mod reading;
mod sentence;
mod voice;

pub use reading::Phrase;
pub use sentence::Sentence;
pub use voice::{NoVoice, Voice};

use crate::base::Language;

/// The language of every sentence.
pub const LANGUAGE: Language = Language::Ja;
