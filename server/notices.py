"""What is amiss while calls are taken all the same: `/ready` says it beside its parts."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Protocol

from acd.breaks_file import parse_breaks
from acd.model import Overview
from acd.queues import parse_queues
from agent_ui.probes import Notice
from customers.regions import parse_regions
from infra.last_good import FileCheck
from outbound.rules_file import parse_calling
from server.installation import home_numbers, number_reader
from server.settings import Settings
from staff.experts import parse_experts
from staff.on_call import parse_on_call
from telephony.trunks import parse_trunks

LOOK_MAX_S = 1.0
"""A folder that does not answer is told by the part `site`."""


class FilesOfCalls(Protocol):
    """The numbers, calendars and flows."""

    @property
    def stale(self) -> tuple[str, ...]:
        """Why some of them count as they were before."""
        ...


class Voices(Protocol):
    """Who speaks to callers."""

    def faults(self) -> Mapping[str, str]:
        """Those that do not, by name, each with the reason."""
        ...


class StaleFiles:
    """Site files that are broken, so that what they said before counts."""

    def __init__(self, checks: tuple[FileCheck, ...], files: FilesOfCalls) -> None:
        self._checks = checks
        self._files = files
        self._looking: asyncio.Future[list[str]] | None = None
        self._faults: list[str] = []

    async def said(self) -> str:
        """Each with what is wrong in it."""
        # Who asks while a folder hangs shares the one thread that does.
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(asyncio.to_thread(self._look))
        done, _ = await asyncio.wait([self._looking], timeout=LOOK_MAX_S)
        if done:
            self._faults = self._looking.result()
        faults = "; ".join((*self._files.stale, *self._faults))
        return f"broken, and counts as it was when last right: {faults}" if faults else ""

    def _look(self) -> list[str]:
        return [fault for check in self._checks if (fault := check.fault())]


def notices(
    settings: Settings, files: FilesOfCalls, overview: Callable[[], Overview], voices: Voices
) -> Mapping[str, Notice]:
    """Each by the name of what it concerns."""

    async def lines() -> str:
        until = overview().no_line_until
        if until is None:
            return ""
        return (
            f"no outside line can be had; customers are not called back before {until.astimezone(UTC):%X} UTC"
        )

    async def broken_voices() -> str:
        return "; ".join(
            f"{name} does not speak, and the next voice does: {why}" for name, why in voices.faults().items()
        )

    return {"site": StaleFiles(_checks(settings), files).said, "lines": lines, "voices": broken_voices}


def _checks(settings: Settings) -> tuple[FileCheck, ...]:
    places, home, read = settings.places, home_numbers(settings), number_reader(settings)
    has_tls = settings.telephony.tls_port is not None
    return (
        FileCheck(places.queues, parse_queues, is_needed=True),
        FileCheck(places.trunks, lambda text: parse_trunks(text, home=home, has_tls=has_tls), is_needed=True),
        FileCheck(places.breaks, parse_breaks),
        FileCheck(places.regions, parse_regions),
        FileCheck(places.experts, lambda text: parse_experts(text, read)),
        FileCheck(places.on_call, parse_on_call),
        FileCheck(places.calling, lambda text: parse_calling(text, home=settings.customers.home_region)),
    )
