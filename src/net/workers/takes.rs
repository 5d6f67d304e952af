//! Recordings on their way from a worker to whoever keeps them: a worker never waits for a disk.
//!
//! Beginnings and ends always arrive, in order. Samples that find no room are dropped and counted, and the
//! end of their recording says that it is not complete.

use crate::media::{RecordingKey, Take};
use std::collections::{BTreeSet, VecDeque};
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

/// The way to the keeper.
#[derive(Debug)]
pub(super) struct Takes {
    keeper: Option<Sender<Take>>,
    /// Beginnings and ends that found no room yet: two a recording at most.
    waiting: VecDeque<Take>,
    /// Recordings that lost samples.
    incomplete: BTreeSet<RecordingKey>,
    /// Recordings that ended and have no keeper.
    unkept: Vec<RecordingKey>,
    dropped: u64,
}

impl Takes {
    pub(super) fn to(keeper: Option<Sender<Take>>) -> Takes {
        Takes {
            keeper,
            waiting: VecDeque::new(),
            incomplete: BTreeSet::new(),
            unkept: Vec::new(),
            dropped: 0,
        }
    }

    /// Hands one on, or keeps it until there is room.
    pub(super) fn push(&mut self, take: Take) {
        self.flush();
        match take {
            Take::Samples { recording, .. } if !self.waiting.is_empty() => self.lose(recording),
            Take::End { recording, keep, .. } => {
                let complete = !self.incomplete.remove(&recording);
                self.waiting.push_back(Take::End { recording, keep, complete });
            }
            take => self.waiting.push_back(take),
        }
        self.flush();
        if let Some(Take::Samples { recording, .. }) = self.waiting.back() {
            let recording = *recording;
            self.waiting.pop_back();
            self.lose(recording);
        }
    }

    /// Hands on what waits, as far as there is room.
    pub(super) fn flush(&mut self) {
        while let Some(take) = self.waiting.pop_front() {
            let Err(back) = self.try_send(take) else { continue };
            return self.waiting.push_front(back);
        }
    }

    /// Whether something waits for room.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A recording that ended and that nobody keeps.
    pub(super) fn unkept(&mut self) -> Option<RecordingKey> {
        self.unkept.pop()
    }

    /// Blocks of samples dropped since last asked.
    pub(super) fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn lose(&mut self, recording: RecordingKey) {
        self.incomplete.insert(recording);
        self.dropped += 1;
    }

    /// Without a keeper everything is taken and nothing kept.
    fn try_send(&mut self, take: Take) -> Result<(), Take> {
        let sent = match &self.keeper {
            Some(keeper) => keeper.try_send(take),
            None => Err(TrySendError::Closed(take)),
        };
        match sent {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(take)) => Err(take),
            Err(TrySendError::Closed(take)) => {
                if let Take::End { recording, .. } = take {
                    self.unkept.push(recording);
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc::channel;

    const KEY: RecordingKey = RecordingKey(1);

    fn samples() -> Take {
        Take::Samples { recording: KEY, samples: vec![0; 160] }
    }

    fn begin() -> Take {
        Take::Begin { recording: KEY, name: "a-1".into() }
    }

    fn end(complete: bool) -> Take {
        Take::End { recording: KEY, keep: true, complete }
    }

    #[test]
    fn where_there_is_room_everything_arrives_in_order() {
        let (keeper, mut inbox) = channel(8);
        let mut takes = Takes::to(Some(keeper));
        [begin(), samples(), end(true)].into_iter().for_each(|take| takes.push(take));
        let arrived: Vec<Take> = std::iter::from_fn(|| inbox.try_recv().ok()).collect();
        assert_eq!(arrived, [begin(), samples(), end(true)]);
        assert!(!takes.is_waiting() && takes.take_dropped() == 0);
    }

    #[test]
    fn where_there_is_none_samples_are_dropped_and_the_end_says_so() {
        let (keeper, mut inbox) = channel(1);
        let mut takes = Takes::to(Some(keeper));
        [begin(), samples(), samples(), end(true)].into_iter().for_each(|take| takes.push(take));
        assert!(takes.is_waiting());
        assert_eq!((takes.take_dropped(), inbox.try_recv()), (2, Ok(begin())));
        takes.flush();
        assert_eq!((takes.is_waiting(), inbox.try_recv()), (false, Ok(end(false))));
    }

    #[test]
    fn without_a_keeper_every_end_is_told() {
        let mut takes = Takes::to(None);
        [begin(), samples(), end(true)].into_iter().for_each(|take| takes.push(take));
        assert_eq!((takes.unkept(), takes.unkept()), (Some(KEY), None));
        assert!(!takes.is_waiting());
    }
}
