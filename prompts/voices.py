"""The two synthesisers: a text goes in, its sound and what the synthesiser took it for come out."""

import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import numpy as np

import sound


class Spoken(NamedTuple):
    samples: np.ndarray
    rate: int
    reading: str


class Japanese:
    """Open JTalk with the HTS voice Mei; the dictionary comes with the package, words of ours with user.csv."""

    # Front ends whose data is not pinned stay off, so that nothing but the pinned dictionary decides a reading.
    OPTIONS = dict(run_marine=False, use_tsqyomi=False, predict_nani=False, use_sudachi_kanji_yomi=False)

    def __init__(self, settings, folder):
        import pyopenjtalk

        name, _, wanted = settings["engine"].partition("==")
        if version(name) != wanted:
            raise SystemExit(f"{name} is {version(name)}, the manifest wants {wanted}")
        self._engine = pyopenjtalk
        self._speed = settings["speed"]
        with tempfile.TemporaryDirectory() as scratch:
            compiled = str(Path(scratch) / "user.dic")
            pyopenjtalk.mecab_dict_index(str(folder / settings["user_dict"]), compiled)
            pyopenjtalk.update_global_jtalk_with_user_dict(compiled)

    def prepare(self, texts):
        """Nothing to do ahead."""

    def speak(self, text):
        labels = self._engine.extract_fullcontext(text, **self.OPTIONS)
        samples, rate = self._engine.synthesize(labels, speed=self._speed)
        reading = self._engine.g2p(text, kana=True, **self.OPTIONS)
        # The voice goes past 16 bits at its own volume: scale as float, never as integers.
        return Spoken(np.asarray(samples) / 32768.0, rate, reading)


class English:
    """Festival with an HTS voice. One process speaks all texts, since its start costs more than a sentence."""

    def __init__(self, settings):
        name, wanted = settings["engine"].split()
        installed = subprocess.run(
            ["dpkg-query", "-W", "-f", "${Version}", name], check=True, capture_output=True, text=True
        ).stdout
        if installed != wanted:
            raise SystemExit(f"{name} is {installed}, the manifest wants {wanted}")
        self._voice = settings["voice"]
        self._stretch = settings["stretch"]
        self._spoken = {}

    def prepare(self, texts):
        wanted = sorted(set(texts) - self._spoken.keys())
        if not wanted:
            return
        with tempfile.TemporaryDirectory() as scratch:
            script = Path(scratch) / "speak.scm"
            script.write_text(self._script(wanted, scratch))
            lines = subprocess.run(
                ["festival", "--batch", str(script)], check=True, capture_output=True, text=True
            ).stdout.splitlines()
            readings = dict(line.split(":", 1) for line in lines if ":" in line)
            for index, text in enumerate(wanted):
                pcm, rate = sound.read_wav(Path(scratch) / f"{index}.wav")
                self._spoken[text] = Spoken(pcm / 32768.0, rate, readings[str(index)].strip())

    def speak(self, text):
        self.prepare([text])
        return self._spoken[text]

    def _script(self, texts, scratch):
        head = (
            f"(voice_{self._voice})\n"
            f'(set! hts_engine_params (append hts_engine_params (list (list "-r" {1 / self._stretch:.4f}))))\n'
        )
        return head + "".join(self._utterance(index, text, scratch) for index, text in enumerate(texts))

    @staticmethod
    def _utterance(index, text, scratch):
        if '"' in text or "\\" in text:
            raise ValueError(f"festival would take a quote or backslash for its own: {text}")
        return (
            f'(set! u (utt.synth (Utterance Text "{text}")))\n'
            f"(utt.save.wave u \"{scratch}/{index}.wav\" 'riff)\n"
            f'(format t "{index}:")\n'
            '(mapcar (lambda (s) (format t "%s " (item.name s))) (utt.relation.items u \'Segment))\n'
            '(format t "\\n")\n'
        )
