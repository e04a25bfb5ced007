"""`hotline ivr recording`: recordings for voice menus. They count for running calls, too."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from ivr.recording_shelf import RecordingLine, RecordingShelf, flows_by_recording
from ivr.site import SiteFiles
from kernel.errors import HotlineError
from server.ivr_files import Json, current_settings, refuse
from server.site_recordings import recordings_of_site
from server.speech_commands import Language
from speech.sounds import SoundReader

T = TypeVar("T")
Work = Callable[[RecordingShelf], Awaitable[T]]

app = typer.Typer(no_args_is_help=True, help="Recordings, in place of a voice.")

Name = Annotated[str, typer.Option(help="What flows call it, such as welcome.")]
Lang = Annotated[Language, typer.Option(help="The language that is spoken in it.")]


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="WAV, MP3, M4A, OGG, Opus, FLAC and others.")],
    *,
    name: Name,
    lang: Lang,
    as_json: Json = False,
) -> None:
    """Makes a sound file a recording of the site, in the loudness and format of telephones."""
    if not file.is_file():
        refuse(f"{file}: there is no such file")
    line = _run(lambda shelf: shelf.add(file, (lang.value, name)), about=f"{file}: ")
    if as_json:
        typer.echo(json.dumps(_shown(line, ()), ensure_ascii=False))
    else:
        typer.echo(f"{name} in {lang.value}: {line.seconds:.1f} s")


@app.command("list")
def list_(*, as_json: Json = False) -> None:
    """Lists the recordings, with the flows that name them."""
    settings = current_settings()
    site = SiteFiles(settings.places.site, settings.ivr)
    site.refresh()
    named = flows_by_recording(site.site.flows)
    lines = _run(lambda shelf: shelf.lines())
    if as_json:
        items = [_shown(line, named.get(line.key, ())) for line in lines]
        typer.echo(json.dumps({"items": items}, ensure_ascii=False))
        return
    for line in lines:
        language, name = line.key
        about = line.fault or f"{line.seconds:.1f} s"
        used = ", ".join(named.get(line.key, ())) or "no flow"
        typer.echo(f"{name}  {language}  {about}  named by {used}")


@app.command("remove")
def remove(name: Annotated[str, typer.Argument(help="What flows call it.")], *, lang: Lang) -> None:
    """Removes a recording; where flows name it, a voice says its words."""
    _run(lambda shelf: shelf.remove((lang.value, name)))


def _shown(line: RecordingLine, flows: tuple[str, ...]) -> dict[str, object]:
    language, name = line.key
    return {
        "name": name,
        "language": language,
        "seconds": round(line.seconds, 2),
        "fault": line.fault,
        "flows": list(flows),
    }


def _run(work: Work[T], *, about: str = "") -> T:
    settings = current_settings()

    async def run() -> T:
        reader = SoundReader(settings.speech.sounds)
        try:
            return await work(recordings_of_site(settings, reader))
        finally:
            await reader.close()

    try:
        return asyncio.run(run())
    except (HotlineError, OSError) as error:
        refuse(f"{about}{error}")
