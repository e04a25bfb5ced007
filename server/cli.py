"""The command line `hotline`; each command lives in a module of its own and is registered here."""

import sys

import typer

from kernel.errors import HotlineError, InvalidInput
from server import (
    bench_commands,
    call_command,
    check_config,
    checks,
    drill_commands,
    ivr_commands,
    running,
    speech_commands,
    staff_command,
    testing,
    tls_command,
    trunk_command,
)
from server.settings import WrongSettings

FAILED, BAD_INPUT = 1, 2

app = typer.Typer(invoke_without_command=True, add_completion=False, help="Hotline, a contact-centre server.")
app.command("run")(running.run)
app.command("call")(call_command.call)
app.command("set-up")(running.set_up)
app.command("check")(checks.check)
app.command("test")(testing.run_tests)
app.command("drill")(drill_commands.drill)
app.command("tls")(tls_command.make_certificate)
app.command("check-config")(check_config.check_config)
app.add_typer(bench_commands.app, name="bench")
app.add_typer(ivr_commands.app, name="ivr")
app.add_typer(speech_commands.app, name="speech")
app.add_typer(staff_command.app, name="staff")
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
        sys.exit(BAD_INPUT if isinstance(refusal, InvalidInput | WrongSettings) else FAILED)


if __name__ == "__main__":
    hotline()
