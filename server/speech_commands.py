"""`hotline speech`: what prompts sound like, and how well a recogniser hears."""

import asyncio
import json
import os
import shutil
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kernel.errors import InvalidInput
from server.given_files import refuse_unwritable
from server.scored_recordings import Scores, measure, of_folder, of_list
from server.settings import Settings, load_settings
from speech.errors import BadModel
from speech.scoring import Score, language_of
from speech.settings import RecognitionSettings
from speech.voices import Voices, words_of

app = typer.Typer(no_args_is_help=True, help="Speaking and listening: hear a text, score a recogniser.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
COUNTED_BY = {"zh": "characters", "en": "words"}
SETTING = "speech.recognition.models"


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
    speech = settings.speech
    async with Voices(speech.synthesis, settings.places.cache / "prompts", speech.sounds) as voice:
        kept = await voice.render(text, language, has_time=True)
    return Path(shutil.copyfile(kept, out)) if out else kept


@app.command("score")
def score_(
    *,
    model: Annotated[
        Path | None, typer.Option(help="The folder of a vosk model; by itself the one that is set.")
    ] = None,
    tsv: Annotated[Path | None, typer.Option(help="Lines of WAV file, tab, what is said in it.")] = None,
    folder: Annotated[
        Path | None, typer.Option(help="WAV files, each with its text in a .txt of the same name.")
    ] = None,
    lang: Annotated[
        Language | None, typer.Option(help="What is spoken; by itself as the texts are written.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Compares what a recogniser hears with what was said: Chinese by characters, English by words."""
    if (tsv is None) == (folder is None):
        raise InvalidInput("give either --tsv FILE or --folder DIR")
    recordings = of_list(tsv) if tsv else of_folder(folder or Path())
    language = lang or language_of(each.text for each in recordings)
    settings = _with_model(load_settings().speech.recognition, language, model)
    try:
        found = asyncio.run(measure(settings, language, recordings))
    except BadModel as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(_as_object(found, language), ensure_ascii=False))
    else:
        _print(found, language)


def _with_model(settings: RecognitionSettings, language: str, model: Path | None) -> RecognitionSettings:
    folder = model or settings.models.get(language)
    if folder is None:
        raise InvalidInput(f"no model is set for {language}: name one with --model, or set it in {SETTING}")
    at_once = os.cpu_count() or 1
    return settings.model_copy(update={"models": {language: folder}, "recordings_at_once": at_once})


def _as_object(found: Scores, language: str) -> dict[str, Any]:
    return {
        "language": language,
        "counted_by": COUNTED_BY[language],
        **_figures(found.score, language),
        "seconds": round(found.seconds, 2),
        "took_s": round(found.took_s, 2),
        "files": [
            {
                "file": str(each.said.path),
                "said": " ".join(each.pair[0]),
                "heard": " ".join(each.pair[1]),
                **_figures(each.score, language),
            }
            for each in found.files
        ],
    }


def _figures(score: Score, language: str) -> dict[str, Any]:
    rates = {"word_error_rate": score.word_error_rate, "character_error_rate": score.character_error_rate}
    return asdict(score) | rates | {"error_rate": score.error_rate(language)}


def _print(found: Scores, language: str) -> None:
    for each in found.files:
        typer.echo(f"{each.score.error_rate(language):7.1%}  {each.said.path}")
        if each.pair[0] != each.pair[1]:
            typer.echo(f"         said:  {' '.join(each.pair[0])}\n         heard: {' '.join(each.pair[1])}")
    score, speed = found.score, found.took_s / found.seconds if found.seconds else 0.0
    typer.echo(f"{score.utterances} recordings, {found.seconds:.0f} s, heard in {speed:.2f} of that time")
    typer.echo(f"words:      {score.word_errors} of {score.words} wrong, {score.word_error_rate:.1%}")
    wrong, all_ = score.character_errors, score.characters
    typer.echo(f"characters: {wrong} of {all_} wrong, {score.character_error_rate:.1%}")
    typer.echo(f"error rate of {language}, by {COUNTED_BY[language]}: {score.error_rate(language):.1%}")
