//! Which prompts are heard in a recording: found by fingerprints, proved by correlation.
//!
//! A prompt reaches the listener as it was but for its codec, lost packets and barge-in. The gaps between five
//! neighbouring peaks of the smoothed waveform name a place in a prompt nearly alone; places that agree on where the
//! prompt would have begun make a candidate; each 20 ms of a candidate is then compared with what was heard. Codecs that
//! do not keep the waveform, and resamplers, move its peaks by a sample here and there: gaps are told apart, and places
//! agree, no more exactly than that.

use super::sound::duration_of;
use super::{Codec, Library, SAMPLE_RATE_HZ};
use crate::base::{Language, PromptId};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// A peak is the highest sample this far to both sides: 3 ms, less than most voices' period.
const PEAK_REACH: usize = 24;
/// Samples to both sides that are added to each before peaks are looked for: what a codec moves is above 1 kHz.
const SMOOTH_REACH: usize = 4;
/// Softest peak that counts, of such sums: 200 a sample.
const PEAK_FLOOR: i32 = 200 * (2 * SMOOTH_REACH as i32 + 1);
/// Longest gap between neighbouring peaks of one fingerprint: 125 ms.
const LONGEST_GAP: usize = 1_000;
/// Samples in which gaps do not differ: 0.5 ms.
const GAP_STEP: usize = 4;
/// Samples by which places may miss each other and agree.
const SLACK: i64 = 2;
/// Samples compared at a time: one packet.
const FRAME: usize = 160;
/// Least correlation of a frame that is the prompt's.
const ALIKE: f64 = 0.9;
/// Mean square below which a frame is too quiet to tell anything.
const QUIET: f64 = 40.0 * 40.0;
/// Frames that must be alike before a prompt is named: 100 ms.
const LEAST_FRAMES: usize = 5;
/// Frames in a row that may be unlike, lost on the way, before a prompt is over: 300 ms.
const MOST_UNLIKE: usize = 15;
/// Most places a fingerprint may name and still tell something: steady tones repeat theirs without end.
const MOST_PLACES: usize = 48;
/// Fingerprints that must agree before a candidate is looked at.
const LEAST_VOTES: u32 = 3;
/// Most candidates looked at for each second of recording, those with most votes first.
const CANDIDATES_PER_SECOND: usize = 16;

/// A prompt, or a part of one, in a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Which.
    pub prompt: PromptId,
    /// In which language.
    pub language: Language,
    /// Where in the recording the part heard begins.
    pub at: Duration,
    /// How much of it was heard, from its first to its last sound; short of `of` where it was cut off.
    pub played: Duration,
    /// How long the whole prompt is.
    pub of: Duration,
}

/// Names prompts of one library. Building it takes a look at every sample: keep it.
#[derive(Debug)]
pub struct Matcher {
    prompts: Vec<Prompt>,
    /// Every fingerprint with the prompt and sample where it begins, sorted.
    index: Vec<(Fingerprint, u32, u32)>,
}

#[derive(Debug)]
struct Prompt {
    id: PromptId,
    language: Language,
    samples: Arc<[i16]>,
}

/// Four gaps between five peaks, in steps.
type Fingerprint = [u16; 4];

impl Matcher {
    /// A matcher for these prompts as either law of G.711 sounds; G.722 lies between them and the original.
    pub fn new(library: &Library) -> Matcher {
        let prompt = |(id, language, sound): (&PromptId, Language, &super::Sound)| Prompt {
            id: id.clone(),
            language,
            samples: Arc::clone(&sound.samples),
        };
        let prompts: Vec<Prompt> = library.sounds().map(prompt).collect();
        let mut index = Vec::new();
        for (number, prompt) in (0_u32..).zip(&prompts) {
            for codec in [Codec::Pcmu, Codec::Pcma] {
                let prints = fingerprints(&as_heard(&prompt.samples, codec));
                index.extend(prints.into_iter().map(|(print, at)| (print, number, at as u32)));
            }
        }
        index.sort_unstable();
        index.dedup();
        let telling = index.chunk_by(|a, b| a.0 == b.0).filter(|places| places.len() <= MOST_PLACES);
        Matcher { prompts, index: telling.flatten().copied().collect() }
    }

