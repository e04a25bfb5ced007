"""Programs of the machine itself, which only tests need; installed by apt where we may."""

import ctypes
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.toolchain.cache import say
from infra.toolchain.process import run

PACKAGE_OF: Mapping[str, str] = {
    "git": "git",
    "ip": "iproute2",
    "sipp": "sip-tester",
    "chromium": "chromium",
    "libatomic.so.1": "libatomic1",
    "initdb": "postgresql",
    "nft": "nftables",
    "turnserver": "coturn",
}
"""Which Debian package brings a program, or a library."""
BROWSER = ("chromium", "libatomic.so.1")
"""The browser of the tests, and what the Node.js in Playwright's wheel, which steers it, links to."""
SERVICE_OF: Mapping[str, str] = {"coturn": "coturn"}
"""Packages whose service would answer the network from the installation on; tests start one of their own."""
SYSTEMD = Path("/run/systemd/system")
POSTGRESQL_PROGRAMS = "/usr/lib/postgresql"
NOT_INSTALLED = "The packages could not be installed: check the network and the apt sources, then try again."


def missing(programs: Sequence[str]) -> list[str]:
    """Those of the programs that are not here."""
    return [name for name in programs if not _is_here(name)]


def ensure(programs: Sequence[str]) -> list[str]:
    """Install what is missing of them; what is still missing because installing needs root."""
    absent = missing(programs)
    prefix = _as_root()
    if not absent or prefix is None or shutil.which("apt-get") is None:
        return absent
    packages = sorted({PACKAGE_OF[name] for name in absent})
    say(f"Installing {', '.join(packages)} (once) …")
    if (services := [SERVICE_OF[name] for name in packages if name in SERVICE_OF]) and SYSTEMD.exists():
        run((*prefix, "systemctl", "mask", *services), NOT_INSTALLED)
    run((*prefix, "apt-get", "-q", "update"), NOT_INSTALLED)
    install = ("apt-get", "-q", "-y", "--no-install-recommends", "install", *packages)
    run((*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *install), NOT_INSTALLED)
    return missing(absent)


def install_command(programs: Sequence[str]) -> str:
    """What an administrator would run to have them."""
    return f"apt-get install {' '.join(sorted({PACKAGE_OF[name] for name in programs}))}"


def _is_here(program: str) -> bool:
    if program == "initdb":
        # Debian keeps PostgreSQL's own programs beside each other by version, outside PATH.
        return any(Path(POSTGRESQL_PROGRAMS).glob("*/bin/initdb"))
    if ".so." in program:
        return _loads(program)
    return shutil.which(program) is not None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _as_root() -> tuple[str, ...] | None:
    """What to put before a command to run it as root; None: we may not."""
    if os.geteuid() == 0:
        return ()
    if (sudo := shutil.which("sudo")) is None:
        return None
    asks_nothing = subprocess.run([sudo, "-n", "true"], capture_output=True, check=False)  # noqa: S603  fixed
    return (sudo,) if asks_nothing.returncode == 0 or sys.stdin.isatty() else None
