"""`hotline tls`: the certificate by our own authority, for the names that agents use."""

from typing import Annotated

import typer

from kernel.clock import SystemClock
from server import tls
from server.settings import load_settings

Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]…", help="Names or addresses of this machine.")
]


def make_certificate(names: Names = None) -> None:
    """Make or renew the HTTPS certificate for these names and addresses, and say what browsers must trust."""
    folder = load_settings().places.tls
    made = tls.ensure(folder, [*tls.own_names(), *(names or [])], SystemClock().now())
    typer.echo(f"Certificate: {made.chain}")
    typer.echo(
        f"Agents' browsers trust it once their machines know this authority: {tls.authority_path(folder)}"
    )
    typer.echo("hotline run uses it when edge.address is set beyond this machine, for example to 0.0.0.0.")
