"""The Python packages of Hotline, in a virtual environment in the cache.

The launcher runs this with the machine's own Python, before there are any packages. Debian's Python has
neither pip nor the means to put one into a virtual environment; then pip comes from Debian's package of its
wheel.
"""

import importlib.util
import re
import shutil
import sys
import venv
from pathlib import Path

from infra.toolchain import cache
from infra.toolchain.debian import PrivateApt, unpack
from infra.toolchain.errors import SetupFailed
from infra.toolchain.process import run

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
RUN = "run"
ENVIRONMENT_MIB = 1200
PROGRESS_EACH_PACKAGES = 20
NO_PACKAGES = (
    "The Python packages could not be fetched: check the network (the first start needs it) and pip's"
    " settings (PIP_INDEX_URL or pip.conf), then try again."
)


def set_up(folder: Path, kind: str) -> None:
    """Make the environment ready for running (`run`), or with the developers' packages added (`dev-…`)."""
    with cache.building(folder, ENVIRONMENT_MIB):
        if not _ready(folder, RUN).exists():
            cache.say("Setting up Python packages (once; a minute or two) …")
            _create(folder)
            _install(folder, "run.txt")
            _ready(folder, RUN).touch()
        if not _ready(folder, kind).exists():
            cache.say("Adding the packages for tests and checks (once) …")
            _install(folder, "dev.txt")
            _ready(folder, kind).touch()


def _ready(folder: Path, kind: str) -> Path:
    return folder / f".ready-{kind}"


def _create(folder: Path) -> None:
    # A virtual environment can't be moved, so it is made in place; one without its mark was broken off.
    shutil.rmtree(folder, ignore_errors=True)
    has_pip = importlib.util.find_spec("ensurepip") is not None
    venv.create(folder, with_pip=has_pip, symlinks=True)
    if not has_pip:
        _fetch_pip(folder / "pip")


def _fetch_pip(folder: Path) -> None:
    cache.say("  fetching pip …")
    work = folder / "work"
    archives = PrivateApt(work, suite=None).download(("python3-pip-whl",), with_dependencies=False)
    unpack(archives, folder)
    shutil.rmtree(work)


def pip_of(folder: Path) -> list[str | Path]:
    """The command of the environment's pip."""
    python = folder / "bin" / "python"
    wheel = next(folder.glob("pip/usr/share/python-wheels/pip-*.whl"), None)
    return [python, "-m", "pip"] if wheel is None else [python, wheel / "pip"]


def _install(folder: Path, lock_name: str) -> None:
    lock = REQUIREMENTS / lock_name
    total = len(re.findall(r"^\S+==", lock.read_text(encoding="utf-8"), re.MULTILINE))
    count = 0

    def report(line: str) -> None:
        nonlocal count
        if line.startswith("Collecting "):
            count += 1
            if count % PROGRESS_EACH_PACKAGES == 0:
                cache.say(f"  … {count} of {total} packages")
        elif line.startswith("Installing collected packages"):
            cache.say("  installing …")

    pip = pip_of(folder)
    run(
        (*pip, "install", "--progress-bar", "off", "--require-hashes", "-r", lock),
        NO_PACKAGES,
        on_line=report,
    )


def main() -> int:
    """The arguments are the environment's folder and what it is to be ready for."""
    folder, kind = sys.argv[1:]
    try:
        set_up(Path(folder), kind)
    except SetupFailed as failure:
        cache.say(f"hotline: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
