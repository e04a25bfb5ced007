"""Asterisk, and nginx as Hotline's edge, as a tree of files in the cache: private, the same on every machine.

The machine's own releases are too old or have no Asterisk at all, so both come from one newer Debian suite.
Its programs need its C library, so they are started by that tree's own loader; no root, chroot or container.
"""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from infra.toolchain import cache
from infra.toolchain.debian import PrivateApt, unpack
from infra.toolchain.errors import SetupFailed

SUITE = "forky"
PACKAGES = ("asterisk", "asterisk-core-sounds-en-gsm", "nginx", "libc6", "tzdata")
ASTERISK_BRANCH = 22
# Older ones of the branch can be killed by one unauthenticated SIP message.
ASTERISK_VERSION_MIN = (22, 10, 1)
TREE_NAME = "asterisk-22-forky-1"
TREE_MIB = 900


@dataclass(frozen=True)
class AsteriskTree:
    """Where Asterisk and nginx lie, and how to start them."""

    root: Path

    @property
    def libraries(self) -> Path:
        """The tree's folder of shared libraries for this processor."""
        return next(self.root.glob("usr/lib/*-linux-gnu"))

    @property
    def modules(self) -> Path:
        """Asterisk's `astmoddir`."""
        return self.libraries / "asterisk" / "modules"

    @property
    def data(self) -> Path:
        """Asterisk's `astdatadir`: sounds and documentation."""
        return self.root / "usr/share/asterisk"

    def asterisk(self, *arguments: str) -> list[str]:
        """The command line that starts Asterisk, or with `-rx` asks a running one."""
        return self._through_loader("usr/sbin/asterisk", *arguments)

    def canary(self) -> list[str]:
        """The command line of the program by which Asterisk knows that others get their turn too."""
        return self._through_loader("usr/sbin/astcanary")

    def nginx(self, *arguments: str) -> list[str]:
        """The command line that starts nginx."""
        return self._through_loader("usr/sbin/nginx", *arguments)

    def _through_loader(self, program: str, *arguments: str) -> list[str]:
        loader = next(self.libraries.glob("ld-linux-*.so.*"))
        search = f"{self.libraries}:{self.libraries / 'asterisk'}"
        return [str(loader), "--library-path", search, str(self.root / program), *arguments]


def ensure() -> AsteriskTree:
    """The tree; fetched if it is not there yet."""
    return AsteriskTree(cache.ensure(TREE_NAME, TREE_MIB, _build))


def _build(folder: Path) -> None:
    cache.say("Fetching Asterisk and nginx (once; about 100 MB) …")
    work = folder / "work"
    archives = PrivateApt(work, SUITE).download(PACKAGES)
    _refuse_wrong_version(archives)
    unpack(archives, folder)
    shutil.rmtree(work)


def _refuse_wrong_version(archives: list[Path]) -> None:
    name = next((path.name for path in archives if path.name.startswith("asterisk_")), "")
    found = re.search(r"_(?:\d+%3a)?(\d+)\.(\d+)\.(\d+)", name)
    version = tuple(int(part) for part in found.groups()) if found else (0,)
    if version[0] != ASTERISK_BRANCH or version < ASTERISK_VERSION_MIN:
        raise SetupFailed(
            f"The Debian mirror has Asterisk as {name or 'no package'}, but 22.10.1 or a later 22 is needed:"
            " name a mirror that has it in HOTLINE_DEBIAN_MIRROR."
        )
