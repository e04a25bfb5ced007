"""What must work before calls can be taken well."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

from agent_ui.probes import Check
from kernel.errors import HotlineError

log = structlog.get_logger(__name__)

AGAIN_AFTER_S = 60.0
"""How soon a part that was mended without a restart counts as fit again."""


class NotReady(HotlineError):
    """A part that calls need is not fit for work."""

    code = "not_ready"


class Connection(Protocol):
    """The switch's connection."""

    @property
    def is_connected(self) -> bool:
        """It is reachable and its state known."""
        ...


class Pingable(Protocol):
    """The database."""

    async def ping(self) -> None:
        """Raises unless it answers."""
        ...


class Speaker(Protocol):
    """Text to speech."""

    async def check(self) -> None:
        """Raises unless a worker speaks."""
        ...


class Workers(Protocol):
    """Who works jobs off."""

    async def check(self) -> None:
        """Raises unless jobs are being taken."""
        ...


class Storage(Protocol):
    """Where everything is written."""

    async def check(self) -> None:
        """Raises unless there is room."""
        ...


class SiteFiles(Protocol):
    """What supervisors edit."""

    async def check(self) -> None:
        """Raises while callers cannot be served by these files."""
        ...


class KeptCheck:
    """A check that takes too long to be run for everyone who asks: its last answer counts."""

    def __init__(self, check: Check, again_after_s: float = AGAIN_AFTER_S) -> None:
        self._check = check
        self._again_after_s = again_after_s
        self._fault = ""

    async def keep(self) -> None:
        """Checks, again and again until the part is fit."""
        while True:
            try:
                await self._check()
            except HotlineError as failure:
                log.error("not fit for work", error=str(failure))  # noqa: TRY400 - its words say all
                self._fault = str(failure)
            else:
                self._fault = ""
                return
            await asyncio.sleep(self._again_after_s)

    async def last(self) -> None:
        """Raises when the part was not fit; while it is first checked it passes, as calls go on meanwhile."""
        if self._fault:
            raise NotReady(self._fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartsOfWork:
    """All that calls need."""

    switch: Connection
    database: Pingable
    speech: Speaker
    recogniser: KeptCheck
    jobs: Workers
    disk: Storage
    site: SiteFiles


def readiness_checks(parts: PartsOfWork) -> Mapping[str, Check]:
    """Each part by name."""

    async def asterisk() -> None:
        if not parts.switch.is_connected:
            raise NotReady("Asterisk is not connected; see log/asterisk.log in the data folder")

    return {
        "asterisk": asterisk,
        "database": parts.database.ping,
        "speech": parts.speech.check,
        "recogniser": parts.recogniser.last,
        "jobs": parts.jobs.check,
        "disk": parts.disk.check,
        "site": parts.site.check,
    }
