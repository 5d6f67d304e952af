//! The shipped prompts: every id in both languages, every recording there, well formed and equally loud.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

const LANGUAGES: [&str; 2] = ["ja", "en"];
const RATE_HZ: u32 = 8000;
const FRAME: usize = 160; // samples, 20 ms
const SPEECH_DB: f64 = -20.0;
const MUSIC_DB: f64 = -24.0;
/// The generator sets sentences to -20 dBFS in 300-3400 Hz within 0.1 dB. Measured here on the whole band, 0.2 to 1.5 dB of
/// bass come on top; fragments, levelled half on the whole band, lie up to 1.8 dB to either side.
const LEVEL_TOLERANCE_DB: f64 = 2.0;

#[test]
fn the_shipped_prompts_have_no_fault() {
    assert_eq!(faults(&shipped()), Vec::<String>::new());
}

#[test]
fn everything_that_plans_and_say_rely_on_is_there() {
    let (recordings, _) = read_manifest(&fs::read_to_string(shipped().join("manifest.toml")).unwrap());
    let ids: BTreeSet<&str> = recordings.iter().map(|recording| recording.id.as_str()).collect();
    let missing: Vec<String> = relied_on().into_iter().filter(|id| !ids.contains(id.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_good_set_has_no_fault() {
    assert_eq!(World::new().faults(), Vec::<String>::new());
}

#[test]
fn an_id_without_one_of_its_languages_is_a_fault() {
    let mut world = World::new();
    world.manifest = world.manifest.replace("en.text = \"Hello\"\n", "");
    world.expect("hello: no text in en");
}

#[test]
fn an_empty_text_is_a_fault() {
    let mut world = World::new();
    world.manifest = world.manifest.replace("\"Hello\"", "\" \"");
    world.expect("hello: no text in en");
}

#[test]
fn an_unrecorded_reading_is_a_fault() {
    let mut world = World::new();
    world.manifest = world.manifest.replace("en.reading = \"pau hh ax l ow pau\"\n", "");
    world.expect("hello: no reading in en");
}

#[test]
fn a_series_with_too_few_readings_is_a_fault() {
    let mut world = World::new();
    world.manifest += "[[series]]\nid = \"n-{n}\"\nvalues = [1, 2]\nja.text = \"{n}\"\nja.readings = [\"イチ\"]\n\
        en.text = \"{n}\"\nen.readings = [\"w ah n\", \"t uw\"]\n";
    world.expect("n-2: no reading in ja");
}

#[test]
fn an_id_twice_or_misspelt_is_a_fault() {
    let mut world = World::new();
    world.manifest = format!("{0}{0}{1}", world.manifest, world.manifest.replace("hello", "Hello you"));
    world.expect("hello: given twice");
    world.expect("Hello you: not small letters, digits and hyphens");
}

#[test]
fn a_missing_recording_is_a_fault() {
    let world = World::new();
    fs::remove_file(world.path("en/hello.wav")).unwrap();
    world.expect("en/hello.wav: cannot be read");
}

#[test]
fn a_recording_nobody_names_is_a_fault() {
    let world = World::new();
    fs::copy(world.path("en/hello.wav"), world.path("en/helo.wav")).unwrap();
    world.expect("en/helo.wav: belongs to no id");
}

#[test]
fn another_rate_width_or_channel_count_is_a_fault() {
    for (rate, bits, channels) in [(16000, 16, 1), (8000, 8, 1), (8000, 16, 2)] {
        let world = World::new();
        let spec = wav_spec(rate, bits, channels);
        let mut writer = hound::WavWriter::create(world.path("ja/hello.wav"), spec).unwrap();
        (0..16000).for_each(|_| writer.write_sample(0_i8).unwrap());
        writer.finalize().unwrap();
        world.expect(&format!("ja/hello.wav: {channels} x {bits} bit at {rate} Hz"));
    }
}

#[test]
fn too_short_and_too_long_are_faults() {
    for (millis, shown) in [(150, "0.15 s"), (40_500, "40.50 s")] {
        let world = World::new();
        world.record("ja/hello.wav", &tone(millis, 0.14));
        world.expect(&format!("ja/hello.wav: lasts {shown}"));
    }
}

#[test]
fn a_peak_above_one_decibel_below_full_scale_is_a_fault() {
    let world = World::new();
    let mut samples = tone(1000, 0.14);
    samples[4000] = -30_000;
    world.record("ja/hello.wav", &samples);
    world.expect("ja/hello.wav: peak -0.8 dBFS");
}

#[test]
fn three_samples_at_full_scale_in_a_row_are_clipping() {
    let world = World::new();
    let mut samples = tone(1000, 0.14);
    samples[4000..4003].copy_from_slice(&[i16::MIN, i16::MIN, -i16::MAX]);
    world.record("ja/hello.wav", &samples);
    world.expect("ja/hello.wav: clipped");
}

#[test]
fn too_loud_and_too_soft_are_faults() {
    for (amplitude, shown) in [(0.19, "-17.4"), (0.10, "-23.0")] {
        let world = World::new();
        world.record("ja/hello.wav", &tone(1000, amplitude));
        world.expect(&format!("ja/hello.wav: active level {shown} dBFS instead of -20"));
    }
}

#[test]
fn pauses_do_not_count_into_the_level() {
    let spoken = tone(1000, 0.14);
    let paused: Vec<i16> = [spoken.clone(), vec![0; 40_000], spoken.clone()].concat();
    let difference = active_level_db(&paused) - active_level_db(&spoken);
    assert!((-1.2..0.0).contains(&difference), "{difference} dB: only the 200 ms after a word may count");
}

#[test]
fn music_has_its_own_level() {
    let mut world = World::new();
    world.manifest = world.manifest.replace("id = \"hello\"\n", "id = \"hello\"\nkind = \"music\"\n");
    world.expect("ja/hello.wav: active level -20.1 dBFS instead of -24");
}

#[test]
fn silence_is_a_fault() {
    let world = World::new();
    world.record("ja/hello.wav", &[0; 8000]);
    world.expect("ja/hello.wav: silent");
}

#[test]
fn a_voice_without_credit_is_a_fault() {
    let world = World::new();
    fs::write(world.path("LICENSES.md"), "HTS Voice \"Mei\", Creative Commons Attribution 3.0").unwrap();
    world.expect("LICENSES.md: does not mention cmu_us_slt_arctic_hts");
}

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts")
}

/// Ids that `say`, the queue and the shipped plan put together from numbers, or that calls end with.
fn relied_on() -> Vec<String> {
    let digits = (0..=9).flat_map(|n| [format!("digit-{n}-mid"), format!("digit-{n}-end")]);
    let numbers = (0..=100).map(|n| format!("number-{n}"));
    let minutes = (1..=60).map(|n| format!("minutes-{n}"));
    let positions = (1..=20).map(|n| format!("queue-position-{n}"));
    let named = "menu-language menu-pin free-trial-notice closed-ja closed-holiday closed-emergency opens-next \
        purchase-closed connecting-japan connecting-global connecting-sales interpreter-arranged queue-busy-options \
        busy-web-form busy-chat queue-wait-thanks queue-position-many queue-full queue-timeout please-wait invalid-key \
        no-input last-attempt too-many-attempts goodbye technical-difficulty global-busy global-unreachable \
        s1-s2-phone-only case-number-intro case-number-outro case-number-repeat email-not-accepted hours-announcement \
        star pound music-on-hold";
    let named = named.split_whitespace().map(str::to_owned);
    digits.chain(numbers).chain(minutes).chain(positions).chain(named).collect()
}

struct Recording {
    id: String,
    kind: String,
    file: String,
}

/// Everything wrong with the manifest, the recordings and the credits in `folder`.
fn faults(folder: &Path) -> Vec<String> {
    let manifest = fs::read_to_string(folder.join("manifest.toml")).expect("a manifest to look at");
    let (recordings, mut faults) = read_manifest(&manifest);
    faults.extend(recordings.iter().flat_map(|recording| recording_faults(folder, recording)));
    faults.extend(strays(folder, &recordings));
    faults.extend(missing_credits(folder));
    faults
}

fn read_manifest(text: &str) -> (Vec<Recording>, Vec<String>) {
    let manifest: Table = text.parse().expect("a manifest in TOML");
    let (mut recordings, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for table in ["prompt", "series"].iter().flat_map(|name| tables(&manifest, name)) {
        for (index, value) in values(table).iter().enumerate() {
            let id = text_of(table, "id").replace("{n}", value);
            faults.extend(id_fault(&id));
            if !seen.insert(id.clone()) {
                faults.push(format!("{id}: given twice"));
            }
            for lang in LANGUAGES {
                faults.extend(language_faults(table, &id, lang, index, value));
                recordings.push(recording(table, &id, lang));
            }
        }
    }
    (recordings, faults)
}

fn tables<'a>(manifest: &'a Table, name: &str) -> Vec<&'a Table> {
    let list = manifest.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_table).collect()
}

