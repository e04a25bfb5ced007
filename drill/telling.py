"""How a run is played and told of, whatever it drills."""

import json
import sys
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import uvloop
from rich.console import Console

from kernel.errors import HotlineError

Say = Callable[[str], None]
"""Tells whoever watches how far it is."""


class Report(Protocol):
    """What a run came to."""

    @property
    def holds(self) -> bool:
        """Nothing was lost that must not be."""
        ...

    def as_json(self) -> dict[str, object]:
        """For machines."""
        ...

    def print_to(self, console: Console) -> None:
        """For people."""
        ...


def play_and_tell(play: Callable[[Say], Coroutine[Any, Any, Report]], *, as_json: bool) -> int:
    """Prints the report; 0 when it holds."""
    progress = Console(stderr=True)
    try:
        report = uvloop.run(play(lambda text: progress.print(text, highlight=False)))
    except HotlineError as failure:
        progress.print(f"hotline: {failure}", highlight=False, style="red")
        return 1
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    else:
        report.print_to(Console())
    return 0 if report.holds else 1
