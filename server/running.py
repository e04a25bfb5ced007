"""`hotline run`: sets up what is missing, starts everything, and stays until it is told to stop."""

import ssl
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from infra.toolchain import asterisk, web
from kernel.clock import SystemClock
from server import edge, installation, tls
from server.business import business_part
from server.first_day import read_secret
from server.places import Places, writing_in
from server.ports import refuse_taken
from server.process import Part, ProcessTable
from server.settings import Settings, load_for_start
from server.supervisor import Supervisor, sole_owner

READY_POLL_S = 0.25
READY_WITHIN_S = 120


def run() -> None:
    """Start Hotline here, and stop it with Ctrl-C."""
    settings = load_for_start()
    places = settings.places
    with ExitStack() as stack:
        with writing_in(places.data):
            installation.lay_out(places)
            stack.enter_context(sole_owner(places.run / "supervisor.lock"))
        _run(settings)


def set_up() -> None:
    """Fetch and build all that run needs, so that it starts without a network."""
    asterisk.ensure()
    web.ensure()


def _run(settings: Settings) -> None:
    clock, places = SystemClock(), settings.places
    if amiss := installation.refuse_unusable_site(settings):
        say(amiss)
    tree, pages = asterisk.ensure(), web.ensure()
    with writing_in(places.data):
        served = installation.edge_of(settings, pages, installation.certificate(settings, clock))
        business = business_part(settings)
        parts = (
            installation.asterisk_part(settings, tree, clock),
            installation.edge_part(tree, served),
            *([business] if business is not None else []),
            installation.server_part(settings),
        )
        processes = ProcessTable(places.run, places.log)
    _refuse_taken_ports(parts, processes, settings)
    stopped = threading.Event()
    welcome = threading.Thread(target=_welcome, args=(served, settings, stopped), daemon=True)
    welcome.start()
    try:
        Supervisor(parts, processes, clock, say).run()
    finally:
        stopped.set()


def say(text: str) -> None:
    """A line for who watches `hotline run`, and for the system's journal."""
    # Nobody may be there to read it, or the disk that it goes to is full: calls go on without it.
    with suppress(OSError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def _refuse_taken_ports(parts: Sequence[Part], processes: ProcessTable, settings: Settings) -> None:
    for part in parts:
        if not processes.is_running(part):
            refuse_taken(settings.ports[part.name])


def _welcome(served: edge.Edge, settings: Settings, stopped: threading.Event) -> None:
    """Once all is ready, what a person does next; or, if it takes too long, what is not ready."""
    trusted = tls.authority_path(settings.places.tls)
    answer = "no answer"
    for _ in range(round(READY_WITHIN_S / READY_POLL_S)):
        is_ready, answer = _ask_ready(served.address, trusted)
        if is_ready:
            say(welcome_text(served, settings.places))
            return
        if stopped.wait(READY_POLL_S):
            return
    say(f"Hotline is not ready after {READY_WITHIN_S} s ({answer}); see {settings.places.log}")


def _ask_ready(address: str, authority: Path) -> tuple[bool, str]:
    context = ssl.create_default_context(cafile=authority if authority.exists() else None)
    # A given certificate names another host than localhost; nothing secret is asked or told here.
    context.check_hostname = False
    try:
        with urllib.request.urlopen(f"{address}ready", timeout=5, context=context) as answer:  # noqa: S310  our own edge
            return True, answer.read().decode()
    except urllib.error.HTTPError as failure:
        return False, failure.read().decode(errors="replace")
    except OSError as failure:
        return False, str(failure)


def welcome_text(served: edge.Edge, places: Places) -> str:
    """Address, sign-ins, and the next command."""
    lines = ["", f"Hotline is ready: {served.address}", ""]
    if unchanged := read_secret(places.first_sign_ins):
        lines.append("Sign in as one of the example company (and change the password):")
        lines += [f"  {name:12} {password}" for name, password in unchanged.items()]
        lines.append("")
    if served.certificate is not None and served.certificate.chain.is_relative_to(places.tls):
        lines += [f"Browsers trust it once they know this authority: {tls.authority_path(places.tls)}", ""]
    lines += [
        "Phone it as a customer, in another terminal:",
        "  ./hotline call --to 4008009000 --keys 2 --answer",
        "",
    ]
    return "\n".join(lines)
