"""`hotline bench`: measurements beside an alternative, in one run, on this machine."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.toolchain import machine
from infra.toolchain.errors import SetupFailed
from server.given_files import refuse_unwritable

SIZE_MAX = 1000

PageFile = Annotated[
    Path | None, typer.Option("--page", help="A page of the documentation to put the figures into.")
]

app = typer.Typer(no_args_is_help=True, help="Measurements: how fast, how many, and beside what.")


@app.callback()
def main() -> None:
    """Measurements: how fast, how many, and beside what."""


@app.command("engine")
def engine(
    *,
    page_file: PageFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """What the engine decides in a second on a large site, without a telephone; some minutes.

    Exits 1 when it is less than promised.
    """
    # Only here: measuring needs packages that a running system does not have.
    from bench.engine import measure  # noqa: PLC0415
    from bench.engine_showing import page, table  # noqa: PLC0415
    from bench.page import put  # noqa: PLC0415

    progress = Console(stderr=True, quiet=as_json)
    result = measure(lambda text: progress.print(text, highlight=False))
    if page_file is not None:
        put(page_file, "bench engine", page(result))
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        Console().print(table(result))
    raise typer.Exit(0 if result.holds else 1)


def _size(text: str) -> tuple[int, int]:
    agents, _, waiting = text.partition("/")
    if not all(number.isdecimal() and 1 <= int(number) <= SIZE_MAX for number in (agents, waiting)):
        raise typer.BadParameter(f"{text!r} is not AGENTS/WAITING, each from 1 to {SIZE_MAX}.")
    return int(agents), int(waiting)


@app.command("routing")
def routing(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    sizes: Annotated[
        str, typer.Option(help="Agents who answer / callers who wait at any moment; several by comma.")
    ] = "10/100,100/100,500/500",
    calls: Annotated[int, typer.Option(min=10, max=5000, help="Calls dispatched by each router.")] = 400,
    precedence: Annotated[
        bool,
        typer.Option("--precedence", help="Run before all other programs (needs root): for a busy machine."),
    ] = False,
    picture: Annotated[Path | None, typer.Option(help="An SVG file to draw the result into.")] = None,
    page_file: PageFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Agent free to INVITE, for Hotline and for Asterisk's app_queue; some three minutes for each size.

    Agents talk for the longer, the more they are, so that calls end no faster than the machine bears. Exits 1
    when Hotline takes longer than it promises.
    """
    wanted = [_size(text.strip()) for text in sizes.split(",")]
    if picture is not None:
        refuse_unwritable(picture)
    # Only here: measuring needs packages that a running system does not have.
    from bench.page import put  # noqa: PLC0415
    from bench.routing import Size, measure  # noqa: PLC0415
    from bench.showing import draw, page, table  # noqa: PLC0415

    _need_sipp()
    progress = Console(stderr=True, quiet=as_json)
    measured = [
        Size(agents=agents, waiting=waiting, calls=calls, has_precedence=precedence)
        for agents, waiting in wanted
    ]
    result = asyncio.run(measure(measured, lambda text: progress.print(text, highlight=False)))
    if picture is not None:
        picture.write_text(draw(result), encoding="utf-8")
    if page_file is not None:
        put(page_file, "bench routing", page(result))
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        Console().print(table(result))
    raise typer.Exit(0 if result.holds else 1)


@app.command("ivr")
def ivr(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    model: Annotated[
        list[str] | None, typer.Option(help="A vosk model for the callers' language: zh=FOLDER.")
    ] = None,
    listening: Annotated[int, typer.Option(min=1, max=1000, help="Callers who hear a menu at once.")] = 100,
    calls_per_s: Annotated[float, typer.Option(min=0.1, max=50, help="New ones each second.")] = 5.0,
    seconds: Annotated[float, typer.Option(min=1, max=3600, help="How long they keep coming.")] = 60.0,
    answering: Annotated[int, typer.Option(min=1, max=100, help="Callers who answer a menu at once.")] = 10,
    rounds: Annotated[int, typer.Option(min=2, max=50, help="Answers of each.")] = 20,
    page_file: PageFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Whether menus come whole when many listen, and how soon an answer is answered; some three minutes.

    Exits 1 when it is less than promised.
    """
    models = dict(_model(written) for written in model or ["zh=tests/models/zh"])
    # Only here: measuring needs packages that a running system does not have.
    from bench.ivr import Size, measure  # noqa: PLC0415
    from bench.ivr_showing import page, table  # noqa: PLC0415
    from bench.page import put  # noqa: PLC0415

    _need_sipp()
    progress = Console(stderr=True, quiet=as_json)
    size = Size(
        listening=listening, calls_per_s=calls_per_s, seconds=seconds, answering=answering, rounds=rounds
    )
    result = asyncio.run(measure(size, models, lambda text: progress.print(text, highlight=False)))
    if page_file is not None:
        put(page_file, "bench ivr", page(result))
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        Console().print(table(result))
    raise typer.Exit(0 if result.holds else 1)


def _model(written: str) -> tuple[str, Path]:
    language, _, folder = written.partition("=")
    if language not in {"zh", "en"} or not Path(folder).is_dir():
        raise typer.BadParameter(f"{written!r} is not zh=FOLDER or en=FOLDER with a folder that exists.")
    return language, Path(folder)


def _need_sipp() -> None:
    if absent := machine.ensure(("sipp",)):
        raise SetupFailed(
            f"sipp is missing here: ask an administrator to run: {machine.install_command(absent)}"
        )
