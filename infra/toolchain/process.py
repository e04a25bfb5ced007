"""Running the tools that install things."""

import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from infra.toolchain.cache import cache_dir
from infra.toolchain.errors import SetupFailed

LOG_NAME = "setup.log"


def run(
    command: Sequence[str | Path],
    failure: str,
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> str:
    """What the command printed. If it fails, `failure` says what to do and where all it printed was kept."""
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
        raise SetupFailed(_explain(arguments, lines, failure))
    return "\n".join(lines)


def _explain(arguments: Sequence[str], lines: Sequence[str], failure: str) -> str:
    if any("No space left on device" in line for line in lines):
        return (
            f"The disk is full: make room in {cache_dir()} and {Path('/tmp')},"  # noqa: S108  only named
            " or set HOTLINE_CACHE and TMPDIR to folders on another disk."
        )
    log = cache_dir() / LOG_NAME
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write("\n".join([f"$ {' '.join(arguments)}", *lines, ""]))
    return f"{failure} (Details: {log})"
