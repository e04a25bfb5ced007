"""`hotline tls`: the certificate by our own authority, for the names that agents use."""

from typing import Annotated

import typer

from kernel.clock import SystemClock
from server import tls
from server.settings import load_settings

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]…", help="Names or addresses of this machine.")
]

StartOver = Annotated[
    bool, typer.Option("--start-over", help="Forget the names that were given before; else they stay.")
]


def make_certificate(names: Names = None, *, start_over: StartOver = False) -> None:
    """Make or renew the HTTPS certificate for these names and addresses, and say what browsers must trust."""
    folder = load_settings().places.tls
    wanted = [*tls.own_names(), *(names or [])]
    made = tls.ensure(folder, wanted, SystemClock().now(), forget_others=start_over)
    typer.echo(f"Certificate: {made.chain}")
    typer.echo(
        f"Agents' browsers trust it once their machines know this authority: {tls.authority_path(folder)}"
    )
    typer.echo("hotline run uses it when edge.address is set beyond this machine, for example to 0.0.0.0.")
