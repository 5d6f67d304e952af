//! What a stream plays: clips joined to the sample, cut into packets, from bytes encoded once where the codec allows.
//!
//! A playout runs in real time even where its packets may not be sent (hold): who is taken off
//! hold hears what plays then, not what played when the hold began.

use super::PlayKey;
use super::coding::{Coded, Tones};
use crate::audio::{Encoder, Library};
use crate::base::{Clip, limits};
use std::sync::Arc;

/// 8 kHz samples in a millisecond.
const SAMPLES_PER_MS: u128 = 8;

/// A stretch of sound.
#[derive(Clone, Debug)]
enum Piece {
    /// A prompt or tone.
    Coded(Coded),
    /// Silence of so many samples.
    Silence(usize),
    /// Samples to encode as they go.
    Pcm(Arc<[i16]>),
}

/// A playout in progress. It keeps its own prompts alive: a replaced library does not touch it.
#[derive(Clone, Debug)]
pub(super) struct Playout {
    pub(super) key: PlayKey,
    pieces: Vec<Piece>,
    repeat: bool,
    piece: usize,
    position: usize,
}

impl Playout {
    /// Plays clips; those that the library lacks are left out and returned.
    pub(super) fn of_clips(
        key: PlayKey,
        clips: Vec<Clip>,
        repeat: bool,
        library: &Library,
        tones: &Tones,
    ) -> (Playout, Vec<Clip>) {
        let mut missing = Vec::new();
        let mut pieces = Vec::new();
        for clip in clips.into_iter().take(limits::CLIPS_PER_PLAY) {
            match piece(&clip, library, tones) {
                Some(piece) => pieces.push(piece),
                None => missing.push(clip),
            }
        }
        (Playout::new(key, pieces, repeat), missing)
    }

    /// Plays samples from memory.
    pub(super) fn of_samples(key: PlayKey, samples: Arc<[i16]>, repeat: bool) -> Playout {
        Playout::new(key, vec![Piece::Pcm(samples)], repeat)
    }

    fn new(key: PlayKey, mut pieces: Vec<Piece>, repeat: bool) -> Playout {
        // Without empty pieces every turn of `advance` moves on, so that a repeat cannot spin.
        pieces.retain(|p| p.samples() > 0);
        Playout { key, pieces, repeat, piece: 0, position: 0 }
    }

    /// Whether there is nothing to play at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether it is said once only.
    pub(super) fn ends(&self) -> bool {
        !self.repeat
    }

    /// Whether everything has been written.
    pub(super) fn is_finished(&self) -> bool {
        self.piece >= self.pieces.len()
    }

    /// Appends the next `samples` samples; after the last clip silence fills the packet.
    pub(super) fn write(&mut self, encoder: &mut Encoder, samples: usize, out: &mut Vec<u8>) {
        let left = self.advance(samples, |piece, from, count| piece.append(encoder, from, count, out));
        encoder.encode_silence(left, out);
    }

    /// Lets time pass without sending.
    pub(super) fn skip(&mut self, samples: usize) {
        self.advance(samples, |_, _, _| {});
    }

    /// Walks over the next `samples` samples; returns how many there were not.
    fn advance(&mut self, samples: usize, mut take: impl FnMut(&Piece, usize, usize)) -> usize {
        let mut left = samples;
        while left > 0 {
            let Some(piece) = self.pieces.get(self.piece) else { break };
            let count = left.min(piece.samples().saturating_sub(self.position));
            take(piece, self.position, count);
            left -= count;
            self.position += count;
            if self.position >= piece.samples() {
                self.next_piece();
            }
        }
        left
    }

    fn next_piece(&mut self) {
        self.position = 0;
        self.piece += 1;
        if self.repeat && self.piece >= self.pieces.len() {
            self.piece = 0;
        }
    }
}

impl Piece {
    fn samples(&self) -> usize {
        match self {
            Piece::Coded(coded) => coded.samples(),
            Piece::Silence(samples) => *samples,
            Piece::Pcm(samples) => samples.len(),
        }
    }

    fn append(&self, encoder: &mut Encoder, from: usize, count: usize, out: &mut Vec<u8>) {
        match self {
            Piece::Coded(coded) => coded.append(encoder, from, count, out),
            Piece::Silence(_) => encoder.encode_silence(count, out),
            Piece::Pcm(samples) => {
                encoder.encode(samples.get(from..from + count).unwrap_or_default(), out);
            }
        }
    }
}

fn piece(clip: &Clip, library: &Library, tones: &Tones) -> Option<Piece> {
    match clip {
        Clip::Prompt(id, language) => Coded::of_prompt(library, id, *language).map(Piece::Coded),
        Clip::Pause(length) => {
            let samples = (length.as_millis() * SAMPLES_PER_MS).min(usize::MAX as u128);
            Some(Piece::Silence(samples as usize))
        }
        Clip::Ringback => Some(Piece::Coded(tones.ringback.clone())),
        Clip::Beep => Some(Piece::Coded(tones.beep.clone())),
    }
}
