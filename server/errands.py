"""Joins what flows have done outside to the parts that do it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from customers.events import CallerIdentified
from customers.identity import Claim, Identities
from customers.identity import NotProven as CallerNotProven
from customers.service import Customers
from infra.last_good import LastGood
from ivr.cases import written
from ivr.errands import FAILED
from ivr.ports import ErrandOrder
from ivr.turn import Errand, ErrandDone
from kernel.bus import Bus
from kernel.clock import Clock, SystemClock
from kernel.errors import HotlineError
from kernel.ids import CallId, CustomerId
from lookups.databases import Databases
from lookups.errors import LookupFailed
from lookups.secrets_folder import secrets_in
from lookups.service import Lookups, Sources
from lookups.sources_file import FILE, parse_lookups
from lookups.web import Web
from messaging.model import NewMessage
from messaging.service import Messaging
from messaging.store import MessageStore
from outbound.gate import CallingGate
from outbound.rules import Use
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from tickets.model import Priority, TicketType
from tickets.progress import Asked, NotProven, Progress
from tickets.service import Left, Tickets
from tickets.words import STATES, TYPES

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteErrands:
    """All that flows of this site have done outside."""

    lookups: Lookups
    messaging: Messaging
    gate: CallingGate
    tickets: Tickets
    progress: Progress
    identities: Identities
    bus: Bus
    spelled: Callable[[str], str]
    """A number in the one spelling."""

    async def do(self, order: ErrandOrder) -> ErrandDone:
        """Done, and by which way the caller goes on."""
        match order.kind:
            case "lookup":
                return _found(await self.lookups.find(order.about, order.values))
            case "sms":
                return await self._send(order)
            case "ticket":
                return await self._leave(order)
            case "progress":
                return await self._tell(order)
            case "identify":
                return await self._identify(order)

    async def _identify(self, order: ErrandOrder) -> ErrandDone:
        """Who calls is known to all that ask for the call, from then on and also after a restart."""
        claim = Claim(
            call=order.came.call,
            caller_number=order.came.caller_number,
            member_number=order.values.get("member", ""),
            proof=order.values.get("proof", ""),
            needs_proof=order.about != "number",
        )
        try:
            who = await self.identities.identify(claim)
        except CallerNotProven:
            return ErrandDone(way="unproven")
        if who is None:
            return ErrandDone(way="missing")
        customer = who.customer
        self.bus.publish(
            CallerIdentified(at=self.progress.clock.now(), call=claim.call, customer=customer.id)
        )
        fields = {"level": customer.record.level.value, "proven": str(who.is_sure).lower()}
        return ErrandDone(
            way="found", fields={**fields, **({"name": customer.record.name} if who.is_sure else {})}
        )

    async def _send(self, order: ErrandOrder) -> ErrandDone:
        if not order.values.get("number"):
            return ErrandDone(way=FAILED)
        number = self.spelled(order.values["number"])
        is_callers = number == self.spelled(order.came.caller_number)
        await self.gate.require(number, Use.ANSWER if is_callers else Use.MESSAGE)
        message = NewMessage(
            key=f"{order.key}/{number}",
            number=number,
            text=order.values["text"],
            language=order.language,
            call=order.came.call,
        )
        await self.messaging.write(message)
        return ErrandDone(way="next")

    async def _tell(self, order: ErrandOrder) -> ErrandDone:
        asked = Asked(
            call=order.came.call,
            caller_number=order.came.caller_number,
            ticket=order.values.get("ticket", ""),
            proof=order.values.get("proof", ""),
        )
        try:
            found = await self.progress.tell(asked)
        except NotProven:
            return ErrandDone(way="unproven")
        if found is None:
            return ErrandDone(way="missing")
        state, kind = STATES[found.matter.state], TYPES[found.matter.type]
        created = found.created_at.astimezone(ZoneInfo(self.progress.settings.timezone)).date()
        return ErrandDone(
            way="found",
            fields={
                "number": found.number,
                "state": state.en if order.language == "en" else state.zh,
                "kind": kind.en if order.language == "en" else kind.zh,
                "created": created.isoformat(),
            },
        )

    async def _leave(self, order: ErrandOrder) -> ErrandDone:
        priority = order.values.get("priority")
        left = Left(
            key=order.key,
            call=order.came.call,
            caller_number=order.came.caller_number,
            type=TicketType(order.about),
            title=order.values["title"],
            description=order.values.get("description", ""),
            priority=Priority(priority) if priority else None,
        )
        return ErrandDone(way="next", fields={"number": await self.tickets.leave(left)})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNumbers:
    """Whose numbers are whose, as far as tickets ask."""

    customers: Customers
    talk: Talk

    async def of_customer(self, customer: CustomerId) -> Sequence[str]:
        """All numbers of a customer."""
        return (await self.customers.get(customer)).record.numbers

    async def of_call(self, call: CallId) -> str:
        """From which number a call came; "" where nobody knows."""
        entry = self.talk.ledger.find(call) or await self.talk.book.find(call)
        return entry.arrival.caller_number if entry is not None else ""

    async def customer_of(self, number: str) -> CustomerId | None:
        """The customer with this number in any spelling."""
        found = await self.customers.find_by_number(number)
        return found.id if found else None

    def spelled(self, number: str) -> str:
        """A number in the one spelling."""
        return self.customers.spelled(number)


def ask_really(settings: Settings, site: Path, errand: Errand) -> ErrandDone:
    """The answer of the system itself, for who tries a flow in a terminal; nothing is left behind."""
    if errand.kind != "lookup":
        return written(errand)
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


def build_errands(foundation: Foundation, talk: Talk, records: Records) -> SiteErrands:
    """What flows have done outside, by the parts of this server."""
    return SiteErrands(
        lookups=foundation.lookups,
        messaging=records.messaging,
        gate=talk.gate,
        tickets=records.tickets,
        progress=Progress(
            store=records.tickets.store,
            numbers=KnownNumbers(customers=records.customers, talk=talk),
            clock=foundation.clock,
            settings=foundation.settings.tickets,
        ),
        identities=Identities(customers=records.customers),
        bus=foundation.bus,
        spelled=records.customers.spelled,
    )


def build_messaging(foundation: Foundation) -> Messaging:
    """What customers are to be told."""
    store = MessageStore(foundation.database)
    return Messaging(store=store, clock=foundation.clock, settings=foundation.settings.messaging)
