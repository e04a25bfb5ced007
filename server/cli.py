"""The command line `hotline`; each command lives in a module of its own and is registered here."""

import typer

from server import check_config, checks, ivr_commands, running, testing

app = typer.Typer(invoke_without_command=True, add_completion=False, help="Hotline, a contact-centre server.")
app.command("run")(running.run)
app.command("check")(checks.check)
app.command("test")(testing.run_tests)
app.command("check-config")(check_config.check_config)
app.add_typer(ivr_commands.app, name="ivr")


@app.callback()
def main(context: typer.Context) -> None:
    """Hotline, a contact-centre server."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


if __name__ == "__main__":
    app(prog_name="hotline")
