//! Dialplan and prompts changed under calls: do the callers hear it?

use super::callers::Load;
use super::engine::Engine;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Changes under `callers` calls, each with `seconds` before it and after it.
pub fn measure(callers: u64, seconds: u64) {
    let stage = Stage::set();
    let engine = Engine::start(&stage.plans(), &stage.prompts(), "");
    let mut load = Load::new(engine.sip);
    load.place(callers);
    load.listen(Duration::from_secs(1));
    println!("{callers} callers; engine CPU in percent of one core; late: more than 20 ms");
    println!("missing: without those that this process was too slow to take");
    let mut phase = Phase { load: &mut load, engine: &engine };
    phase.listen("before", seconds);
    for (what, change) in CHANGES {
        change(&stage);
        phase.reload(what);
        phase.listen("after", seconds);
    }
}

type Change = fn(&Stage);

/// What is changed before a reload.
const CHANGES: [(&str, Change); 3] = [
    ("nothing", |_| {}),
    ("plan, 1 recording", Stage::change_one),
    ("plan, all recordings", Stage::change_all),
];

/// A plan that plays for minutes, and a copy of the shipped prompts.
struct Stage(tempfile::TempDir);

impl Stage {
    fn set() -> Stage {
        let stage = Stage(tempfile::tempdir().expect("a temporary folder"));
        std::fs::create_dir(stage.plans()).expect("a folder");
        stage.write_plan("first");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("prompts");
        for from in files(&shipped) {
            let to = stage.prompts().join(from.strip_prefix(&shipped).expect("within"));
            std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            std::fs::copy(&from, &to).expect("a copy");
        }
        stage
    }

    fn plans(&self) -> PathBuf {
        self.0.path().join("dialplans")
    }

    fn prompts(&self) -> PathBuf {
        self.0.path().join("prompts")
    }

    fn write_plan(&self, about: &str) {
        let music = ["\"music-on-hold\""; 8].join(", ");
        let text = format!(
            "# {about}\nstart = \"music\"\n[step.music]\nverb = \"play\"\nprompt = [{music}]\nnext = \"bye\"\n\
             [step.bye]\nverb = \"hangup\"\nprompt = \"goodbye\"\n"
        );
        std::fs::write(self.plans().join("music.toml"), text).expect("the plan written");
    }

    fn change_one(&self) {
        self.write_plan("one");
        rewrite(&self.prompts().join("ja/goodbye.wav"));
    }

    fn change_all(&self) {
        self.write_plan("all");
        let recordings =
            files(&self.prompts()).into_iter().filter(|file| file.extension().is_some_and(|e| e == "wav"));
        recordings.for_each(|file| rewrite(&file));
    }
}

/// The same sound in a file of its own: it is decoded again.
fn rewrite(file: &Path) {
    let beside = file.with_extension("new");
    std::fs::copy(file, &beside).and_then(|_| std::fs::rename(&beside, file)).expect("replaced");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

struct Phase<'a> {
    load: &'a mut Load,
    engine: &'a Engine,
}

impl Phase<'_> {
    fn listen(&mut self, what: &str, seconds: u64) {
        self.count(what, |load| load.listen(Duration::from_secs(seconds)));
    }

    /// Counts from the request to a second after its answer: workers take new prompts after it.
    fn reload(&mut self, what: &str) {
        let asked = reload(self.engine.admin);
        self.count(what, |load| {
            load.listen_while(|| !asked.is_finished());
            load.listen(Duration::from_secs(1));
        });
        let (took, result) = asked.join().expect("an answer");
        println!("    {result}, answered after {} ms", took.as_millis());
    }

    fn count(&mut self, what: &str, listen: impl FnOnce(&mut Load)) {
        self.load.forget_packets();
        let (cpu, start) = (self.engine.cpu(), Instant::now());
        let (dropped, ticks) = (self.load.dropped_here(), ticks_late(self.engine.admin));
        listen(self.load);
        let (cpu, time) = ((self.engine.cpu() - cpu).as_secs_f64(), start.elapsed().as_secs_f64());
        let (packets, missing) = (self.load.packets(), self.load.missing());
        let (late, percent) = (self.load.late(), 100.0 * cpu / time);
        let here = self.load.dropped_here() - dropped;
        let ticks = ticks_late(self.engine.admin) - ticks;
        println!(
            "{what:<22} {time:>5.1} s  packets {packets:>7}  missing {:>4}  late {late:>6}  \
             engine's ticks late {ticks:>5}  CPU {percent:>5.1} %  (dropped here {here})",
            missing.saturating_sub(here)
        );
    }
}

/// Asks for a reload, and how long until it is answered.
fn reload(admin: SocketAddr) -> JoinHandle<(Duration, String)> {
    std::thread::spawn(move || {
        let start = Instant::now();
        let answer = ask(admin, "POST /reload", "Content-Type: application/json\r\n", "{}");
        let result = answer.split("\"result\":\"").nth(1).and_then(|rest| rest.split('"').next());
        (start.elapsed(), result.unwrap_or(&answer).to_string())
    })
}

/// Wake-ups of media workers that came more than 20 ms late, as the engine itself counts them.
fn ticks_late(admin: SocketAddr) -> u64 {
    let figures = ask(admin, "GET /metrics", "", "");
    let line = figures.lines().find_map(|line| line.strip_prefix("madoguchi_ticks_late_total "));
    line.and_then(|count| count.parse().ok()).expect("the engine counts them")
}

/// Asks the admin listener.
pub fn ask(admin: SocketAddr, what: &str, head: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(admin).expect("the engine's admin listener");
    let length = body.len();
    let request = format!(
        "{what} HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}
