"""Customers: found by number in any spelling, kept, and shown with what happened before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from customers.errors import NotANumber
from customers.model import (
    Customer,
    KnownBy,
    Recognised,
    Record,
    member_number,
    number_to_keep,
    one_spelling,
)
from customers.ports import CallHistory, CustomerTickets
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from kernel.briefs import CallBrief, TicketBrief
from kernel.clock import Clock
from kernel.ids import CallId, CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Customers:
    """The directory of customers."""

    store: CustomerStore
    clock: Clock
    settings: CustomerSettings

    async def create(self, record: Record) -> Customer:
        """A new customer; their numbers may be in any spelling."""
        return await self.store.create(self._spelled(record), self.clock.now())

    async def change(self, customer: CustomerId, changes: Mapping[str, Any]) -> Customer:
        """Changes what is named."""
        known = await self.store.get(customer)
        changed = replace(known, record=self._spelled(replace(known.record, **changes), known.record.numbers))
        await self.store.replace(changed, self.clock.now())
        if "language" in changes:
            # What a colleague writes is newer than what was chosen on the line before.
            await self.store.languages.forget(changed.record.numbers)
        return changed

    async def get(self, customer: CustomerId) -> Customer:
        """One customer; raises `NotFound`."""
        return await self.store.get(customer)

    async def get_many(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, Customer]:
        """Those of the customers that exist."""
        return await self.store.get_many(wanted)

    async def find_by_number(self, number: str) -> Customer | None:
        """The customer with this number in any spelling; None for strangers and withheld numbers."""
        spelled = self.spelling_of(number)
        return await self.store.find_by_number(spelled) if spelled else None

    async def recognise(self, call: CallId, number: str) -> Recognised | None:
        """Who calls: who they have said to be in this call, else whose number in any spelling it is."""
        said = await self.store.identified_in(call)
        if said is not None:
            return said
        found = await self.find_by_number(number) if number else None
        return Recognised(customer=found, by=KnownBy.NUMBER) if found else None

    async def chosen_language(self, number: str) -> str:
        """What was chosen the last time by who called from this number; "" of who never did, or long ago."""
        spelled = self.spelling_of(number)
        return await self.store.languages.of(spelled, self._languages_since()) if spelled else ""

    async def keep_language(self, number: str, language: str) -> None:
        """Who calls from this number again is spoken to so; of withheld numbers nothing is kept."""
        spelled, since = self.spelling_of(number), self._languages_since()
        if spelled:
            await self.store.languages.keep(spelled, language, self.clock.now(), since=since)

    def _languages_since(self) -> datetime:
        return self.clock.now() - timedelta(days=self.settings.language_kept_days)

    async def find_by_numbers(self, numbers: Collection[str]) -> Mapping[str, Customer]:
        """The customers with these numbers in any spelling, by the number as given; no strangers."""
        spelled = {number: spelling for number in numbers if (spelling := self.spelling_of(number))}
        found = await self.store.find_by_numbers(spelled.values())
        return {number: found[spelling] for number, spelling in spelled.items() if spelling in found}

    async def search(self, text: str, *, limit: int, offset: int) -> tuple[list[Customer], int]:
        """Customers whose name, note or number has the text in it, and how many there are."""
        return await self.store.search(text, spelled=self.spelling_of(text), limit=limit, offset=offset)

    def spelled(self, text: str) -> str:
        """A number in the one spelling in which calls are kept too; as it is if it is none."""
        return self.spelling_of(text) or text

    def spelling_of(self, text: str) -> str | None:
        """The one spelling of a number; None if it is none."""
        try:
            return one_spelling(text, region=self.settings.home_region, area_code=self.settings.area_code)
        except NotANumber:
            return None

    def _spelled(self, record: Record, known: Collection[str] = ()) -> Record:
        """What is known already is not judged anew: it could be what nobody means to change."""
        spelled = (
            self.spelled(each) if each in known else self._to_keep(each, f"numbers.{place}")
            for place, each in enumerate(record.numbers)
        )
        known_as = member_number(record.member_number)
        return replace(record, numbers=tuple(dict.fromkeys(spelled)), member_number=known_as)

    def _to_keep(self, text: str, field: str) -> str:
        try:
            return number_to_keep(text, region=self.settings.home_region, area_code=self.settings.area_code)
        except NotANumber as refused:
            refused.field = field
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What happened with a customer."""

    calls: Sequence[CallBrief]
    tickets: Sequence[TicketBrief]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histories:
    """What happened with each customer."""

    customers: Customers
    calls: CallHistory
    tickets: CustomerTickets

    async def of(self, customer: CustomerId, *, only_open: bool = False) -> History:
        """The customer's last calls and tickets."""
        numbers, limits = (await self.customers.get(customer)).record.numbers, self.customers.settings
        return History(
            calls=await self.calls.last_calls(numbers, limit=limits.last_calls_max),
            tickets=await self.tickets.tickets_of(customer, only_open=only_open, limit=limits.tickets_max),
        )
