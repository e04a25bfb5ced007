"""The blacklist and the warning list: kept, found, and asked when somebody calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from customers.errors import NeverBlocked
from customers.listing import (
    Entry,
    Found,
    Kind,
    Manner,
    Sort,
    Wish,
    candidates,
    judge,
    require_future,
    value_of,
)
from customers.listing_store import ListingStore
from customers.model import number_to_keep
from customers.ports import BlockedCalls, People, Spared
from customers.service import Customers
from kernel.access import Principal, Role
from kernel.clock import Clock
from kernel.errors import InvalidInput
from kernel.ids import StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as people see it."""

    entry: Entry
    added_by: str
    blocked_calls: int
    """Since it was added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLists:
    """Who is blocked, and of whom agents are warned."""

    store: ListingStore
    customers: Customers
    calls: BlockedCalls
    spared: Spared
    people: People
    clock: Clock

    async def add(self, user: Principal, wish: Wish) -> Entry:
        """A new entry, whose value may be in any spelling; an agent's counts once it is confirmed."""
        spelled = await self._spelled(wish)
        is_proposed = not user.has(Role.SUPERVISOR)
        action = "caller_list_proposed" if is_proposed else "caller_list_added"
        await self.people.note(user.staff_id, action, _subject(spelled))
        return await self.store.add(spelled, user.staff_id, self.clock.now(), is_proposed=is_proposed)

    async def _spelled(self, wish: Wish) -> Wish:
        home = self.customers.settings
        value = value_of(
            wish.kind,
            wish.value,
            lambda text: number_to_keep(text, region=home.home_region, area_code=home.area_code),
            home.home_region,
        )
        require_future(wish.until, self.clock.now())
        if wish.sort is Sort.BLOCKED and wish.kind is Kind.NUMBER and await self.spared.is_spared(value):
            raise NeverBlocked("this number is never blocked")
        manner = wish.manner if wish.sort is Sort.BLOCKED else Manner.TEXT
        return replace(wish, value=value, manner=manner)

    async def lift(self, user: Principal, entry: int) -> None:
        """It counts no more; raises `NotFound`."""
        known = await self.store.get(entry)
        await self.people.note(user.staff_id, "caller_list_lifted", _subject(known.wish))
        await self.store.lift(entry, user.staff_id, self.clock.now())

    async def confirm(self, user: Principal, entry: int) -> None:
        """A proposal counts from now on; raises `NotFound`."""
        known = await self.store.get(entry)
        await self.people.note(user.staff_id, "caller_list_confirmed", _subject(known.wish))
        await self.store.confirm(entry)

    async def of(self, number: str) -> Found:
        """What the lists say of a caller's number in any spelling; "" of who withholds it."""
        spelled = self.customers.spelled(number) if number else ""
        entries = await self.store.of_number(spelled)
        found = judge(entries, spelled, self.clock.now())
        if found.blocked is not None and await self.spared.is_spared(spelled):
            return replace(found, blocked=None)
        return found

    async def find(
        self, text: str, *, sort: Sort | None, limit: int, offset: int
    ) -> tuple[Sequence[Shown], int]:
        """Entries with the text in reason or number, also those that mean the number; and how many."""
        spelled = self.customers.spelling_of(text)
        values = candidates(spelled) if spelled else ()
        wanted = _as_kept(text, self.customers.settings.home_region)
        entries, total = await self.store.find(wanted, values=values, sort=sort, limit=limit, offset=offset)
        return await self.shown(entries), total

    async def shown(self, entries: Sequence[Entry]) -> Sequence[Shown]:
        """The entries as people see them."""
        names: Mapping[StaffId, str] = await self.people.names({entry.added_by for entry in entries})
        return [
            Shown(
                entry=entry,
                added_by=names.get(entry.added_by, ""),
                blocked_calls=await self._count(entry.wish, entry.added_at),
            )
            for entry in entries
        ]

    async def _count(self, wish: Wish, since: datetime) -> int:
        if wish.sort is Sort.WARNED:
            return 0
        return await self.calls.count_blocked(wish.value, is_prefix=wish.kind is Kind.PREFIX, since=since)


def _subject(wish: Wish) -> str:
    return f"{wish.sort} {wish.kind} {wish.value}".strip()


def _as_kept(text: str, home: str) -> str:
    """A beginning that is looked for as it is kept; anything else as it is."""
    try:
        return value_of(Kind.PREFIX, text, str, home) if text.strip() else ""
    except InvalidInput:
        return text
