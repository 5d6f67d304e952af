//! A folder to run the command in: settings of its own, the shipped plans and prompts.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A file of the repository.
pub fn shipped(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// A folder that goes away with its test.
pub struct Workplace {
    folder: tempfile::TempDir,
}

/// What a command left behind.
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Workplace {
    /// With `madoguchi.toml` naming the shipped plans and prompts, then this text.
    pub fn new(more_settings: &str) -> Workplace {
        let workplace = Workplace { folder: tempfile::tempdir().expect("a folder") };
        let (plans, prompts) = (shipped("dialplans"), shipped("prompts"));
        let text = format!(
            "[http]\nlisten = '127.0.0.1:0'\n[admin]\nlisten = '127.0.0.1:0'\n[dialplan]\npath = '{}'\nprompts = '{}'\n{more_settings}",
            plans.display(),
            prompts.display()
        );
        workplace.write("madoguchi.toml", &text);
        workplace
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    pub fn write(&self, relative: &str, text: &str) {
        self.write_bytes(relative, text.as_bytes());
    }

    pub fn write_bytes(&self, relative: &str, bytes: &[u8]) {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("within the folder")).expect("a folder made");
        std::fs::write(path, bytes).expect("a file written");
    }

    /// A file of the repository, or the files of a folder, under the same path here.
    pub fn copy(&self, relative: &str) {
        let from = shipped(relative);
        match std::fs::read_dir(&from) {
            Ok(entries) => entries.map(|entry| entry.expect("an entry").file_name()).for_each(|name| {
                self.copy(&format!("{relative}/{}", name.to_string_lossy()));
            }),
            Err(_) => self.write_bytes(relative, &std::fs::read(&from).expect("a file of the repository")),
        }
    }

    /// A folder `prompts` with a few of the shipped recordings: decoding all of them takes its time.
    pub fn few_prompts(&self, ids: &[&str]) {
        let recorded = |id: &&str| {
            let file =
                |language: &str| shipped(&format!("prompts/{language}/{id}.wav")).display().to_string();
            let (ja, en) = (file("ja"), file("en"));
            format!(
                "[[prompt]]\nid = '{id}'\nja = {{ text = 'x', file = '{ja}' }}\nen = {{ text = 'x', file = '{en}' }}\n"
            )
        };
        self.write("prompts/manifest.toml", &ids.iter().map(recorded).collect::<String>());
    }

    /// The command, to be run here without the settings of whoever runs the tests.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_madoguchi"));
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MADOGUCHI"))
        {
            command.env_remove(name);
        }
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the command starts"))
    }

    /// Runs, expects status 0, gives standard output.
    pub fn good(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{args:?}\n{}\n{}", ran.stdout, ran.stderr);
        ran.stdout
    }

    /// Runs, expects status 1 and nothing on standard output, gives standard error.
    pub fn bad(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!((ran.status, ran.stdout.as_str()), (1, ""), "{args:?}\n{}", ran.stderr);
        ran.stderr
    }
}

impl Ran {
    pub fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("not killed");
        Ran { status, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
