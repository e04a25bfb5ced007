"""Running the tools that install things."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.toolchain.errors import SetupFailed

SHOWN_OF_A_FAILURE_LINES = 15


def run(
    command: Sequence[str | Path],
    failure: str,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """What the command printed; if it fails, `failure` (what to do) after the end of what it printed."""
    arguments = [str(part) for part in command]
    if shutil.which(arguments[0]) is None:
        raise SetupFailed(f"The command {arguments[0]} is missing here. {failure}")
    lines: list[str] = []
    # The callers name fixed tools and paths of our own; nothing that a caller or a page sent gets here.
    with subprocess.Popen(  # noqa: S603
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if on_line is not None:
                on_line(lines[-1])
    if process.returncode != 0:
        told = "\n".join(f"  {line}" for line in lines[-SHOWN_OF_A_FAILURE_LINES:])
        raise SetupFailed(f"{arguments[0]} said:\n{told}\n{failure}")
    return "\n".join(lines)
