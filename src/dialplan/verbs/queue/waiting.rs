//! A caller's time in line: what has been told, and what is to be told when.

use crate::base::{Deadline, Instant};
use std::time::Duration;

/// In line, hearing music or an announcement.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub(super) until: Instant,
    pub(super) thanks_at: Option<Instant>,
    pub(super) offer_at: Option<Instant>,
    /// A place in line, with the expected wait, not yet told.
    pub(super) news: Option<(u32, Option<u32>)>,
    pub(super) told: Option<u32>,
    pub(super) quiet_until: Instant,
    pub(super) saying: Option<Saying>,
}

#[derive(Clone, Debug)]
pub(super) struct Saying {
    pub(super) guard: Instant,
    pub(super) then_quiet: Duration,
}

impl Waiting {
    /// What comes next: the end of an announcement, the next one, or the longest wait.
    pub(super) fn deadline(&self) -> Option<Deadline> {
        let end = Deadline { at: self.until, why: "longest wait" };
        if let Some(saying) = &self.saying {
            return Some(end.min(Deadline { at: saying.guard, why: "end of announcement" }));
        }
        let next = [self.thanks_at, self.offer_at, self.news.map(|_| self.quiet_until)];
        let due = next.into_iter().flatten().map(|at| at.max(self.quiet_until));
        due.map(|at| Deadline { at, why: "announcement in line" }).chain([end]).min()
    }
}