/// The values of a series as text; a single empty one for a plain prompt.
fn values(table: &Table) -> Vec<String> {
    match table.get("values").and_then(Value::as_array) {
        Some(values) => values.iter().map(Value::to_string).collect(),
        None => vec![String::new()],
    }
}

fn text_of<'a>(table: &'a Table, key: &str) -> &'a str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn id_fault(id: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = !id.is_empty() && id.chars().all(allowed);
    (!good).then(|| format!("{id}: not small letters, digits and hyphens"))
}

fn language_faults(table: &Table, id: &str, lang: &str, index: usize, value: &str) -> Vec<String> {
    let empty = Table::new();
    let fields = table.get(lang).and_then(Value::as_table).unwrap_or(&empty);
    let special = fields.get("special").and_then(|all| all.get(value)).and_then(Value::as_table);
    let text = special.map(|own| text_of(own, "text")).filter(|text| !text.is_empty());
    let one_of_series = fields.get("readings").and_then(|all| all.get(index)).and_then(Value::as_str);
    let reading = one_of_series.unwrap_or(text_of(fields, "reading"));
    let mut faults = Vec::new();
    if text.unwrap_or(text_of(fields, "text")).trim().is_empty() {
        faults.push(format!("{id}: no text in {lang}"));
    }
    if reading.is_empty() && text_of(table, "kind") != "music" {
        faults.push(format!("{id}: no reading in {lang}"));
    }
    faults
}

