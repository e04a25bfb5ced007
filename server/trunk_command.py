"""`hotline trunk`: what concerns outside lines."""

import asyncio
import dataclasses
import json
from typing import Annotated

import typer

from kernel.errors import InvalidInput
from server.first_day import NotSetUp
from server.settings import load_settings
from telephony.asterisk.render import ensure_secrets
from telephony.asterisk.trunk_check import check_trunk
from telephony.trunks import load_trunks

app = typer.Typer(no_args_is_help=True, help="Outside lines.")


class NoSuchTrunk(InvalidInput):
    """No line has this name."""

    code = "unknown_trunk"


@app.command("test")
def check_line(
    name: Annotated[str, typer.Argument(help="The line's name in trunks.yaml.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One object on standard output.")] = False,
) -> None:
    """Whether the line's far end answers, and accepts our sign-in."""
    settings = load_settings()
    if not settings.places.trunks.exists():
        raise NotSetUp("there are no lines yet: start Hotline once with ./hotline run")
    trunks = {trunk.name: trunk for trunk in load_trunks(settings.places.trunks)}
    if name not in trunks:
        raise NoSuchTrunk(
            f"there is no line {name!r}; {settings.places.trunks} has: {', '.join(trunks) or 'none'}"
        )
    secrets = ensure_secrets(settings.places.asterisk_secrets)
    report = asyncio.run(check_trunk(trunks[name], settings.telephony, secrets))
    typer.echo(json.dumps(dataclasses.asdict(report)) if as_json else report.sentence)
    if not report.is_ready:
        raise typer.Exit(1)
