"""Asks business systems for what callers want to know: within limits, and never in the way of a call."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from infra.tasks import to_the_end
from kernel.clock import Clock
from lookups.breaker import Breaker
from lookups.databases import Databases
from lookups.errors import LookupFailed
from lookups.model import HttpSource, Source
from lookups.settings import LookupSettings
from lookups.web import Web

log = structlog.get_logger(__name__)

Sources = Mapping[str, Source]


@dataclass(slots=True)
class _Asked:
    """One look-up, and how it goes with it."""

    source: Source
    breaker: Breaker
    running: int = 0


@dataclass(kw_only=True)
class Lookups:
    """The look-ups of a site."""

    sources: Sources
    changed: Callable[[], Sources | None]
    """What the file says, if it says something else than before."""
    web: Web
    databases: Databases
    clock: Clock
    settings: LookupSettings
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, name: str, values: Mapping[str, str]) -> Mapping[str, str] | None:
        """What a system says, by field; None where there is no such thing. Raises `LookupFailed`."""
        source = (await self._read()).get(name)
        if source is None:
            raise LookupFailed(f"there is no look-up {name!r}")
        if not all(values.get(param) for param in source.params):
            return None  # Of what nobody knows there is nothing to be found.
        asked = self._state(name, source)
        if asked.running >= self.settings.at_once_max:
            raise LookupFailed(f"{name!r} is asked by too many at once")
        if not asked.breaker.may_ask(self.clock.monotonic()):
            raise LookupFailed(f"{name!r} rests after failures")
        asked.running += 1
        try:
            return await self._ask(name, asked, values)
        finally:
            asked.running -= 1

    async def close(self) -> None:
        """Gives all connections back."""
        await self.web.close()
        await self.databases.close()

    async def _ask(self, name: str, asked: _Asked, values: Mapping[str, str]) -> Mapping[str, str] | None:
        source = asked.source
        try:
            async with asyncio.timeout(source.timeout_s):
                if isinstance(source, HttpSource):
                    found = await self.web.ask(source, values)
                else:
                    found = await self.databases.ask(source, values)
        except (LookupFailed, TimeoutError) as error:
            if asked.breaker.note(self.clock.monotonic(), is_answered=False):
                log.warning("look-up rests after failures", lookup=name, rest_s=self.settings.rest_s)
            if isinstance(error, LookupFailed):
                raise
            raise LookupFailed(f"{name!r} has not answered within {source.timeout_s:g} s") from error
        asked.breaker.note(self.clock.monotonic(), is_answered=True)
        return found

    def _state(self, name: str, source: Source) -> _Asked:
        asked = self._asked.get(name)
        if asked is None or asked.source != source:
            breaker = Breaker(failures_max=self.settings.failures_max, rest_s=self.settings.rest_s)
            asked = self._asked[name] = _Asked(source, breaker)
        return asked

    async def _read(self) -> Sources:
        async with self._reading:
            changed = await to_the_end(self.changed)
            if changed is not None:
                self.sources = changed
        return self.sources
