"""`python -m drill.soak MINUTES RATE FOLDER JSON`: plays one soak, for `hotline drill soak`."""

import sys
from functools import partial
from pathlib import Path

from drill.soak.play import Plan, play
from drill.telling import play_and_tell


def main() -> int:
    """Plays what the arguments say; 0 when it holds."""
    minutes, rate, folder, as_json = sys.argv[1:]
    plan = Plan(
        seconds=60 * float(minutes),
        per_s=float(rate),
        keep=Path(folder) if folder else None,
    )
    return play_and_tell(partial(play, plan), as_json=as_json == "1")


if __name__ == "__main__":
    sys.exit(main())
