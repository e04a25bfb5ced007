"""`hotline drill`: does a fault to a private installation full of calls, and says what became of each."""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from infra.toolchain import asterisk, machine, web
from infra.toolchain.errors import SetupFailed
from kernel.errors import InvalidInput

PROGRAMS = ("sipp", *machine.BROWSER, "ip")
STATES = "menu,waiting,ringing,talking,held,consulting,three_way,supervised"
CALLS_MAX = 24
"""In each state: beyond this the tones by which agents are told apart run out."""
BROWSERS_MAX = 4


class Fault(StrEnum):
    """What can be done."""

    KILL = "kill"
    HANG = "hang"
    ASTERISK = "asterisk"
    EDGE = "edge"


What = Annotated[Fault, typer.Argument(help="Kill or hang the server; kill asterisk, or the edge.")]
Calls = Annotated[int, typer.Option("--n", min=1, max=CALLS_MAX, help="Calls in each state.")]
Talks = Annotated[
    int,
    typer.Option(
        "--talks", min=1, max=CALLS_MAX, help="Calls held, consulting, three_way, supervised, each."
    ),
]
States = Annotated[str, typer.Option("--states", help="In which states the fault finds calls.")]
Browsers = Annotated[
    int, typer.Option("--browsers", min=0, max=BROWSERS_MAX, help="Agents at real browsers among them.")
]
Keep = Annotated[Path | None, typer.Option("--keep", help="A new folder: its data and logs stay there.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object on standard output, nothing else.")]


def drill(  # noqa: PLR0913, PLR0917 - one parameter for each option
    fault: What,
    n: Calls = 20,
    talks: Talks = 8,
    states: States = STATES,
    browsers: Browsers = 2,
    keep: Keep = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Calls in every state, a fault, and what became of them; some three minutes.

    Exits 0 only if no call was lost or doubled and all else is as promised.
    """
    if unknown := [state for state in states.split(",") if state not in STATES.split(",")]:
        raise InvalidInput(f"{unknown[0]!r} is no state of a call: {STATES}")
    if keep is not None and keep.exists():
        raise InvalidInput(f"{keep} is there already")
    if lacking := machine.ensure(PROGRAMS):
        raise SetupFailed(f"ask an administrator to run: {machine.install_command(lacking)}")
    asterisk.ensure()
    web.ensure()
    folder = str(keep.absolute()) if keep else ""
    options = [fault, str(n), str(talks), states, str(browsers), folder, str(int(as_json))]
    # In a network of its own, which browsers need for their sound.
    command = [sys.executable, "-m", "rig.namespace", sys.executable, "-m", "drill", *options]
    # Our own modules, and options that were checked.
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603