    /// The prompts in this recording (8 kHz, losses filled with silence), in order. Where prompts begin alike
    /// the one that explains most of the recording is named.
    pub fn heard(&self, recording: &[i16]) -> Vec<Heard> {
        let mut matches: Vec<Match> = self
            .candidates(recording)
            .into_iter()
            .filter_map(|candidate| self.best(&candidate, recording))
            .collect();
        matches.sort_by_key(|m| (Reverse(m.alike.len()), m.prompt, m.start));
        let mut taken = vec![false; recording.len() / FRAME + 2];
        let mut heard: Vec<Heard> = matches.iter().filter_map(|m| self.claim(m, &mut taken)).collect();
        heard.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.prompt.cmp(&b.prompt)));
        end_where_the_next_begins(&mut heard);
        heard
    }

    /// Prompts and where in the recording their first sample would be, best first.
    fn candidates(&self, recording: &[i16]) -> Vec<Candidate> {
        let mut votes = Votes::new();
        for (print, at) in fingerprints(recording) {
            let from = self.index.partition_point(|(p, _, _)| *p < print);
            for (_, prompt, place) in self.index.iter().skip(from).take_while(|(p, _, _)| *p == print) {
                *votes.entry((*prompt as usize, at as i64 - i64::from(*place))).or_default() += 1;
            }
        }
        let mut ranked: Vec<_> =
            votes.keys().filter_map(|(prompt, start)| Candidate::of(&votes, *prompt, *start)).collect();
        ranked.sort_by_key(|candidate| (Reverse(candidate.votes), candidate.prompt, candidate.start));
        ranked.truncate(CANDIDATES_PER_SECOND * (recording.len() / SAMPLE_RATE_HZ as usize + 1));
        ranked
    }

    /// A candidate at the place where most of it was heard: its own, where they are alike.
    fn best(&self, candidate: &Candidate, recording: &[i16]) -> Option<Match> {
        let Candidate { prompt, start, beside, .. } = candidate;
        let places = std::iter::once(start).chain(beside);
        let found = places.filter_map(|start| self.compare(*prompt, *start, recording));
        found.reduce(|best, other| if other.alike.len() > best.alike.len() { other } else { best })
    }

    fn compare(&self, prompt: usize, start: i64, recording: &[i16]) -> Option<Match> {
        let samples = &self.prompts.get(prompt)?.samples;
        let mut found = Match { prompt, start, alike: Vec::new(), quiet: Vec::new() };
        for (number, frame) in samples.chunks(FRAME).enumerate() {
            if power(frame) < QUIET {
                found.quiet.push(number);
            } else if part(recording, start + (number * FRAME) as i64, frame.len())
                .is_some_and(|h| alike(frame, h))
            {
                found.alike.push(number);
            }
        }
        (found.alike.len() >= LEAST_FRAMES).then_some(found)
    }

    /// Names the match, unless a better one has taken its part of the recording.
    fn claim(&self, found: &Match, taken: &mut [bool]) -> Option<Heard> {
        let free = |n: &&usize| !taken.get(found.slot(**n)).copied().unwrap_or(true);
        let mine: Vec<usize> = found.alike.iter().filter(free).copied().collect();
        let mine = found.longest_run(&mine);
        if mine.len() < LEAST_FRAMES {
            return None;
        }
        for slot in mine.first().map(|n| found.slot(*n))?..=mine.last().map(|n| found.slot(*n))? {
            if let Some(place) = taken.get_mut(slot) {
                *place = true;
            }
        }
        let prompt = self.prompts.get(found.prompt)?;
        let span = found.span(mine, prompt.samples.len())?;
        Some(Heard {
            prompt: prompt.id.clone(),
            language: prompt.language,
            at: duration_of(usize::try_from(found.start + span.start as i64).unwrap_or(0)),
            played: duration_of(span.len()),
            of: duration_of(prompt.samples.len()),
        })
    }
}

/// How many fingerprints say that a prompt begins at a place.
type Votes = BTreeMap<(usize, i64), u32>;

/// Where a prompt may begin.
struct Candidate {
    prompt: usize,
    start: i64,
    /// Places so near that they agree with it.
    beside: Vec<i64>,
    /// Of all these places.
    votes: u32,
}

impl Candidate {
    /// A place, where its votes and its neighbours' are enough and none of them has more.
    fn of(votes: &Votes, prompt: usize, start: i64) -> Option<Candidate> {
        let own = *votes.get(&(prompt, start))?;
        let around = votes.range((prompt, start - SLACK)..=(prompt, start + SLACK));
        let around: Vec<(i64, u32)> = around.map(|((_, place), count)| (*place, *count)).collect();
        let is_best = around.iter().all(|(place, count)| *count < own || (*count == own && *place >= start));
        let all = around.iter().map(|(_, count)| count).sum();
        let beside = around.iter().map(|(place, _)| *place).filter(|place| *place != start).collect();
        (is_best && all >= LEAST_VOTES).then_some(Candidate { prompt, start, beside, votes: all })
    }
}

/// A prompt laid over the recording: which of its frames are there.
struct Match {
    prompt: usize,
    /// Where in the recording the prompt's first sample is; before it where only its end was recorded.
    start: i64,
    alike: Vec<usize>,
    quiet: Vec<usize>,
}

