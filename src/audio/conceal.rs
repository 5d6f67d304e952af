//! Sound in place of lost packets, in the manner of ITU-T G.711 Appendix I: the last pitch period once more and once
//! more, softer and softer, until nothing is left after 60 ms; then back into what comes without a click.

/// Samples of the past that are looked back on: twice the longest period, and what is compared.
const PAST: usize = 400;
/// Shortest and longest pitch period looked for, in samples: voices from 66 to 200 Hz.
const PERIODS: std::ops::RangeInclusive<usize> = 40..=120;
/// Samples that are compared to find the period.
const COMPARED: usize = 160;
/// Samples at full level before it gets softer: 10 ms.
const FULL: usize = 80;
/// Samples until nothing is left: 60 ms.
const LAST: usize = 480;
/// Samples over which what comes fades in: 4 ms.
const BLEND: usize = 32;

/// Fills the losses of one stream.
#[derive(Clone, Debug, Default)]
pub struct Concealer {
    /// What was last heard, the loss left out.
    past: Vec<i16>,
    loss: Option<Loss>,
}

/// A loss that goes on.
#[derive(Clone, Debug)]
struct Loss {
    /// A pitch period whose end runs into its beginning.
    cycle: Vec<i16>,
    /// Samples made up so far.
    made: usize,
}

impl Concealer {
    /// Takes samples that came and appends them, where they follow a loss faded in.
    pub fn heard(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        let from = out.len();
        out.extend_from_slice(samples);
        if let Some(mut loss) = self.loss.take() {
            for (at, sample) in out.iter_mut().skip(from).take(BLEND).enumerate() {
                let (made, come) = (i32::from(loss.next()), i32::from(*sample));
                let weight = at as i32 + 1;
                *sample = ((made * (BLEND as i32 + 1 - weight) + come * weight) / (BLEND as i32 + 1)) as i16;
            }
        }
        self.past.extend_from_slice(samples);
        let old = self.past.len().saturating_sub(PAST);
        self.past.drain(..old);
    }

    /// Appends so many samples in place of ones that never came.
    pub fn lost(&mut self, samples: usize, out: &mut Vec<i16>) {
        let past = &self.past;
        let loss = self.loss.get_or_insert_with(|| Loss { cycle: cycle(past), made: 0 });
        out.extend((0..samples).map(|_| loss.next()));
    }
}

impl Loss {
    fn next(&mut self) -> i16 {
        let at = self.made;
        self.made = (at + 1).min(LAST);
        let Some(sample) = self.cycle.get(at % self.cycle.len().max(1)) else { return 0 };
        let left = LAST.saturating_sub(at).min(LAST - FULL) as i32;
        (i32::from(*sample) * left / (LAST - FULL) as i32) as i16
    }
}

/// The last period of the past, its last quarter blended into what came before its beginning.
fn cycle(past: &[i16]) -> Vec<i16> {
    let Some(period) = period(past) else { return Vec::new() };
    let start = past.len() - period;
    let mut cycle = past.get(start..).unwrap_or_default().to_vec();
    let quarter = period / 4;
    let before = past.get(start - quarter..start).unwrap_or_default();
    for (at, (sample, earlier)) in cycle.iter_mut().skip(period - quarter).zip(before).enumerate() {
        let weight = at as i32 + 1;
        let sum = i32::from(*sample) * (quarter as i32 - weight) + i32::from(*earlier) * weight;
        *sample = (sum / quarter as i32) as i16;
    }
    cycle
}

/// The distance at which the past is most like itself; none where there is too little of it.
fn period(past: &[i16]) -> Option<usize> {
    let end = past.len().checked_sub(COMPARED + PERIODS.end())?;
    let recent = past.get(end + PERIODS.end()..)?;
    let likeness = |lag: usize| {
        let earlier = past.get(end + PERIODS.end() - lag..past.len() - lag).unwrap_or_default();
        let product: i64 = recent.iter().zip(earlier).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
        let energy: i64 = earlier.iter().map(|b| i64::from(*b) * i64::from(*b)).sum();
        product as f64 / ((energy + 1) as f64).sqrt()
    };
    PERIODS.max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice of 125 Hz with overtones: a period of 64 samples.
    fn voice(samples: usize) -> Vec<i16> {
        let wave = |n: usize, k: f64| (n as f64 * k * std::f64::consts::TAU / 64.0).sin();
        (0..samples)
            .map(|n| (4_000.0 * wave(n, 1.0) + 2_000.0 * wave(n, 2.0) + 1_000.0 * wave(n, 5.0)) as i16)
            .collect()
    }

    /// The voice with these packets of 20 ms lost.
    fn concealed(lost: std::ops::Range<usize>) -> Vec<i16> {
        let (mut concealer, mut out) = (Concealer::default(), Vec::new());
        for (n, packet) in voice(1_600).chunks(160).enumerate() {
            match lost.contains(&n) {
                true => concealer.lost(160, &mut out),
                false => concealer.heard(packet, &mut out),
            }
        }
        out
    }

    fn error(heard: &[i16], at: std::ops::Range<usize>) -> f64 {
        let energy = |v: &mut dyn Iterator<Item = f64>| v.map(|x| x * x).sum::<f64>().sqrt();
        let voice = voice(1_600);
        let wrong =
            voice[at.clone()].iter().zip(&heard[at.clone()]).map(|(a, b)| f64::from(*a) - f64::from(*b));
        energy(&mut wrong.into_iter()) / energy(&mut voice[at].iter().map(|s| f64::from(*s)))
    }

    #[test]
    fn a_lost_packet_of_a_voice_is_hardly_missed() {
        let heard = concealed(5..6);
        assert_eq!(heard.len(), 1_600);
        assert!(error(&heard, 800..880) < 0.1, "{}", error(&heard, 800..880));
        assert!(error(&heard, 800..960) < 0.25, "silence would be 1: {}", error(&heard, 800..960));
        assert_eq!(heard[992..], voice(1_600)[992..], "and then it is itself again");
    }

    #[test]
    fn nothing_clicks() {
        let step = |v: &[i16]| v.windows(2).map(|w| (i32::from(w[1]) - i32::from(w[0])).abs()).max().unwrap();
        for lost in [5..6, 4..7, 2..9] {
            assert!(step(&concealed(lost.clone())) <= step(&voice(1_600)) * 5 / 4, "{lost:?}");
        }
    }

    #[test]
    fn a_long_loss_fades_to_silence_and_stays_there() {
        let heard = concealed(3..9);
        let peak = |at: std::ops::Range<usize>| heard[at].iter().map(|s| s.unsigned_abs()).max().unwrap();
        assert!(peak(480..560) > 4_000 && peak(480 + 400..480 + 480) < 1_500);
        assert!(heard[960..1_440].iter().all(|s| *s == 0), "after 60 ms");
    }

    #[test]
    fn a_loss_before_anything_was_heard_is_silence() {
        let (mut concealer, mut out) = (Concealer::default(), Vec::new());
        concealer.lost(160, &mut out);
        concealer.heard(&[1_000; 160], &mut out);
        assert!(out[..160].iter().all(|s| *s == 0) && out[200] == 1_000);
    }
}
