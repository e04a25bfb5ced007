"""`python -m drill.soak MINUTES RATE FOLDER JSON`: plays one soak, for `hotline drill soak`."""

import json
import sys
from pathlib import Path

import uvloop
from rich.console import Console

from drill.soak.play import Plan, play
from kernel.errors import HotlineError


def main() -> int:
    """Prints the report; 0 when it holds."""
    minutes, rate, folder, as_json = sys.argv[1:]
    plan = Plan(
        seconds=60 * float(minutes),
        per_s=float(rate),
        keep=Path(folder) if folder else None,
    )
    progress = Console(stderr=True)
    try:
        report = uvloop.run(play(plan, lambda text: progress.print(text, highlight=False)))
    except HotlineError as failure:
        progress.print(f"hotline: {failure}", highlight=False, style="red")
        return 1
    if as_json == "1":
        sys.stdout.write(json.dumps(report.as_json(), ensure_ascii=False) + "\n")
    else:
        report.print_to(Console())
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