impl Match {
    /// The place of a frame's middle in the recording, in frames.
    fn slot(&self, frame: usize) -> usize {
        let middle = self.start + (frame * FRAME + FRAME / 2) as i64;
        usize::try_from(middle).unwrap_or(0) / FRAME
    }

    /// The most frames in a row: a frame here and there that resembles something else heard is not of it.
    fn longest_run<'a>(&self, frames: &'a [usize]) -> &'a [usize] {
        let joined = |a: &usize, b: &usize| {
            let quiet = self.quiet.partition_point(|q| q < b) - self.quiet.partition_point(|q| q <= a);
            b - a - 1 - quiet <= MOST_UNLIKE
        };
        frames.chunk_by(joined).max_by_key(|run| run.len()).unwrap_or_default()
    }

    /// The samples of the prompt that were heard: from the first to the last of `frames`, with the prompt's own
    /// silence where nothing but silence lies beyond.
    fn span(&self, frames: &[usize], length: usize) -> Option<Range<usize>> {
        let (first, last) = (*frames.first()?, *frames.last()?);
        let silent = |n: usize| self.quiet.binary_search(&n).is_ok();
        let from_start = (0..first).all(silent) && self.start >= 0;
        let to_end = (last + 1..length.div_ceil(FRAME)).all(silent);
        let from = if from_start { 0 } else { first * FRAME };
        let to = if to_end { length } else { (last + 1) * FRAME };
        Some(from..to.min(length))
    }
}

/// What a listener decodes.
fn as_heard(samples: &[i16], codec: Codec) -> Vec<i16> {
    let (mut bytes, mut heard) = (Vec::new(), Vec::new());
    codec.encode(samples, &mut bytes);
    codec.decode(&bytes, &mut heard);
    heard
}

/// The gaps after each peak, with the peak's place.
fn fingerprints(samples: &[i16]) -> Vec<(Fingerprint, usize)> {
    let peaks = peaks(&smoothed(samples));
    let print = |w: &[usize]| {
        let [a, b, c, d, e] = *w else { return None };
        let gaps = [b - a, c - b, d - c, e - d];
        let short = gaps.iter().all(|g| *g <= LONGEST_GAP);
        short.then_some((gaps.map(|g| (g / GAP_STEP) as u16), a))
    };
    peaks.windows(5).filter_map(print).collect()
}

/// Each sample with its neighbours added.
fn smoothed(samples: &[i16]) -> Vec<i32> {
    let at = |at: usize| samples.get(at).map_or(0, |sample| i32::from(*sample));
    let mut sum: i32 = (0..SMOOTH_REACH).map(at).sum();
    let mut sums = Vec::with_capacity(samples.len());
    for place in 0..samples.len() {
        sum += at(place + SMOOTH_REACH);
        sums.push(sum);
        sum -= place.checked_sub(SMOOTH_REACH).map_or(0, at);
    }
    sums
}

/// The highest samples of their neighbourhoods; of equal ones the first.
fn peaks(samples: &[i32]) -> Vec<usize> {
    let mut peaks = Vec::new();
    let mut at = 0;
    while let Some(height) = samples.get(at) {
        let around = |r: Range<usize>| samples.get(r).unwrap_or_default().iter();
        let end = (at + PEAK_REACH + 1).min(samples.len());
        let higher_after = around(at + 1..end).position(|s| s > height);
        let highest = *height > PEAK_FLOOR
            && higher_after.is_none()
            && around(at.saturating_sub(PEAK_REACH)..at).all(|s| s < height);
        if highest {
            peaks.push(at);
        }
        at += 1;
    }
    peaks
}

/// This many samples of the recording, where it has them.
fn part(recording: &[i16], from: i64, length: usize) -> Option<&[i16]> {
    let from = usize::try_from(from).ok()?;
    recording.get(from..from + length)
}

fn alike(a: &[i16], b: &[i16]) -> bool {
    let product: f64 = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    let both = power(a) * power(b);
    product > 0.0 && (product / a.len() as f64).powi(2) >= ALIKE * ALIKE * both && both > 0.0
}

fn power(samples: &[i16]) -> f64 {
    samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len().max(1) as f64
}

/// One prompt is played at a time: a stray frame of a prompt that sounds like a later one's is none of it.
fn end_where_the_next_begins(heard: &mut [Heard]) {
    for at in 1..heard.len() {
        let (before, after) = heard.split_at_mut(at);
        if let (Some(last), Some(next)) = (before.last_mut(), after.first()) {
            last.played = last.played.min(next.at.saturating_sub(last.at));
        }
    }
}

#[cfg(test)]
mod tests;
