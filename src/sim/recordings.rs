//! A folder of recordings in memory: how long each is.

use crate::audio::SAMPLE_RATE_HZ;
use crate::media::{RecordingKey, Take};
use crate::node::{Kept, Recorded};
use std::collections::BTreeMap;
use std::time::Duration;

/// Recordings in progress: name and samples of each.
#[derive(Debug, Default)]
pub struct Recordings {
    open: BTreeMap<RecordingKey, (String, u32)>,
    /// Whether the disk is full.
    pub is_full: bool,
}

impl Recordings {
    /// Takes a piece of one; what becomes of it, at its end.
    pub(super) fn take(&mut self, take: Take) -> Option<Recorded> {
        match take {
            Take::Begin { recording, name } => {
                self.open.insert(recording, (name, 0));
                None
            }
            Take::Samples { recording, samples } => {
                if let Some((_, count)) = self.open.get_mut(&recording) {
                    *count += samples.len() as u32;
                }
                None
            }
            Take::End { recording, keep, .. } => {
                let kept = self.open.remove(&recording).filter(|_| keep);
                let result = match kept {
                    Some(_) if self.is_full => Err("no space left".to_string()),
                    kept => Ok(kept.map(|(name, samples)| Kept {
                        file: format!("{name}.wav"),
                        length: Duration::from_secs(1) * samples / SAMPLE_RATE_HZ,
                    })),
                };
                Some(Recorded { recording, result })
            }
        }
    }
}
