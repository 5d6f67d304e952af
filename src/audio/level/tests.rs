//! Tests of the measure against signals whose level can be computed, and of the way to the house level.

use super::*;

/// Bursts of a tone with pauses between.
fn bursts(hz: f32, amplitude: f32, on_ms: usize, off_ms: usize, count: usize) -> Sound {
    let tone = (0..on_ms * 8).map(|n| (TAU * hz * n as f32 / 8_000.0).sin() * amplitude * 32_768.0);
    let burst: Vec<i16> = tone.map(|s| s as i16).chain(vec![0; off_ms * 8]).collect();
    Sound::new(burst.repeat(count))
}

fn level(sound: &Sound, content: Content) -> f32 {
    level_db(sound, content).expect("not silent")
}

#[track_caller]
fn close(got: f32, want: f32, tolerance: f32) {
    assert!((got - want).abs() <= tolerance, "{got} dB instead of {want} dB");
}

#[test]
fn a_tone_that_a_telephone_passes_has_the_level_of_its_power() {
    close(level(&bursts(1_000.0, 0.2, 3_000, 0, 1), Content::Speech), -16.99, 0.1);
    close(level(&bursts(1_000.0, 0.2, 3_000, 0, 1), Content::Fragment), -16.99, 0.1);
}

#[test]
fn pauses_do_not_count_but_for_the_hang_over() {
    let spoken = bursts(1_000.0, 0.2, 2_000, 3_000, 3);
    // 200 ms, and some 80 ms until the envelope has fallen below the threshold.
    let hang_over = 10.0 * (2_000.0_f32 / 2_280.0).log10();
    close(level(&spoken, Content::Speech), -16.99 + hang_over, 0.1);
}

#[test]
fn bass_that_no_telephone_carries_does_not_count() {
    close(level(&bursts(150.0, 0.5, 2_000, 0, 1), Content::Speech), -9.0 - 48.0, 4.0);
    close(level(&bursts(300.0, 0.5, 2_000, 0, 1), Content::Speech), -9.0 - 6.0, 0.3);
    close(level(&bursts(3_400.0, 0.5, 2_000, 0, 1), Content::Speech), -9.0 - 6.0, 0.3);
}

#[test]
fn silence_around_a_word_does_not_make_it_softer() {
    let word = bursts(1_000.0, 0.2, 250, 0, 1);
    let padded: Vec<i16> = [&[0; 4_000], &word.samples[..], &[0; 8_000]].concat();
    close(level(&Sound::new(padded), Content::Fragment), level(&word, Content::Fragment), 0.3);
}

#[test]
fn silence_has_no_level_and_stays() {
    for samples in [vec![], vec![0; 8_000], vec![0; 3]] {
        let silent = Sound::new(samples);
        for content in [Content::Speech, Content::Fragment, Content::Music] {
            assert_eq!(level_db(&silent, content), None);
            assert_eq!(at_house_level(silent.clone(), content), silent);
        }
    }
}

#[test]
fn loud_and_soft_recordings_come_to_their_level_under_the_ceiling() {
    let ceiling = (ratio(CEILING_DB) * 32_768.0).round() as u16;
    for content in [Content::Speech, Content::Fragment, Content::Music] {
        for amplitude in [0.02, 0.05, 0.3, 0.99] {
            let sound = at_house_level(bursts(700.0, amplitude, 900, 300, 4), content);
            close(level(&sound, content), content.house_level_db(), 0.1);
            assert!(sound.peak() <= ceiling, "{content:?} {amplitude}: {}", sound.peak());
        }
    }
}

#[test]
fn a_rare_peak_is_bent_under_the_ceiling() {
    let mut samples = bursts(700.0, 0.05, 2_000, 0, 1).samples.to_vec();
    samples[5_000] = 30_000;
    let sound = at_house_level(Sound::new(samples), Content::Speech);
    close(level(&sound, Content::Speech), -20.0, 0.1);
    assert_eq!(sound.samples[5_000], (ratio(CEILING_DB) * 32_768.0).round() as i16);
}

#[test]
fn what_is_at_level_is_the_same_recording() {
    for amplitude in [0.125, 0.14, 0.16] {
        let sound = bursts(1_000.0, amplitude, 2_000, 0, 1);
        assert_eq!(at_house_level(sound.clone(), Content::Speech), sound);
    }
}

#[test]
fn noise_alone_is_raised_only_so_far() {
    let faint = bursts(1_000.0, 0.001, 2_000, 0, 1);
    let raised = at_house_level(faint.clone(), Content::Speech);
    close(level(&raised, Content::Speech), level(&faint, Content::Speech) + MOST_RAISED_DB, 0.2);
}

#[test]
fn silence_at_the_ends_is_told_to_the_block() {
    let word = bursts(1_000.0, 0.2, 250, 0, 1);
    let padded = Sound::new([&[0; 4_000], &word.samples[..], &[1; 8_000]].concat());
    assert_eq!(silent_ends(&padded), [500, 1_000].map(Duration::from_millis));
    assert_eq!(silent_ends(&Sound::new(vec![])), [Duration::ZERO; 2]);
    assert_eq!(silent_ends(&Sound::new(vec![0; 80])), [Duration::ZERO, Duration::from_millis(10)]);
}

#[test]
fn three_samples_at_full_scale_in_a_row_are_clipping() {
    let mut samples = vec![0; 800];
    samples[400..402].copy_from_slice(&[i16::MIN, i16::MAX]);
    assert_eq!(Sound::new(samples.clone()).clipped_at(), None);
    samples[402] = -i16::MAX;
    assert_eq!(Sound::new(samples).clipped_at(), Some(Duration::from_millis(50)));
}
