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

app = typer.Typer(no_args_is_help=True, help="Measurements: how fast, how many, and beside what.")


@app.callback()
def main() -> None:
    """Measurements: how fast, how many, and beside what."""


@app.command("engine")
def engine(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """What the engine decides in a second on a large site, without a telephone; some minutes.

    Exits 1 when it is less than promised.
    """
    # Only here: measuring needs packages that a running system does not have.
    from bench.engine import measure  # noqa: PLC0415
    from bench.engine_showing import table  # noqa: PLC0415

    progress = Console(stderr=True, quiet=as_json)
    result = measure(lambda text: progress.print(text, highlight=False))
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        Console().print(table(result))
    raise typer.Exit(0 if result.holds else 1)


@app.command("routing")
def routing(  # noqa: PLR0913 - one parameter for each option of the command
    *,
    agents: Annotated[int, typer.Option(min=1, max=1000, help="Agents who answer.")] = 100,
    waiting: Annotated[int, typer.Option(min=1, max=1000, help="Callers who wait at any moment.")] = 100,
    calls: Annotated[int, typer.Option(min=10, max=5000, help="Calls dispatched by each router.")] = 400,
    precedence: Annotated[
        bool,
        typer.Option("--precedence", help="Run before all other programs (needs root): for a busy machine."),
    ] = False,
    picture: Annotated[Path | None, typer.Option(help="An SVG file to draw the result into.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Agent free to INVITE, for Hotline and for Asterisk's app_queue; about two minutes.

    Exits 1 when Hotline takes longer than it promises.
    """
    if picture is not None:
        refuse_unwritable(picture)
    # Only here: measuring needs packages that a running system does not have.
    from bench.routing import Size, measure  # noqa: PLC0415
    from bench.showing import draw, table  # noqa: PLC0415

    if absent := machine.ensure(("sipp",)):
        raise SetupFailed(
            f"sipp is missing here: ask an administrator to run: {machine.install_command(absent)}"
        )
    progress = Console(stderr=True, quiet=as_json)
    size = Size(agents=agents, waiting=waiting, calls=calls, has_precedence=precedence)
    result = asyncio.run(measure(size, lambda text: progress.print(text, highlight=False)))
    if picture is not None:
        picture.write_text(draw(result), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(result.as_json(), ensure_ascii=False))
    else:
        Console().print(table(result))
    raise typer.Exit(0 if result.holds else 1)
