"""Sound as arrays of floats (full scale = 1.0): cutting, filtering, levels, WAV files."""

import wave
from math import gcd

import numpy as np
from scipy.signal import butter, firwin, lfilter, resample_poly, sosfiltfilt

RATE = 8000
PEAK_DB = -2.0


def silence(ms, rate):
    return np.zeros(round(ms * rate / 1000))


def trim(x, rate, lead_ms=15, tail_ms=25, threshold_db=-45):
    """Cuts the silence at both ends down to the margins and fades 8 ms in and out, so that no cut clicks."""
    loud = np.flatnonzero(_is_loud(x, rate, threshold_db))
    start = max(0, loud[0] - int(lead_ms * rate / 1000))
    end = min(len(x), loud[-1] + int(tail_ms * rate / 1000))
    y = x[start:end].copy()
    fade = min(len(y) // 4, int(0.008 * rate))
    ramp = np.hanning(2 * fade)[:fade]
    y[:fade] *= ramp
    y[-fade:] *= ramp[::-1]
    return y


def take(x, rate, index, count, min_pause_ms=90, threshold_db=-42):
    """The stretch `index` of a sound that pauses divide into exactly `count` stretches."""
    loud = np.flatnonzero(_is_loud(x, rate, threshold_db))
    cuts = np.flatnonzero(np.diff(loud) > min_pause_ms * rate / 1000)
    starts = np.r_[loud[0], loud[cuts + 1]]
    ends = np.r_[loud[cuts], loud[-1]]
    if len(starts) != count:
        raise ValueError(f"{len(starts)} stretches of sound where {count} were expected")
    margin = int(0.03 * rate)
    return x[max(0, starts[index] - margin) : ends[index] + margin]


def _is_loud(x, rate, threshold_db):
    window = rate // 100
    envelope = np.sqrt(np.convolve(x**2, np.ones(window) / window, "same"))
    return envelope > envelope.max() * 10 ** (threshold_db / 20)


def tone(x, rate, voice):
    """High-pass and treble shelf, both without phase shift: takes out the bass that a telephone cannot carry."""
    x = _high_pass(x, rate, voice["high_pass_hz"], order=2)
    if shelf_db := voice.get("shelf_db"):
        x = x + (10 ** (shelf_db / 20) - 1) * _high_pass(x, rate, voice["shelf_hz"], order=1)
    return x


def _high_pass(x, rate, hz, order):
    return sosfiltfilt(butter(order, hz, "highpass", fs=rate, output="sos"), x)


def resample(x, rate, to=RATE):
    """Kaiser-windowed FIR, flat to 94 % of the new band edge."""
    divisor = gcd(rate, to)
    up, down = to // divisor, rate // divisor
    if up == down:
        return x
    longest = max(up, down)
    taps = firwin(2 * 48 * longest + 1, 0.94 / longest, window=("kaiser", 9.0))
    return resample_poly(x, up, down, window=taps)


def telephone_band(x, rate=RATE):
    """300-3400 Hz. Levels are set on what a telephone passes, so that both voices sound equally loud there."""
    return sosfiltfilt(butter(4, [300, 3400], "bandpass", fs=rate, output="sos"), x)


def active_level_db(x, rate=RATE):
    """Active speech level after ITU-T P.56 method B, simplified: 30 ms envelope twice, 200 ms hang-over, 15.9 dB margin."""
    decay = np.exp(-1 / (0.03 * rate))
    smooth = ([1 - decay], [1, -decay])
    envelope = lfilter(*smooth, lfilter(*smooth, np.abs(x)))
    energy, hangover = np.sum(x**2), int(0.2 * rate)
    position = np.arange(len(x))
    level = -np.inf
    for threshold_db in np.arange(-80, 0, 0.5):
        hot = envelope >= 10 ** (threshold_db / 20)
        if not hot.any():
            break
        last_hot = np.maximum.accumulate(np.where(hot, position, -len(x) - hangover))
        active = np.count_nonzero(position - last_hot <= hangover)
        level = 10 * np.log10(energy / active + 1e-20)
        if level - threshold_db <= 15.9:
            break
    return level


def level_to(x, target_db, measure):
    """Scales so that `measure` finds `target_db`, then rounds off peaks below PEAK_DB."""
    peak = 10 ** (PEAK_DB / 20)
    for _ in range(4):  # the rounding costs a little level: give it back
        x = x * 10 ** ((target_db - measure(_soft_ceiling(x, peak))) / 20)
    return _soft_ceiling(x, peak)


def _soft_ceiling(x, peak):
    """Leaves everything under 70 % of the peak alone and bends the rest (tanh) so that the peak is never passed."""
    knee = 0.7 * peak
    bent = knee + (peak - knee) * np.tanh((np.abs(x) - knee) / (peak - knee))
    return np.where(np.abs(x) > knee, np.sign(x) * bent, x)


def to_pcm(x):
    """16-bit samples, rounded without dither: the same input gives the same bytes."""
    return np.round(x * 32767).astype("<i2")


def read_wav(path):
    """(samples as int16, rate) of a mono 16-bit file."""
    with wave.open(str(path)) as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{path}: not 16-bit mono")
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def write_wav(path, pcm):
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(pcm.tobytes())
