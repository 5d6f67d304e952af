//! Collects diagnostics, so that one run reports every mistake.

use super::diagnostic::{Diagnostic, Severity};

/// Everything found so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds many.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        self.0.extend(diagnostics);
    }

    /// Everything, in the order found.
    pub fn all(&self) -> &[Diagnostic] {
        &self.0
    }

    /// Changes the one found as the `at`-th, from 0.
    pub fn amend(&mut self, at: usize, change: impl FnOnce(Diagnostic) -> Diagnostic) {
        if let Some(diagnostic) = self.0.get_mut(at) {
            *diagnostic = change(diagnostic.clone());
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// What was found after the first `count` gets this help, where it has none.
    pub fn help_since(&mut self, count: usize, help: &str) {
        for diagnostic in self.0.iter_mut().skip(count).filter(|d| d.help.is_none()) {
            diagnostic.help = Some(help.to_owned());
        }
    }

    /// Leaves out what follows from syntax errors: whatever else is said of their lines, and what seems to
    /// be missing in the tables where these lines are.
    pub fn leave_out_what_follows(&mut self) {
        let broken: Vec<Diagnostic> = self.0.iter().filter(|d| d.code == "syntax").cloned().collect();
        self.0.retain(|d| d.code == "syntax" || !broken.iter().any(|syntax| d.follows_from(syntax)));
    }

    /// Whether anything found is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(|d| d.severity == Severity::Error)
    }

    /// Everything, by file and place.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.0.sort_by(|a, b| {
            let key = |d: &Diagnostic| (d.file().to_owned(), d.place.span.start, d.code);
            key(a).cmp(&key(b))
        });
        self.0
    }

    /// The value with the warnings, where nothing found is an error; else everything found, sorted.
    pub fn finish<T>(self, value: Option<T>) -> Result<(T, Vec<Diagnostic>), Vec<Diagnostic>> {
        match value {
            Some(value) if !self.has_errors() => Ok((value, self.into_sorted())),
            _ => Err(self.into_sorted()),
        }
    }
}
