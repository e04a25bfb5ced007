"""The command line `hotline`; each command lives in a module of its own and is registered here."""

import typer

from server import checks

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Hotline, a contact-centre server.")
app.command("check")(checks.check)


@app.callback()
def main() -> None:
    """Hotline, a contact-centre server."""


if __name__ == "__main__":
    app(prog_name="hotline")
