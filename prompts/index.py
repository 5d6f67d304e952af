"""index.json: what each recording of the generator was made from. A recording that is not in it, or no longer the same
file, was put there by a person; `madoguchi prompts build` never replaces it."""

import hashlib
import json

# What decides how words sound, beside the settings of the voice.
SOURCES = ("music.py", "recording.py", "requirements.txt", "sound.py", "voices.py")


class Index:
    def __init__(self, folder, settings):
        self._folder = folder
        self._path = folder / "index.json"
        self._entries = json.loads(self._path.read_text()) if self._path.exists() else {}
        self._speaker = {lang: self._fingerprint(voice) for lang, voice in settings.items()}
        self._musician = self._fingerprint({})

    def is_by_hand(self, file):
        """Whether a recording is there that the generator did not make."""
        return (self._folder / file).exists() and self._entries.get(file, {}).get("sha256") != self._hash(file)

    def record(self, prompt):
        """Notes what the recording of a prompt was made from."""
        self._entries[prompt.file] = {
            "kind": prompt.kind,
            "say": prompt.say,
            **({} if prompt.take is None else {"take": prompt.take}),
            "made_by": self._musician if prompt.kind == "music" else self._speaker[prompt.lang],
            "sha256": self._hash(prompt.file),
        }

    def write(self):
        """One line for each recording that exists, in order."""
        lines = [
            f"  {json.dumps(file)}: {json.dumps(entry, ensure_ascii=False)}"
            for file, entry in sorted(self._entries.items())
            if (self._folder / file).exists()
        ]
        self._path.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    def _hash(self, file):
        return hashlib.sha256((self._folder / file).read_bytes()).hexdigest()

    def _fingerprint(self, voice):
        """The first digits of a hash over the generator's sources, the dictionary, and the settings as name=value lines."""
        names = [*SOURCES, *([voice["user_dict"]] if "user_dict" in voice else [])]
        content = [(self._folder / name).read_bytes() for name in names if (self._folder / name).exists()]
        content += [f"{name}={value}\n".encode() for name, value in sorted(voice.items())]
        return hashlib.sha256(b"".join(content)).hexdigest()[:12]
