"""Callers for tests: says texts with other voices than the product's, to WAV files of 8 kHz.

In a test: `await say(...)`. As a program: `python -m tests.voices TEXT OUT --lang zh --variant +m4`.
"""

import argparse
import asyncio
import shutil
import tempfile
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from speech.settings import SynthesisSettings
from speech.voices import Voices

BASE_VOICES = {"zh": "sit/cmn", "en": "gmw/en-us"}
UNSEEN_VARIANTS = ("+m4", "+m6", "+f3", "+f5")
"""The tests' recognisers were not trained on these."""
MODELS = Path(__file__).parent / "models"
SPECIAL_WORDS = frozenset(("<eps>", "#0", "<s>", "</s>"))


@dataclass(frozen=True, slots=True)
class Line:
    """What a caller says, and how."""

    text: str
    out: Path
    variant: str = UNSEEN_VARIANTS[0]
    words_per_minute: int = 160


def vocabulary(language: str) -> list[str]:
    """The words that the tests' recogniser knows."""
    table = (MODELS / language / "graph" / "words.txt").read_text(encoding="utf-8")
    return [word for word in (line.split()[0] for line in table.splitlines()) if word not in SPECIAL_WORDS]


async def say(language: str, lines: Sequence[Line]) -> None:
    """Writes one file for each line."""
    for manner in sorted({(line.variant, line.words_per_minute) for line in lines}):
        variant, words_per_minute = manner
        settings = SynthesisSettings(
            voices={language: BASE_VOICES[language] + variant}, words_per_minute=words_per_minute, workers=1
        )
        with tempfile.TemporaryDirectory() as folder:
            async with Voices(settings, Path(folder)) as voice:
                for line in lines:
                    if (line.variant, line.words_per_minute) == manner:
                        shutil.copyfile(await voice.render(line.text, language), line.out)


def joined(out: Path, *parts: Path | float) -> Path:
    """Recordings and silences in a row."""
    with wave.open(str(out), "wb") as whole:
        whole.setnchannels(1)
        whole.setsampwidth(2)
        whole.setframerate(8_000)
        for part in parts:
            if isinstance(part, Path):
                with wave.open(str(part)) as file:
                    whole.writeframes(file.readframes(file.getnframes()))
            else:
                whole.writeframes(bytes(int(part * 16_000)))
    return out


def main() -> None:
    """Says one text."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text")
    parser.add_argument("out", type=Path)
    parser.add_argument("--lang", choices=tuple(BASE_VOICES), default="zh")
    parser.add_argument("--variant", default=UNSEEN_VARIANTS[0])
    parser.add_argument("--words-per-minute", type=int, default=160)
    asked = parser.parse_args()
    line = Line(asked.text, asked.out, asked.variant, asked.words_per_minute)
    asyncio.run(say(asked.lang, [line]))


if __name__ == "__main__":
    main()