fn recording(table: &Table, id: &str, lang: &str) -> Recording {
    let own = table.get(lang).and_then(|fields| fields.get("file")).and_then(Value::as_str);
    let file = own.map_or_else(|| format!("{lang}/{id}.wav"), str::to_owned);
    Recording { id: id.to_owned(), kind: text_of(table, "kind").to_owned(), file }
}

fn recording_faults(folder: &Path, recording: &Recording) -> Vec<String> {
    let file = &recording.file;
    let Ok(mut reader) = hound::WavReader::open(folder.join(file)) else {
        return vec![format!("{file}: cannot be read")];
    };
    let spec = reader.spec();
    if spec != wav_spec(RATE_HZ, 16, 1) {
        let (channels, bits, rate) = (spec.channels, spec.bits_per_sample, spec.sample_rate);
        return vec![format!("{file}: {channels} x {bits} bit at {rate} Hz")];
    }
    let Ok(samples) = reader.samples::<i16>().collect::<Result<Vec<i16>, _>>() else {
        return vec![format!("{file}: ends in the middle of a sample")];
    };
    let target_db = if recording.kind == "music" { MUSIC_DB } else { SPEECH_DB };
    sound_faults(&samples, target_db).into_iter().map(|fault| format!("{file}: {fault}")).collect()
}

fn sound_faults(samples: &[i16], target_db: f64) -> Vec<String> {
    let mut faults = Vec::new();
    let seconds = samples.len() as f64 / f64::from(RATE_HZ);
    if !(0.2..=40.0).contains(&seconds) {
        faults.push(format!("lasts {seconds:.2} s"));
    }
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    if peak == 0 {
        faults.push("silent".to_owned());
        return faults;
    }
    let peak_db = 20.0 * (f64::from(peak) / 32768.0).log10();
    if peak_db >= -1.0 {
        faults.push(format!("peak {peak_db:.1} dBFS"));
    }
    if samples.windows(3).any(|run| run.iter().all(|sample| sample.unsigned_abs() >= 32767)) {
        faults.push("clipped".to_owned());
    }
    let level_db = active_level_db(samples);
    if (level_db - target_db).abs() > LEVEL_TOLERANCE_DB {
        faults.push(format!("active level {level_db:.1} dBFS instead of {target_db}"));
    }
    faults
}

