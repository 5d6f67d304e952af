//! A program that runs beside the test: what it prints, how it ends, and that it never outlives the test.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// Generous: the machine may be busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How often something is looked at that does not announce itself.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A child process; killed when dropped.
pub struct Process {
    name: String,
    child: Child,
    /// Where it is told things, if it was started to be.
    input: Option<ChildStdin>,
    /// Whether it is asked to end when dropped, and not killed.
    has_children: bool,
    printed: Arc<Printed>,
}

#[derive(Default)]
struct Printed {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<String>,
    open_pipes: usize,
}

impl Process {
    /// Starts a program. `package` is the Debian package that has it, where one has.
    pub fn start(name: &str, package: Option<&str>, command: &mut Command) -> Process {
        Process::spawn(name, package, command.stdin(Stdio::null()))
    }

    /// Starts one that takes commands, a line each.
    pub fn start_told(name: &str, package: Option<&str>, command: &mut Command) -> Process {
        Process::spawn(name, package, command.stdin(Stdio::piped()))
    }

    fn spawn(name: &str, package: Option<&str>, command: &mut Command) -> Process {
        let spawned = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| match package {
            Some(package) => panic!("{name} does not start ({error}): apt-get install {package}"),
            None => panic!("{name} does not start: {error}"),
        });
        let printed = Arc::new(Printed::default());
        if let Some(pipe) = child.stdout.take() {
            printed.read(pipe);
        }
        if let Some(pipe) = child.stderr.take() {
            printed.read(pipe);
        }
        Process { name: name.to_string(), input: child.stdin.take(), child, has_children: false, printed }
    }

    /// The same, with processes of its own that only it can end.
    pub fn with_children(mut self) -> Process {
        self.has_children = true;
        self
    }

    /// Gives it a command.
    pub fn tell(&mut self, command: &str) {
        let input = self.input.as_mut().expect("started to be told");
        let told = writeln!(input, "{command}").and_then(|()| input.flush());
        assert!(told.is_ok(), "{} takes no commands any more:\n{}", self.name, self.text());
    }

    /// Tells it that no command follows, which ends it, and waits for that.
    pub fn end(&mut self) {
        self.input = None;
        self.wait_end(PATIENCE);
    }

    /// The first line printed that has these words.
    pub fn wait_for(&self, words: &str) -> String {
        self.wait_until(&format!("\"{words}\""), |lines| lines.iter().find(|l| l.contains(words)).cloned())
    }

    /// Waits until so many lines have these words.
    pub fn wait_for_count(&self, words: &str, count: usize) {
        self.wait_until(&format!("\"{words}\" {count} times"), |lines| {
            (lines.iter().filter(|l| l.contains(words)).count() >= count).then_some(())
        });
    }

    /// How many lines have these words so far.
    pub fn count(&self, words: &str) -> usize {
        self.printed.lock().lines.iter().filter(|l| l.contains(words)).count()
    }

    /// Everything printed so far.
    pub fn text(&self) -> String {
        self.printed.lock().lines.join("\n")
    }

    /// Waits until something outside its output is so.
    pub fn wait_outside(&self, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            let state = self.printed.lock();
            let over = Instant::now() > until;
            assert!(!over, "{}: {what} does not come true:\n{}", self.name, state.lines.join("\n"));
            drop(self.printed.wait(state, LOOK_AGAIN));
        }
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("a shell");
        assert!(status.success(), "{} is not there to be told {name}", self.name);
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it is there");
        self.child.wait().expect("the child is ours");
    }

    /// Waits for its end.
    pub fn wait_end(&mut self, patience: Duration) -> ExitStatus {
        let until = Instant::now() + patience;
        let mut state = self.printed.lock();
        while state.open_pipes > 0 {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{} did not end in {patience:?}:\n{}",
                self.name,
                state.lines.join("\n")
            );
            state = self.printed.wait(state, left);
        }
        drop(state);
        self.child.wait().expect("the child is ours")
    }

    fn wait_until<T>(&self, what: &str, look: impl Fn(&[String]) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut state = self.printed.lock();
        loop {
            if let Some(found) = look(&state.lines) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            let over = left.is_zero() || state.open_pipes == 0;
            assert!(!over, "{} never printed {what}:\n{}", self.name, state.lines.join("\n"));
            state = self.printed.wait(state, left);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Where it has ended already there is nothing to end.
        let is_over = matches!(self.child.try_wait(), Ok(Some(_)));
        let _ = if self.has_children && !is_over {
            Command::new("kill").arg(self.child.id().to_string()).status().map(|_| ())
        } else {
            self.child.kill()
        };
        let _ = self.child.wait();
    }
}

impl Printed {
    /// Keeps the lines of a pipe until it closes.
    fn read(self: &Arc<Self>, pipe: impl Read + Send + 'static) {
        self.lock().open_pipes += 1;
        let printed = Arc::clone(self);
        thread::spawn(move || {
            let mut reader = BufReader::new(pipe);
            let mut bytes = Vec::new();
            while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_string();
                printed.lock().lines.push(line);
                printed.changed.notify_all();
                bytes.clear();
            }
            printed.lock().open_pipes -= 1;
            printed.changed.notify_all();
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>, most: Duration) -> MutexGuard<'a, State> {
        self.changed.wait_timeout(state, most).unwrap_or_else(|poisoned| poisoned.into_inner()).0
    }
}
