"""One recording: the words of a prompt in one language as sound, cut, filtered and at its level."""

import numpy as np

import music
import sound

SPEECH_DB, MUSIC_DB = -20.0, -24.0
FRAGMENT_DB = -19.7  # what _fragment_level_db finds in a sentence that has SPEECH_DB inside the telephone band
MARGINS_MS = {"speech": (60, 120), "fragment": (20, 70)}  # silence left before and after


def render(prompt, speakers, settings):
    """(samples as int16, reading) of one prompt."""
    if prompt.kind == "music":
        return sound.to_pcm(music.render(MUSIC_DB)), None
    speaker = speakers[prompt.lang]
    spoken = [speaker.speak(text) for text in prompt.texts]
    rate = spoken[0].rate
    said = iter(spoken)
    before, after = MARGINS_MS[prompt.kind]
    pieces = [
        sound.silence(part, rate) if isinstance(part, int) else _piece(prompt, part, next(said))
        for part in prompt.parts
    ]
    x = np.concatenate([sound.silence(before, rate), *pieces, sound.silence(after, rate)])
    x = sound.resample(sound.tone(x, rate, settings[prompt.lang]), rate)
    return sound.to_pcm(_levelled(prompt, x)), " / ".join(piece.reading for piece in spoken)


def _piece(prompt, text, spoken):
    samples = spoken.samples
    if prompt.take is not None:
        samples = sound.take(samples, spoken.rate, prompt.take, text.count("、") + 1)
    return sound.trim(samples, spoken.rate)


def _levelled(prompt, x):
    """Sentences are levelled on what a telephone passes, fragments without their margins."""
    if prompt.kind == "speech":
        return sound.level_to(x, SPEECH_DB, lambda y: sound.active_level_db(sound.telephone_band(y)))
    before, after = (round(ms * sound.RATE / 1000) for ms in MARGINS_MS[prompt.kind])
    return sound.level_to(x, FRAGMENT_DB, lambda y: _fragment_level_db(y[before:-after]))


def _fragment_level_db(x):
    """Half way between telephone band and whole band: a single closed vowel has little in the telephone band by
    nature. Levelled on that alone it would come out booming, on the whole band alone it would be lost on a telephone."""
    return (sound.active_level_db(x) + sound.active_level_db(sound.telephone_band(x))) / 2
