//! `prompts build` with a generator that only copies; `prompts listen --out`; the real generator's word
//! on what it lacks.

use super::workplace::{Ran, Workplace, shipped};
use sha2::{Digest, Sha256};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = "[[prompt]]
id = \"hello\"
ja.text = \"もしもし\"
ja.reading = \"モシモシ\"
en.text = \"Hello\"
en.reading = \"pau hh ax l ow pau\"
";

/// Notes how it was called; every recording asked for becomes a copy of voice.wav. What it leaves in the
/// index and the manifest lies ready.
const GENERATOR: &str = "#!/bin/sh
cd \"$(dirname \"$0\")\" || exit 2
[ -z \"$NO_ENGINES\" ] || { echo 'apt-get install festival' >&2; exit 69; }
echo \"$@\" >> asked
while [ $# -gt 0 ]; do
  case \"$1\" in */*) mkdir -p \"${1%/*}\" && cp voice.wav \"$1.wav\" ;; esac
  shift
done
cp index.next index.json
[ ! -f manifest.next ] || mv manifest.next manifest.toml
exit \"${FAILS:-0}\"
";

/// A folder of prompts outside the source tree, with that generator.
struct Studio {
    workplace: Workplace,
}

impl Studio {
    fn new() -> Studio {
        let studio = Studio { workplace: Workplace::new("") };
        studio.workplace.write("madoguchi.toml", "[dialplan]\nprompts = 'prompts'\n");
        studio.workplace.write("prompts/render", GENERATOR);
        studio.write("manifest.toml", MANIFEST);
        std::fs::copy(shipped("prompts/en/star.wav"), studio.path("voice.wav")).expect("copied");
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(studio.path("render"), executable).expect("made executable");
        studio.says("もしもし", "Hello");
        studio
    }

    fn path(&self, file: &str) -> std::path::PathBuf {
        self.workplace.path("prompts").join(file)
    }

    fn write(&self, file: &str, text: &str) {
        self.workplace.write(&format!("prompts/{file}"), text);
    }

    /// The words that the generator will say, in the index it will leave.
    fn says(&self, ja: &str, en: &str) {
        let sha256 = Sha256::digest(std::fs::read(self.path("voice.wav")).expect("a voice"));
        let made_by = fingerprint(self.path("voices.py").as_path());
        let entry = |file, say| {
            format!(
                "\"{file}\": {{\"kind\": \"speech\", \"say\": \"{say}\", \"made_by\": \"{made_by}\", \"sha256\": \"{sha256:x}\"}}"
            )
        };
        let (ja, en) = (entry("ja/hello.wav", ja), entry("en/hello.wav", en));
        self.write("index.next", &format!("{{\n  {ja},\n  {en}\n}}\n"));
    }

    fn build(&self, more: &[&str]) -> Ran {
        self.workplace.run(&[&["prompts", "build"], more].concat())
    }

    /// What the generator was asked since the last question.
    fn asked(&self) -> String {
        let asked = std::fs::read_to_string(self.path("asked")).unwrap_or_default();
        std::fs::write(self.path("asked"), "").expect("written");
        asked
    }
}

/// As the generator makes it where it has one source and a voice without settings.
fn fingerprint(source: &Path) -> String {
    let hash = format!("{:x}", Sha256::digest(std::fs::read(source).unwrap_or_default()));
    hash[..12].to_owned()
}

#[test]
fn only_new_and_changed_texts_are_spoken() {
    let studio = Studio::new();
    let ran = studio.build(&[]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{}", ran.stdout);
    assert_eq!(studio.asked(), "--no-install --only ja/hello --only en/hello\n");
    let ran = studio.build(&[]);
    assert_eq!((ran.status, studio.asked().as_str()), (0, ""));
    assert_eq!(ran.stdout, "nothing to do: 2 recordings, 0 of them made by hand\n");
    studio.write("manifest.toml", &MANIFEST.replace("\"Hello\"", "\"Good day\""));
    studio.says("もしもし", "Good day");
    assert_eq!((studio.build(&[]).status, studio.asked().as_str()), (0, "--no-install --only en/hello\n"));
    std::fs::remove_file(studio.path("ja/hello.wav")).expect("there");
    assert_eq!((studio.build(&[]).status, studio.asked().as_str()), (0, "--no-install --only ja/hello\n"));
    assert_eq!((studio.build(&[]).status, studio.asked().as_str()), (0, ""));
}

#[test]
fn another_voice_speaks_everything_again() {
    let studio = Studio::new();
    studio.write("manifest.toml", &format!("{MANIFEST}[voice.ja]\n[voice.en]\n"));
    studio.write("voices.py", "first\n");
    studio.says("もしもし", "Hello");
    studio.build(&[]);
    assert_eq!(studio.asked(), "--no-install --only ja/hello --only en/hello\n");
    studio.build(&[]);
    assert_eq!(studio.asked(), "");
    studio.write("voices.py", "second\n");
    studio.build(&[]);
    assert_eq!(studio.asked(), "--no-install --only ja/hello --only en/hello\n");
}

#[test]
fn what_a_person_recorded_is_never_replaced() {
    let studio = Studio::new();
    studio.build(&[]);
    studio.asked();
    std::fs::copy(shipped("prompts/en/pound.wav"), studio.path("en/hello.wav")).expect("copied");
    studio.write("manifest.toml", &MANIFEST.replace("\"Hello\"", "\"Good day\""));
    let ran = studio.build(&[]);
    assert_eq!((ran.status, studio.asked().as_str()), (0, ""));
    assert_eq!(ran.stdout, "nothing to do: 2 recordings, 1 of them made by hand\n");
    let foreign = MANIFEST.replace("en.text", "en.file = \"en/hello.flac\"\nen.text");
    studio.write("manifest.toml", &foreign);
    let ran = studio.build(&[]);
    assert_eq!((ran.status, studio.asked().as_str()), (1, ""));
    assert!(ran.stderr.contains("en/hello.flac is missing, and only WAV is spoken"), "{}", ran.stderr);
    assert!(ran.stderr.contains("manifest.toml:2:6"), "{}", ran.stderr);
    std::fs::copy(shipped("prompts/en/pound.wav"), studio.path("en/hello.flac")).expect("copied");
    assert_eq!((studio.build(&[]).status, studio.asked().as_str()), (0, ""));
}

#[test]
fn only_what_is_asked_for_is_spoken() {
    let studio = Studio::new();
    let ran = studio.build(&["--only", "menu-*"]);
    assert_eq!((ran.status, studio.asked().as_str()), (1, ""));
    assert_eq!(ran.stderr, "madoguchi: no prompt is called menu-*\n");
    assert_eq!(studio.build(&["--only", "menu-*", "--only", "h?llo"]).status, 0);
    assert_eq!(studio.asked(), "--no-install --only ja/hello --only en/hello\n");
}

#[test]
fn a_reading_is_proposed_where_there_is_none() {
    let studio = Studio::new();
    studio.write("manifest.toml", &MANIFEST.replace("ja.reading = \"モシモシ\"\n", ""));
    studio.write("manifest.next", MANIFEST);
    let ran = studio.build(&[]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(
        studio.asked(),
        "--no-install --write-readings --only ja/hello\n--no-install --only en/hello\n"
    );
    assert_eq!(ran.stdout, "hello (ja): reading proposed, judge it before use: モシモシ\n");
}

#[test]
fn missing_engines_and_other_failures_are_told() {
    let studio = Studio::new();
    let build = |name: &str, value: &str| {
        let mut command = studio.workplace.command(&["prompts", "build"]);
        let ran = command.env(name, value).output().expect("it starts");
        (ran.status.code(), String::from_utf8(ran.stderr).expect("text"))
    };
    let told = "apt-get install festival\nmadoguchi: nothing was spoken\n";
    assert_eq!(build("NO_ENGINES", "1"), (Some(1), told.to_owned()));
    assert_eq!(studio.asked(), "");
    let (status, told) = build("FAILS", "1");
    assert!(status == Some(1) && told.contains("take the old `reading` out of the manifest"), "{told}");
    std::fs::remove_file(studio.path("render")).expect("there");
    std::fs::remove_file(studio.path("ja/hello.wav")).expect("there");
    let (status, told) = build("FAILS", "0");
    assert!(status == Some(1) && told.contains("prompts/render: No such file"), "{told}");
}

#[test]
fn the_shipped_generator_names_what_it_lacks_and_installs_nothing() {
    let nowhere = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(shipped("prompts/render"));
    let ran = command.args(["--no-install", "--check"]).env("PROMPTS_VENV", nowhere.path().join("venv"));
    let ran = ran.output().expect("it starts");
    let told = String::from_utf8(ran.stderr).expect("text");
    assert_eq!(ran.status.code(), Some(69), "{told}");
    assert!(told.contains("pyopenjtalk-plus==") && told.contains("PyPI"), "{told}");
    assert!(!nowhere.path().join("venv").exists());
}

#[test]
fn a_prompt_is_written_to_a_file_as_callers_hear_it() {
    let workplace = Workplace::new("");
    let ran = workplace.run(&["prompts", "listen", "star", "--lang", "en", "--out", "star.wav"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let samples = |path: &Path| {
        let mut reader = hound::WavReader::open(path).expect("a recording");
        reader.samples::<i16>().collect::<Result<Vec<_>, _>>().expect("whole")
    };
    assert_eq!(samples(&workplace.path("star.wav")), samples(&shipped("prompts/en/star.wav")));
    let told = workplace.bad(&["prompts", "listen", "stra", "--out", "x.wav"]);
    assert!(told.contains("there is no prompt `stra`; did you mean `star`?"), "{told}");
}

#[test]
fn the_shipped_prompts_have_nothing_wrong_and_it_is_known_where_each_is_heard() {
    let workplace = Workplace::new("");
    let ran = workplace.run(&["prompts", "check", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.status, &value["ok"]), (0, &true.into()), "{}", ran.stderr);
    let codes = value["diagnostics"].as_array().expect("a list").iter().map(|d| d["code"].as_str());
    assert_eq!(codes.filter(|code| *code != Some("unused-prompt")).count(), 0, "{}", ran.stdout);
    let list = workplace.good(&["prompts", "list", "--format", "json", "--lang", "en"]);
    let rows: serde_json::Value = serde_json::from_str(&list).expect("JSON");
    let row = |id: &str| rows.as_array().expect("a list").iter().find(|row| row["id"] == id).expect("listed");
    assert_eq!(row("menu-language")["used"], serde_json::json!(["webex-support/language"]));
    assert_eq!(row("hours-announcement")["used"], serde_json::json!([]));
}
