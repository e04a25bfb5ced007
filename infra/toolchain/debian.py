"""Debian packages without root: found, verified and downloaded by apt in folders of our own, then unpacked.

Where packages come from is the machine's own business: its apt sources name the mirror, its keyring says
whose signature counts, and its apt settings (proxy, certificates) stay in force.
"""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from infra.toolchain.cache import say
from infra.toolchain.errors import SetupFailed
from infra.toolchain.process import run

MIRROR_SETTING = "HOTLINE_DEBIAN_MIRROR"
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
DEBIAN_SUITES = frozenset(
    {"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid"}
    | {"bullseye", "bookworm", "trixie", "forky"}
)
PROGRESS_EACH_PACKAGES = 25
NO_NETWORK = (
    "The Debian packages could not be fetched: check the network (the first start needs it), the date of this"
    f" machine, and its apt sources, or name a mirror in {MIRROR_SETTING}."
)


def mirror() -> str:
    """The Debian mirror to use: the setting, else the one in the machine's apt sources."""
    if named := os.environ.get(MIRROR_SETTING):
        return named.rstrip("/")
    # apt reads its .list and .sources files itself; what it lists is what is configured, fetched yet or not.
    listed = run(
        ("apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"),
        "Hotline gets Asterisk through apt: use Debian or Ubuntu, or the container in docker-compose.yml.",
    )
    found = mirror_among(listed)
    if found is None:
        raise SetupFailed(
            f"No Debian mirror is among this machine's apt sources: name one in {MIRROR_SETTING}"
            " (the address up to and with /debian)."
        )
    return found


def mirror_among(index_targets: str) -> str | None:
    """The mirror of Debian's own archive among lines of `address suite component`, or none."""
    found = [
        address.rstrip("/")
        for address, suite, component in (
            line.split() for line in index_targets.splitlines() if line.count(" ") == 2
        )
        if suite in DEBIAN_SUITES and component == "main"
    ]
    # Others publish suites named like Debian's too; Debian's mirrors nearly all end so.
    return next((address for address in found if address.endswith("/debian")), next(iter(found), None))


def keyring() -> Path:
    """Whose signature counts: Debian's keys as the machine has them."""
    for path in KEYRINGS:
        if path.exists():
            return path
    raise SetupFailed("Debian's signing keys are missing here: install the package debian-archive-keyring.")


class PrivateApt:
    """apt with folders of its own: needs no root, and neither reads nor changes what is installed here."""

    def __init__(self, folder: Path, suite: str | None) -> None:
        """Packages of `suite` on Debian's mirror; without a suite, of the machine's own sources."""
        self._folder = folder
        for part in ("state/lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        options = {
            "Dir::State": folder / "state",
            "Dir::Cache": folder / "cache",
            "APT::Install-Recommends": "false",
            # As root apt would drop to a user that may not read our folders.
            "APT::Sandbox::User": "",
            # A frozen mirror's index says it is out of date. Signatures are checked all the same, and what
            # would be too old for us is refused by its version.
            "Acquire::Check-Valid-Until": "false",
            "Acquire::Languages": "none",
        }
        if suite is not None:
            options |= self._only(suite)
        self._options = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]

    def _only(self, suite: str) -> dict[str, str | Path]:
        sources = self._folder / "sources.list"
        sources.write_text(f"deb [signed-by={keyring()}] {mirror()} {suite} main\n", encoding="utf-8")
        (self._folder / "status").touch()
        return {
            "Dir::State::status": self._folder / "status",
            "Dir::Etc::sourcelist": sources,
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
        }

    def download(self, packages: Sequence[str], *, with_dependencies: bool = True) -> list[Path]:
        """The package files, their signatures checked."""
        run(("apt-get", *self._options, "-q", "update"), NO_NETWORK)
        verb = ("-y", "--download-only", "install") if with_dependencies else ("download",)
        archives = self._folder / "cache" / "archives"
        run(
            ("apt-get", *self._options, "-q", *verb, *packages),
            NO_NETWORK,
            folder=archives,
            on_line=_report_downloads,
        )
        return sorted(archives.glob("*.deb"))


def _report_downloads(line: str) -> None:
    if started := re.match(r"Get:(\d+) ", line):
        if int(started[1]) % PROGRESS_EACH_PACKAGES == 0:
            say(f"  … {started[1]} packages")
    elif line.startswith("Need to get "):
        say(f"  {line}")


def unpack(archives: Sequence[Path], root: Path) -> None:
    """Lay the packages' files under `root`; nothing of theirs is run."""
    say(f"  unpacking {len(archives)} packages …")
    root.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        run(("dpkg-deb", "-x", archive, root), "Make room on the disk and try again.")
