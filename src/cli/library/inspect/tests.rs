//! Tests on a folder with one good prompt that is spoilt in one way each.

use super::*;
use crate::cli::library::{decode_one, load_manifest};

const MANIFEST: &str = "[[prompt]]\nid = 'hello'\nja.text = 'もしもし'\nen.text = 'Hello'\n";

struct World {
    folder: tempfile::TempDir,
    usage: Usage,
}

impl World {
    fn new() -> World {
        let usage = BTreeMap::from([(PromptId::new("hello"), vec!["plan/step".to_owned()])]);
        let world = World { folder: tempfile::tempdir().expect("a folder"), usage };
        world.manifest(MANIFEST);
        for language in ["ja", "en"] {
            std::fs::create_dir(world.folder.path().join(language)).expect("made");
            world.record(&format!("{language}/hello.wav"), 8_000, &tone(8_000, 0.14));
        }
        world
    }

    fn manifest(&self, text: &str) {
        std::fs::write(self.folder.path().join("manifest.toml"), text).expect("written");
    }

    fn record(&self, file: &str, sample_rate: u32, samples: &[i16]) {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let path = self.folder.path().join(file);
        let mut writer = hound::WavWriter::create(path, spec).expect("a file");
        samples.iter().for_each(|sample| writer.write_sample(*sample).expect("room"));
        writer.finalize().expect("whole");
    }

    /// Writes the generator's index: these files as they are now, with what they say.
    fn index(&self, entries: &[(&str, &str)]) {
        use sha2::Digest;
        let entry = |(file, say): &(&str, &str)| {
            let hash =
                sha2::Sha256::digest(std::fs::read(self.folder.path().join(file)).expect("a recording"));
            format!(
                "\"{file}\": {{\"kind\": \"speech\", \"say\": \"{say}\", \"made_by\": \"a\", \"sha256\": \"{hash:x}\"}}"
            )
        };
        let text = format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(","));
        std::fs::write(self.folder.path().join("index.json"), text).expect("written");
    }

    fn found(&self) -> Vec<String> {
        let manifest = load_manifest(self.folder.path()).expect("a good manifest");
        let origins = Origins::read(self.folder.path(), &manifest).expect("a good index");
        let found = inspect(self.folder.path(), &manifest, &origins, Some(&self.usage));
        let folder = format!("{}/", self.folder.path().display());
        let shown = |d: &Diagnostic| {
            let message = d.message.replace(&folder, "");
            format!("{}:{} {} {} {message}", d.line(), d.column(), d.severity.name(), d.code)
        };
        found.iter().map(shown).collect()
    }

    fn finds(&self, wanted: &str) {
        assert_eq!(self.found(), [wanted]);
    }
}

/// A 1 kHz tone at a rate, `amplitude` of full scale, one second long.
fn tone(rate_hz: u32, amplitude: f32) -> Vec<i16> {
    let wave = |n: u32| (std::f32::consts::TAU * 1_000.0 * n as f32 / rate_hz as f32).sin();
    (0..rate_hz).map(|n| (wave(n) * amplitude * 32_768.0) as i16).collect()
}

#[test]
fn a_good_folder_has_no_fault_and_another_rate_is_none() {
    let world = World::new();
    assert_eq!(world.found(), [""; 0]);
    world.record("ja/hello.wav", 48_000, &tone(48_000, 0.14));
    assert_eq!(world.found(), [""; 0]);
}

#[test]
fn what_no_plan_plays_is_told() {
    let mut world = World::new();
    world.usage.clear();
    world.finds("2:6 warning unused-prompt no plan plays prompt `hello`");
}

#[test]
fn a_missing_language_and_a_missing_recording_are_told() {
    let world = World::new();
    world.manifest(&MANIFEST.replace("en.text = 'Hello'\n", ""));
    std::fs::remove_file(world.folder.path().join("en/hello.wav")).expect("there");
    world.finds("2:6 warning language-missing prompt `hello` is not there in en");
    world.manifest(MANIFEST);
    let found = world.found();
    assert!(
        found[0].starts_with("2:6 error no-recording prompt `hello` (en): en/hello.wav: No such"),
        "{found:?}"
    );
}

#[test]
fn recordings_that_no_prompt_names_are_told_whatever_their_format() {
    let world = World::new();
    world.record("ja/helo.wav", 8_000, &tone(8_000, 0.14));
    std::fs::write(world.folder.path().join("old.MP3"), "x").expect("written");
    let stray = |file| format!("1:1 warning stray-recording no prompt names {file}");
    assert_eq!(world.found(), [stray("ja/helo.wav"), stray("old.MP3")]);
}

#[test]
fn words_that_changed_since_they_were_spoken_are_told_with_the_old_ones() {
    let world = World::new();
    world.index(&[("ja/hello.wav", "もしもし"), ("en/hello.wav", "Hallo")]);
    world.finds(
        "2:6 warning text-changed prompt `hello` (en): en/hello.wav: its words have changed since it was \
         spoken; it says `Hallo`",
    );
    world.record("en/hello.wav", 8_000, &tone(8_000, 0.15));
    assert_eq!(world.found(), [""; 0], "recorded by hand: nobody knows what it says");
}

#[test]
fn another_voice_is_told_once_for_a_language() {
    let world = World::new();
    world.manifest(&format!("{MANIFEST}[voice.ja]\nspeed = 1\n[voice.en]\nspeed = 2\n"));
    world.index(&[("ja/hello.wav", "もしもし")]);
    std::fs::write(world.folder.path().join("voices.py"), "x").expect("written");
    world.finds(
        "5:1 warning voice-changed 1 recordings in ja were spoken with other settings, another dictionary or \
         another generator",
    );
}

#[test]
fn clipping_and_silence_at_the_ends_are_told() {
    let world = World::new();
    let mut samples = tone(8_000, 0.14);
    samples[4_000..4_003].fill(i16::MAX);
    world.record("ja/hello.wav", 8_000, &samples);
    let told = "2:6 warning clipped-recording prompt `hello` (ja): ja/hello.wav: cut off at full scale, first after 0.50 s";
    world.finds(told);
    let padded = [&[0; 4_800], &tone(8_000, 0.14)[..], &[0; 9_600]].concat();
    world.record("ja/hello.wav", 8_000, &padded);
    let told = |how| format!("2:6 warning silent-ends prompt `hello` (ja): ja/hello.wav: {how} of silence");
    assert_eq!(world.found(), [told("begins with 0.60 s"), told("ends with 1.20 s")]);
}

#[test]
fn a_level_far_off_is_told_and_what_is_near_is_brought_there_in_silence() {
    let world = World::new();
    world.record("ja/hello.wav", 8_000, &tone(8_000, 0.02));
    world.finds(
        "2:6 warning level-far-off prompt `hello` (ja): ja/hello.wav: level -36.9 dBFS, far from -20 dBFS: it is \
         adjusted, its noise too",
    );
    world.record("ja/hello.wav", 8_000, &[0; 8_000]);
    world.finds("2:6 warning silent-recording prompt `hello` (ja): ja/hello.wav: nothing can be heard");
    world.record("ja/hello.wav", 44_100, &tone(44_100, 0.4));
    assert_eq!(world.found(), [""; 0]);
    let manifest = load_manifest(world.folder.path()).expect("good");
    let prompt = manifest.prompt("hello").expect("there");
    let heard = decode_one(world.folder.path(), prompt, &prompt.recorded[0]).expect("decoded");
    let level = level::level_db(&heard, Content::Speech).expect("not silent");
    assert!((level + 20.0).abs() < 0.1, "{level}");
}
