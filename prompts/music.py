"""The hold music: a quiet plucked piece of our own, computed note by note, that loops without a seam."""

import numpy as np

import sound

BEAT = 6400  # samples: 75 beats a minute at 8 kHz, and a whole number of 20 ms packets
BEATS_PER_BAR = 4

# One bar each: bass note, then the chord that is broken over it in eighths. MIDI numbers; 60 is middle C.
CHORDS = [
    (53, (60, 65, 69)),  # F
    (57, (60, 64, 69)),  # A minor
    (58, (62, 65, 70)),  # B flat
    (55, (62, 67, 70)),  # G minor
    (50, (62, 65, 69)),  # D minor
    (58, (62, 65, 74)),  # B flat
    (55, (62, 65, 70)),  # G minor seventh
    (48, (60, 67, 70)),  # C seventh
]
ARPEGGIO = (0, 1, 2, 1, 0, 2, 1, 2)

# (beat, length in beats, MIDI number); the rests are left to ring.
MELODY = [
    (0, 1.5, 72), (1.5, 0.5, 74), (2, 2, 77), (4, 1, 76), (5, 1, 72), (6, 2, 69),
    (8, 1.5, 70), (9.5, 0.5, 72), (10, 1, 74), (11, 1, 77), (12, 3, 74),
    (16, 1, 77), (17, 1, 76), (18, 1, 74), (19, 1, 69), (20, 1.5, 70), (21.5, 0.5, 69), (22, 2, 65),
    (24, 1, 67), (25, 1, 70), (26, 1, 74), (27, 1, 72), (28, 1.5, 70), (29.5, 0.5, 67), (30, 2, 64),
]  # fmt: skip


def render(target_db):
    """The whole loop; what still rings at the end is folded onto the beginning."""
    piece = np.zeros(len(CHORDS) * BEATS_PER_BAR * BEAT)
    for bar, (bass, chord) in enumerate(CHORDS):
        _pluck(piece, bar * BEATS_PER_BAR, bass, seconds=3.2, loudness=0.5)
        for eighth, member in enumerate(ARPEGGIO):
            _pluck(piece, bar * BEATS_PER_BAR + eighth / 2, chord[member], seconds=1.6, loudness=0.35)
    for beat, length, note in MELODY:
        _pluck(piece, beat, note, seconds=1.0 + 0.6 * length, loudness=1.0)
    level = 10 * np.log10(np.mean(piece**2))
    return piece * 10 ** ((target_db - level) / 20)


def _pluck(piece, beat, note, seconds, loudness):
    """Adds one string: five partials, the higher the weaker and the sooner gone."""
    time = np.arange(int(seconds * sound.RATE)) / sound.RATE
    hz = 440 * 2 ** ((note - 69) / 12)
    string = sum(
        np.sin(2 * np.pi * partial * hz * time) * np.exp(-time * (2.2 + 1.1 * partial)) / partial**1.4
        for partial in range(1, 6)
        if partial * hz < 3400
    )
    string *= loudness * np.minimum(1, time / 0.006) * np.minimum(1, (time[-1] - time) / 0.05)
    places = (int(beat * BEAT) + np.arange(len(string))) % len(piece)
    np.add.at(piece, places, string)
