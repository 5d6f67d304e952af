//! The mirror of how a party's audio was: the names here are a promise, in the database and in JSON.

use super::AudioRecord;
use crate::base::AudioQuality;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// An [`AudioRecord`] as it is kept and shown.
#[derive(Serialize, Deserialize)]
pub struct AudioRow {
    /// The URI that answered; null: the caller.
    target: Option<String>,
    codec: String,
    packets_sent: u64,
    packets_received: u64,
    packets_lost: u64,
    packets_lost_there: Option<u64>,
    jitter_us: u64,
    round_trip_us: Option<u64>,
    /// One to four and a half.
    mos: Option<f64>,
}

impl AudioRow {
    /// The row of a record.
    pub fn of(audio: &AudioRecord) -> AudioRow {
        let quality = &audio.quality;
        AudioRow {
            target: audio.target.clone(),
            codec: quality.codec.clone(),
            packets_sent: quality.sent,
            packets_received: quality.received,
            packets_lost: quality.lost,
            packets_lost_there: quality.lost_there,
            jitter_us: micros(quality.jitter),
            round_trip_us: quality.round_trip.map(micros),
            mos: quality.mos.map(|hundredths| f64::from(hundredths) / 100.0),
        }
    }

    pub(super) fn record(self) -> AudioRecord {
        AudioRecord {
            target: self.target,
            quality: AudioQuality {
                codec: self.codec,
                sent: self.packets_sent,
                received: self.packets_received,
                lost: self.packets_lost,
                lost_there: self.packets_lost_there,
                jitter: Duration::from_micros(self.jitter_us),
                round_trip: self.round_trip_us.map(Duration::from_micros),
                mos: self.mos.map(|score| (score * 100.0).round() as u16),
            },
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
