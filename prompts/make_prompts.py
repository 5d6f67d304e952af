#!/usr/bin/env python3
"""Renders the recordings of manifest.toml, or checks that the committed ones are what it would render.

Works without network. `prompts/render` sets up what it needs and calls it.
"""

import argparse
import re
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

import numpy as np

import sound
import voices
from index import Index
from recording import render

LANGUAGES = ("ja", "en")
TOLERANCE = 2  # sample steps that another machine's arithmetic may differ by

PAUSE = re.compile(r"\{(\d+)\}")


class Prompt(NamedTuple):
    """One recording: a prompt in one language."""

    id: str
    kind: str
    lang: str
    file: str
    say: str
    take: int | None
    reading: str | None
    block: int  # which table of the manifest it comes from, counted from 0

    @property
    def parts(self):
        """Pieces to speak, and pauses in milliseconds between them."""
        pieces = (piece.strip() for piece in re.split(r"(\{\d+\})", self.say))
        return [int(m[1]) if (m := PAUSE.fullmatch(piece)) else piece for piece in pieces if piece]

    @property
    def texts(self):
        return [part for part in self.parts if isinstance(part, str)]


# --- The manifest ---------------------------------------------------------------------------------


def read_prompts(manifest_text):
    """All prompts in the order of the file. The order of the tables is found in the text, as TOML keeps two lists."""
    manifest = tomllib.loads(manifest_text)
    tables = {kind: iter(manifest.get(kind, [])) for kind in ("prompt", "series")}
    prompts = []
    for block, kind in enumerate(re.findall(r"^\[\[(prompt|series)\]\]", manifest_text, re.M)):
        table = next(tables[kind])
        for index, value in enumerate(table.get("values", [None])):
            prompts += [_prompt(table, lang, block, index, value) for lang in LANGUAGES]
    return manifest["voice"], prompts


def _prompt(table, lang, block, index, value):
    def filled(text):
        return text if value is None else text.replace("{n}", str(value))

    fields = dict(table[lang])
    special = fields.pop("special", {}).get(str(value), {})
    if "text" in special:
        fields.pop("say", None)
    fields.update(special)
    readings = fields.get("readings")
    if readings and len(readings) != len(table["values"]):
        readings = [None] * len(table["values"])  # which value each belongs to cannot be told
    name = filled(table["id"])
    return Prompt(
        id=name,
        kind=table.get("kind", "speech"),
        lang=lang,
        file=fields.get("file", f"{lang}/{name}.wav"),
        say=filled(fields.get("say", fields["text"])),
        take=fields.get("take"),
        reading=readings[index] if readings else fields.get("reading"),
        block=block,
    )


def write_readings(path, found):
    """Puts readings into the manifest: `found` maps (block, language) to one reading, or to a list for a series."""
    blocks, out = [[]], []  # what stands before the first table is a block of its own
    for line in path.read_text().split("\n"):
        if line in ("[[prompt]]", "[[series]]"):
            blocks.append([])
        blocks[-1].append(line)
    for block, body in enumerate(blocks, start=-1):
        for lang in LANGUAGES:
            if (block, lang) in found:
                body = _with_reading(body, lang, found[block, lang])
        out += body
    path.write_text("\n".join(out))


def _with_reading(body, lang, reading):
    text = "\n".join(body)
    text = re.sub(rf'^{lang}\.reading = ".*"\n', "", text, flags=re.M)
    text = re.sub(rf"^{lang}\.readings = \[\n(  .*\n)*\]\n", "", text, flags=re.M)
    if isinstance(reading, str):
        entry = f'{lang}.reading = "{reading}"'
    else:
        entry = "\n".join([f"{lang}.readings = [", *_wrapped(reading), "]"])
    body = text.split("\n")
    last = max(index for index, line in enumerate(body) if line.startswith(f"{lang}."))
    return body[: last + 1] + entry.split("\n") + body[last + 1 :]


