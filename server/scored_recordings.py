"""Recordings with the texts that are said in them: found, heard by a recogniser, and compared."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import InvalidInput
from speech.scoring import Score, score, words_heard, words_said
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser

TEXT_BYTES_MAX = 1_000_000
RECORDINGS_MAX = 100_000
NAMED_MAX = 5
"""Of files that are missing, so that the sentence stays one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A recording, and what is said in it."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What became of one recording."""

    said: Said
    heard: str
    pair: tuple[list[str], list[str]]
    seconds: float

    @property
    def score(self) -> Score:
        """Of this one alone."""
        return score([self.pair])


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """All of them."""

    files: Sequence[Scored]
    took_s: float

    @property
    def score(self) -> Score:
        """Of all together: long recordings count for more."""
        return score(each.pair for each in self.files)

    @property
    def seconds(self) -> float:
        """How much was listened to."""
        return sum(each.seconds for each in self.files)


def of_list(tsv: Path) -> list[Said]:
    """Lines of file, tab, text. Files are found beside the list, unless their path is absolute."""
    found = []
    for number, line in enumerate(_text_of(tsv).splitlines(), start=1):
        if not line.strip():
            continue
        name, tab, text = line.partition("\t")
        if not tab:
            raise InvalidInput(f"{tsv}:{number}: a tab is missing between the file and what is said in it")
        path = tsv.parent / name.strip()
        if not path.is_file():
            raise InvalidInput(f"{tsv}:{number}: there is no file {path}")
        found.append(Said(path, text))
    return _some(found, str(tsv))


def of_folder(folder: Path) -> list[Said]:
    """All WAV files of a folder, each with a file `.txt` of the same name beside it."""
    if not folder.is_dir():
        raise InvalidInput(f"{folder}: there is no such folder")
    sounds = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".wav")
    bare = [path.name for path in sounds if not path.with_suffix(".txt").is_file()]
    if bare:
        others = f" and {len(bare) - NAMED_MAX} more" if len(bare) > NAMED_MAX else ""
        names = ", ".join(bare[:NAMED_MAX])
        raise InvalidInput(f"{folder}: no text (a file .txt of the same name) lies beside {names}{others}")
    return _some([Said(path, _text_of(path.with_suffix(".txt"))) for path in sounds], str(folder))


def _some(found: list[Said], place: str) -> list[Said]:
    if not found:
        raise InvalidInput(f"{place}: there are no recordings in it")
    if len(found) > RECORDINGS_MAX:
        raise InvalidInput(f"{place}: {len(found)} recordings are too many, at most {RECORDINGS_MAX}")
    return found


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(TEXT_BYTES_MAX + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror}") from error
    if len(content) > TEXT_BYTES_MAX:
        raise InvalidInput(f"{path}: it is longer than {TEXT_BYTES_MAX} bytes")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: it is not UTF-8") from error


async def measure(settings: RecognitionSettings, language: str, recordings: Sequence[Said]) -> Scores:
    """Has each heard by the model that `settings` have for the language; raises `BadModel` first of all."""
    gate = asyncio.Semaphore(2 * settings.recordings_at_once)  # the second is read while one is heard
    async with VoskRecogniser(settings) as recogniser:
        await recogniser.check()
        began_s = time.monotonic()

        async def one(said: Said) -> Scored:
            async with gate:
                found = await recogniser.transcribe(said.path, language)
            words = words_heard(word.text for word in found.words)
            pair = (words_said(said.text, language), words)
            return Scored(said=said, heard=found.text, pair=pair, seconds=found.seconds)

        files = await asyncio.gather(*(one(said) for said in recordings))
        return Scores(files=files, took_s=time.monotonic() - began_s)
