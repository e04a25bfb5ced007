"""The command line `hotline`; each command lives in a module of its own and is registered here.

The exit code of every command: 0, all is well. 1, what it was to do or to check did not come out well. 2,
what was typed, or a setting, cannot be meant: it is malformed, names something that is not there, or takes
what is somebody else's. A file that a command judges is no input in this sense: its faults are a result, 1.
"""

import sys

import typer

from kernel.errors import Conflict, HotlineError, InvalidInput, NotFound
from server import (
    bench_commands,
    call_command,
    check_config,
    checks,
    drill_commands,
    ivr_commands,
    replay_command,
    running,
    simulate_command,
    speech_commands,
    staff_command,
    testing,
    tickets_commands,
    tls_command,
    trunk_command,
)
from server.settings import WrongSettings

FAILED, BAD_INPUT = 1, 2
OF_INPUT = InvalidInput | NotFound | Conflict | WrongSettings

app = typer.Typer(invoke_without_command=True, add_completion=False, help="Hotline, a contact-centre server.")
app.command("run")(running.run)
app.command("call")(call_command.call)
app.command("set-up")(running.set_up)
app.command("check")(checks.check)
app.command("test")(testing.run_tests)
app.command("replay")(replay_command.replay)
app.command("simulate")(simulate_command.simulate)
app.command("tls")(tls_command.make_certificate)
app.command("check-config")(check_config.check_config)
app.add_typer(bench_commands.app, name="bench")
app.add_typer(drill_commands.app, name="drill")
app.add_typer(ivr_commands.app, name="ivr")
app.add_typer(speech_commands.app, name="speech")
app.add_typer(staff_command.app, name="staff")
app.add_typer(tickets_commands.app, name="tickets")
app.add_typer(trunk_command.app, name="trunk")


@app.callback()
def main(context: typer.Context) -> None:
    """Hotline, a contact-centre server."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def hotline() -> None:
    """Run the command of the command line; what it refuses ends in its sentence."""
    try:
        app(prog_name="hotline")
    except HotlineError as refusal:
        sys.stderr.write(f"hotline: {refusal}\n")
        sys.exit(BAD_INPUT if isinstance(refusal, OF_INPUT) else FAILED)


if __name__ == "__main__":
    hotline()