def _wrapped(items, width=100):
    lines = [" "]
    for item in items:
        if len(lines[-1]) + len(item) > width:
            lines.append(" ")
        lines[-1] += f' "{item}",'
    return lines


# --- Comparing -----------------------------------------------------------------------------------


def differs(path, pcm):
    """Why the committed file is not this recording, or None."""
    if not path.exists():
        return "missing"
    old, rate = sound.read_wav(path)
    if rate != sound.RATE or len(old) != len(pcm):
        return f"{len(old)} samples at {rate} Hz, rendered {len(pcm)}"
    step = int(np.abs(old.astype(int) - pcm.astype(int)).max())
    return f"differs by up to {step}" if step > TOLERANCE else None


def reading_problem(prompt, reading):
    if prompt.kind == "music" or prompt.reading == reading:
        return None
    return f"reads as\n  {reading}\nand the manifest wants\n  {prompt.reading or '(nothing recorded yet)'}"


# --- Command line ---------------------------------------------------------------------------------


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog="example: make_prompts.py --only 'menu-*' --check")
    parser.add_argument("--manifest", type=Path, default=Path(__file__).with_name("manifest.toml"))
    parser.add_argument(
        "--only", action="append", metavar="ID", help="these prompts only; * and ? stand for anything; ja/ID: in one language"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; compare with the files that are there")
    parser.add_argument(
        "--write-readings", action="store_true", help="record what was understood in the manifest; judge it before committing"
    )
    return parser.parse_args()


def selected(prompts, patterns):
    def wanted(p):
        return not patterns or any(fnmatch(name, pattern) for name in (p.id, f"{p.lang}/{p.id}") for pattern in patterns)

    chosen = [p for p in prompts if wanted(p)]
    if not chosen:
        raise SystemExit(f"no prompt is called {' or '.join(patterns)}")
    return chosen


def record_readings(path, prompts, speakers):
    found = {}
    for prompt in prompts:
        if prompt.kind != "music":
            reading = " / ".join(speakers[prompt.lang].speak(text).reading for text in prompt.texts)
            found.setdefault((prompt.block, prompt.lang), []).append(reading)
    text = path.read_text()
    kinds = re.findall(r"^\[\[(prompt|series)\]\]", text, re.M)
    write_readings(path, {key: value if kinds[key[0]] == "series" else value[0] for key, value in found.items()})


def whole_blocks(prompts, chosen):
    """The chosen prompts and their whole series, since a series' readings are one list."""
    blocks = {(prompt.block, prompt.lang) for prompt in chosen}
    return [prompt for prompt in prompts if (prompt.block, prompt.lang) in blocks]


def main():
    options = arguments()
    folder = options.manifest.resolve().parent
    settings, prompts = read_prompts(options.manifest.read_text())
    chosen = selected(prompts, options.only)
    speakers = {"ja": voices.Japanese(settings["ja"], folder), "en": voices.English(settings["en"])}
    speakers["en"].prepare([text for p in chosen if p.lang == "en" and p.kind != "music" for text in p.texts])
    if options.write_readings:
        record_readings(options.manifest, whole_blocks(prompts, chosen), speakers)
        chosen = selected(read_prompts(options.manifest.read_text())[1], options.only)
    index = Index(folder, settings)
    problems = 0
    for prompt in chosen:
        if not options.check and not options.only and index.is_by_hand(prompt.file):
            print(f"{prompt.file}: recorded by a person, left as it is")
            continue
        pcm, reading = render(prompt, speakers, settings)
        problem = reading_problem(prompt, reading) or (differs(folder / prompt.file, pcm) if options.check else None)
        if problem:
            print(f"{prompt.lang} {prompt.id}: {problem}", file=sys.stderr)
            problems += 1
        elif not options.check:
            sound.write_wav(folder / prompt.file, pcm)
            index.record(prompt)
    if not options.check:
        index.write()
    print(f"{len(chosen)} recordings, {problems} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
