"""`python -m drill FAULT N N_TALKS STATES BROWSERS FOLDER JSON`: plays one drill, for `hotline drill`.

It runs inside the network namespace in which browsers can do WebRTC.
"""

import sys
from functools import partial
from pathlib import Path

from drill.play import Plan, play
from drill.telling import play_and_tell


def main() -> int:
    """Plays what the arguments say; 0 when it holds."""
    fault, n, n_talks, states, browsers, folder, as_json = sys.argv[1:]
    plan = Plan(
        fault=fault,
        n=int(n),
        n_talks=int(n_talks),
        states=states.split(","),
        browsers=int(browsers),
        keep=Path(folder) if folder else None,
    )
    return play_and_tell(partial(play, plan), as_json=as_json == "1")


if __name__ == "__main__":
    sys.exit(main())
