//! The prompts as files, to compare what peers hear with.

use madoguchi::audio::matcher::Matcher;
use madoguchi::audio::{Codec, Library, LibraryBuilder, Sound, decode};
use madoguchi::base::{Language, PromptId};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The file of a Japanese prompt.
pub fn file(id: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("prompts/ja/{id}.wav"))
}

/// The samples of a Japanese prompt.
pub fn sound(id: &str) -> Sound {
    let bytes = std::fs::read(file(id)).expect(id);
    decode(bytes, Some("wav")).expect(id)
}

/// Names these Japanese prompts in a recording.
pub fn matcher(ids: &[&str]) -> Matcher {
    let mut builder = LibraryBuilder::new();
    for id in ids {
        builder.insert(PromptId::new(id), Language::Ja, sound(id));
    }
    let library: Library = builder.build();
    Matcher::new(&library)
}

/// The packets of a prompt as mu-law, 20 ms each, but those that `other` has too.
pub fn packets_only_in(id: &str, other: &str) -> BTreeSet<Vec<u8>> {
    let others = packets(other);
    packets(id).into_iter().filter(|packet| !others.contains(packet)).collect()
}

fn packets(id: &str) -> BTreeSet<Vec<u8>> {
    let mut bytes = Vec::new();
    Codec::Pcmu.encode(&sound(id).samples, &mut bytes);
    bytes.chunks(160).map(<[u8]>::to_vec).collect()
}
