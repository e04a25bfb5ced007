"""`hotline drill`: what a private installation full of calls makes of a fault, or of long work."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from infra.toolchain import asterisk, machine, web
from infra.toolchain.errors import SetupFailed
from kernel.errors import InvalidInput

PROGRAMS = ("sipp", *machine.BROWSER, "ip")
PROGRAMS_OF_SOAK = ("sipp", "ip")
STATES = "menu,waiting,ringing,talking,held,consulting,three_way,supervised,callback"
CALLS_MAX = 24
"""In each state: beyond this the tones by which agents are told apart run out."""
BROWSERS_MAX = 4
MINUTES_MAX, RATE_MAX = 24 * 60, 10
FAULTS = {
    "kill": "Kill the server with calls in every state; some three minutes.",
    "hang": "Hang the server, until its watchdog kills it.",
    "asterisk": "Kill Asterisk: the calls are gone, and all else must come back and say so.",
    "edge": "Kill the edge, through which pages and phones come in.",
}

Calls = Annotated[int, typer.Option("--n", min=1, max=CALLS_MAX, help="Calls in each state.")]
Talks = Annotated[
    int,
    typer.Option(
        "--talks", min=1, max=CALLS_MAX, help="Calls held, consulting, three_way, supervised, callback, each."
    ),
]
States = Annotated[str, typer.Option("--states", help="In which states the fault finds calls.")]
Browsers = Annotated[
    int, typer.Option("--browsers", min=0, max=BROWSERS_MAX, help="Agents at real browsers among them.")
]
Minutes = Annotated[
    float, typer.Option("--minutes", min=0.1, max=MINUTES_MAX, help="How long calls come in.")
]
Rate = Annotated[float, typer.Option("--rate", min=0.1, max=RATE_MAX, help="Calls a second.")]
Keep = Annotated[Path | None, typer.Option("--keep", help="A new folder: its data and logs stay there.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object on standard output, nothing else.")]

app = typer.Typer(no_args_is_help=True, help="Faults and long work, done to a private installation.")


def _drill_of(fault: str) -> Callable[..., None]:
    def drill(  # noqa: PLR0913 - one parameter for each option
        n: Calls = 20,
        talks: Talks = 8,
        states: States = STATES,
        browsers: Browsers = 2,
        keep: Keep = None,
        *,
        as_json: AsJson = False,
    ) -> None:
        if unknown := [state for state in states.split(",") if state not in STATES.split(",")]:
            raise InvalidInput(f"{unknown[0]!r} is no state of a call: {STATES}")
        folder = _new_folder(keep)
        _set_up(PROGRAMS)
        web.ensure()
        _play("drill", fault, str(n), str(talks), states, str(browsers), folder, str(int(as_json)))

    return drill


for _fault, _help in FAULTS.items():
    app.command(_fault, help=f"{_help} Exits 0 only if all is as promised.")(_drill_of(_fault))


@app.command("soak")
def soak(minutes: Minutes = 30.0, rate: Rate = 2.0, keep: Keep = None, *, as_json: AsJson = False) -> None:
    """Calls of all kinds for long; exits 0 only if each is accounted for and nothing is left of them."""
    folder = _new_folder(keep)
    _set_up(PROGRAMS_OF_SOAK)
    _play("drill.soak", str(minutes), str(rate), folder, str(int(as_json)))


def _new_folder(keep: Path | None) -> str:
    if keep is not None and keep.exists():
        raise InvalidInput(f"{keep} is there already")
    return str(keep.absolute()) if keep else ""


def _set_up(programs: tuple[str, ...]) -> None:
    if lacking := machine.ensure(programs):
        raise SetupFailed(f"ask an administrator to run: {machine.install_command(lacking)}")
    asterisk.ensure()


def _play(module: str, *options: str) -> None:
    # In a network of its own, which browsers need for their sound.
    command = [sys.executable, "-m", "rig.namespace", sys.executable, "-m", module, *options]
    # Our own modules, and options that were checked.
    raise typer.Exit(subprocess.run(command, check=False).returncode)  # noqa: S603
