"""Joins what flows have done outside to the parts that do it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from infra.last_good import LastGood
from ivr.errands import FAILED
from ivr.ports import ErrandOrder
from ivr.turn import Errand, ErrandDone
from kernel.clock import Clock, SystemClock
from kernel.errors import HotlineError
from lookups.databases import Databases
from lookups.errors import LookupFailed
from lookups.secrets_folder import secrets_in
from lookups.service import Lookups, Sources
from lookups.sources_file import FILE, parse_lookups
from lookups.web import Web
from server.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteErrands:
    """All that flows of this site have done outside."""

    lookups: Lookups

    async def do(self, order: ErrandOrder) -> ErrandDone:
        """Done, and by which way the caller goes on."""
        return _found(await self.lookups.find(order.about, order.values))


def ask_really(settings: Settings, site: Path, errand: Errand) -> ErrandDone:
    """The answer of the system itself, for who tries a flow in a terminal. Nothing else is done."""
    try:
        return asyncio.run(_ask_once(settings, site, errand))
    except LookupFailed as error:
        log.warning("look-up failed", reason=str(error))
        return ErrandDone(way=FAILED)


async def _ask_once(settings: Settings, site: Path, errand: Errand) -> ErrandDone:
    lookups = lookups_in(site, settings, SystemClock(), kept=None)
    try:
        return _found(await lookups.find(errand.about, errand.values))
    finally:
        await lookups.close()


def _found(fields: Mapping[str, str] | None) -> ErrandDone:
    return ErrandDone(way="missing") if fields is None else ErrandDone(way="found", fields=fields)


@asynccontextmanager
async def site_lookups(settings: Settings) -> AsyncIterator[Lookups]:
    """The look-ups of the running site."""
    places = settings.places
    lookups = lookups_in(places.site, settings, SystemClock(), kept=places.last_good / FILE)
    try:
        yield lookups
    finally:
        await lookups.close()


def lookups_in(site: Path, settings: Settings, clock: Clock, *, kept: Path | None) -> Lookups:
    """The look-ups of a site's file; without it there are none, and with a broken one neither."""
    path, secret = site / FILE, secrets_in(settings.places.lookup_secrets)
    file: LastGood[Sources] = LastGood(path, kept=kept, parse=parse_lookups)
    try:
        sources = file.at_start() if path.exists() else {}
    except HotlineError as error:
        log.error("the look-ups are broken; there are none", reason=str(error))  # noqa: TRY400 - its words say all
        sources = {}
    return Lookups(
        sources=sources,
        changed=file.changed,
        web=Web(secret, connections_max=settings.lookups.at_once_max),
        databases=Databases(secret, connections_max=settings.lookups.at_once_max),
        clock=clock,
        settings=settings.lookups,
    )