/// All energy, spread over the time somebody speaks: 20 ms frames within 25 dB of the loudest, and 200 ms after each.
fn active_level_db(samples: &[i16]) -> f64 {
    let power =
        |frame: &[i16]| frame.iter().map(|s| (f64::from(*s) / 32768.0).powi(2)).sum::<f64>() / FRAME as f64;
    let frames: Vec<f64> = samples.chunks_exact(FRAME).map(power).collect();
    let loud = frames.iter().copied().fold(0.0, f64::max) * 10_f64.powf(-2.5);
    let (mut active, mut hangover) = (0_u32, 0_u32);
    for frame in &frames {
        hangover = if *frame >= loud { 11 } else { hangover.saturating_sub(1) };
        active += u32::from(hangover > 0);
    }
    10.0 * (frames.iter().sum::<f64>() / f64::from(active)).log10()
}

fn strays(folder: &Path, recordings: &[Recording]) -> Vec<String> {
    let known: BTreeSet<PathBuf> = recordings.iter().map(|recording| folder.join(&recording.file)).collect();
    let found = wav_files(folder).into_iter().filter(|path| !known.contains(path));
    let named = found.map(|path| path.strip_prefix(folder).unwrap_or(&path).display().to_string());
    named.map(|file| format!("{file}: belongs to no id")).collect()
}

fn wav_files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder to look into").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) = entries.partition(|path| path.is_dir());
    let here = files
        .into_iter()
        .filter(|path| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav")));
    here.chain(folders.iter().flat_map(|below| wav_files(below))).collect()
}

fn missing_credits(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("LICENSES.md")).unwrap_or_default();
    let owed = [
        "HTS Voice \"Mei\"",
        "Creative Commons Attribution 3.0",
        "cmu_us_slt_arctic_hts",
        "Carnegie Mellon University",
    ];
    let missing = owed.iter().filter(|name| !text.contains(**name));
    missing.map(|name| format!("LICENSES.md: does not mention {name}")).collect()
}

fn wav_spec(sample_rate: u32, bits_per_sample: u16, channels: u16) -> hound::WavSpec {
    hound::WavSpec { channels, sample_rate, bits_per_sample, sample_format: hound::SampleFormat::Int }
}

/// A 1 kHz tone, `amplitude` of full scale.
fn tone(millis: usize, amplitude: f64) -> Vec<i16> {
    let wave = |n: usize| (std::f64::consts::TAU * n as f64 / 8.0).sin();
    (0..millis * 8).map(|n| (wave(n) * amplitude * 32768.0) as i16).collect()
}

/// A folder with one good prompt, to be spoilt.
struct World {
    folder: tempfile::TempDir,
    manifest: String,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let manifest = "[[prompt]]\nid = \"hello\"\nja.text = \"もしもし\"\nja.reading = \"モシモシ\"\n\
            en.text = \"Hello\"\nen.reading = \"pau hh ax l ow pau\"\n";
        let world = World { folder, manifest: manifest.to_owned() };
        for lang in LANGUAGES {
            fs::create_dir(world.path(lang)).expect("a folder for the language");
            world.record(&format!("{lang}/hello.wav"), &tone(1000, 0.14));
        }
        fs::copy(shipped().join("LICENSES.md"), world.path("LICENSES.md")).expect("the shipped credits");
        world
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn record(&self, file: &str, samples: &[i16]) {
        let mut writer =
            hound::WavWriter::create(self.path(file), wav_spec(RATE_HZ, 16, 1)).expect("a file to write");
        samples.iter().for_each(|sample| writer.write_sample(*sample).expect("room for a sample"));
        writer.finalize().expect("a whole file");
    }

    fn faults(&self) -> Vec<String> {
        fs::write(self.path("manifest.toml"), &self.manifest).expect("a manifest to write");
        faults(self.folder.path())
    }

    fn expect(&self, fault: &str) {
        let found = self.faults();
        assert!(found.iter().any(|line| line == fault), "expected {fault:?} in {found:#?}");
    }
}
