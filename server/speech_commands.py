"""`hotline speech`: what prompts sound like, and how well a recogniser hears."""

import asyncio
import json
import shutil
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from kernel.errors import InvalidInput
from server.given_files import refuse_unwritable
from server.settings import Settings, load_settings
from speech.errors import BadModel
from speech.espeak import EspeakSynthesiser, words_of
from speech.scoring import Score, score
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser

app = typer.Typer(no_args_is_help=True, help="Speaking and listening: hear a text, score a recogniser.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
_SCORED = "scored"
"""The recogniser under test has no language; this names it among the settings' models."""


class Language(StrEnum):
    """Those that Hotline speaks."""

    zh = "zh"
    en = "en"


@app.command("say")
def say(
    text: Annotated[str, typer.Argument(help="What to say.")],
    *,
    lang: Annotated[Language, typer.Option(help="Its language.")] = Language.zh,
    normalised: Annotated[bool, typer.Option("--normalised", help="Only print the words.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="The WAV file; by itself one among the kept prompts.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Speaks a text as a caller would hear it."""
    settings = load_settings()
    words = words_of(text, lang, settings.speech.synthesis)
    if out:
        refuse_unwritable(out)
    file = None
    if not normalised:
        file = asyncio.run(_render(settings, text, lang, out))
    if as_json:
        typer.echo(json.dumps({"words": words, "file": str(file) if file else None}, ensure_ascii=False))
    else:
        typer.echo(words if file is None else str(file))


async def _render(settings: Settings, text: str, language: str, out: Path | None) -> Path:
    async with EspeakSynthesiser(settings.speech.synthesis, settings.places.cache / "prompts") as voice:
        kept = await voice.render(text, language)
    return Path(shutil.copyfile(kept, out)) if out else kept


@app.command("score")
def score_(
    *,
    model: Annotated[Path, typer.Option(help="The folder of a vosk model.")],
    tsv: Annotated[Path, typer.Option(help="Lines of WAV file, tab, what is said in it.")],
    as_json: Json = False,
) -> None:
    """Compares what a recogniser hears with what was said; words are told apart by blanks."""
    try:
        spoken = _read_tsv(tsv)
        limits = load_settings().speech.recognition
        found = asyncio.run(_score(limits.model_copy(update={"models": {_SCORED: model}}), spoken))
    except OSError as error:
        _refuse(f"{error.filename}: {error.strerror}")
    except UnicodeDecodeError:
        _refuse(f"{tsv}: it is not UTF-8")
    except BadModel as error:
        _refuse(str(error))
    if as_json:
        rates = {"word_error_rate": found.word_error_rate, "character_error_rate": found.character_error_rate}
        typer.echo(json.dumps(asdict(found) | rates))
        return
    typer.echo(f"{found.utterances} recordings")
    typer.echo(f"words:      {found.word_errors} of {found.words} wrong, {found.word_error_rate:.1%}")
    typer.echo(
        f"characters: {found.character_errors} of {found.characters} wrong, {found.character_error_rate:.1%}"
    )


def _read_tsv(tsv: Path) -> list[tuple[Path, list[str]]]:
    """Files are found beside the list, unless their path is absolute."""
    spoken = []
    for number, line in enumerate(tsv.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        name, tab, text = line.partition("\t")
        if not tab:
            raise InvalidInput(f"{tsv}:{number}: a tab is missing between the file and what is said in it")
        spoken.append((tsv.parent / name, text.split()))
    return spoken


async def _score(settings: RecognitionSettings, spoken: list[tuple[Path, list[str]]]) -> Score:
    async with VoskRecogniser(settings) as recogniser:
        await recogniser.check()
        pairs = []
        for path, said in spoken:
            heard = await recogniser.transcribe(path, _SCORED)
            pairs.append((said, [word.text for word in heard.words]))
    return score(pairs)


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2)
