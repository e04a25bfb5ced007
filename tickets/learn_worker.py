"""Learns the types of tickets in a process of its own, which has no hurry and is in nobody's way.

On standard input comes one JSON object: `examples` as pairs of type and text, and `out`, the file to write.
"""

import json
import os
import sys
from pathlib import Path

from tickets.classifier import Example, learn


def main() -> None:
    """Learns and ends. The file is there as a whole, or as it was before."""
    os.nice(19)
    asked = json.load(sys.stdin)
    learned = learn([Example(label=label, text=text) for label, text in asked["examples"]])
    out = Path(asked["out"])
    unfinished = out.with_suffix(".part")
    unfinished.write_bytes(learned.to_bytes())
    unfinished.replace(out)


if __name__ == "__main__":
    main()
