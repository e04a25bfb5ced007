"""What callbacks need around them: a book that outlives servers, rules, and a ledger."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from acd.events import CallbackEnded
from acd.ports import CallbackNeighbours
from acd.promises import Promise, PromiseId, call_name
from kernel.errors import DatabaseUnavailable
from kernel.ids import CallId
from telephony.model import Outcome


@dataclass
class PromiseShelf:
    """Behaves like the database's; `is_away` says that it takes nothing."""

    written: dict[PromiseId, Promise] = field(default_factory=dict)
    ended: dict[PromiseId, CallbackEnded] = field(default_factory=dict)
    claims: list[CallId] = field(default_factory=list)
    is_away: bool = False
    forbidden: set[str] = field(default_factory=set)
    outcomes: dict[CallId, Outcome] = field(default_factory=dict)
    broken: list[CallId] = field(default_factory=list)
    slow: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.slow.set()

    def _require(self) -> None:
        if self.is_away:
            raise DatabaseUnavailable("the database is away")

    async def open(self) -> Sequence[Promise]:
        return [promise for promise in self.written.values() if promise.id not in self.ended]

    async def add(self, promise: Promise) -> Promise:
        self._require()
        await self.slow.wait()
        same = [known for known in await self.open() if known.origin == promise.origin]
        if same:
            return same[0]
        identity = PromiseId(len(self.written) + 1)
        added = replace(promise, id=identity, call=call_name(identity, 0, promise.made_at))
        self.written[identity] = added
        return added

    async def claim(self, promise: PromiseId, call: CallId) -> bool:
        self._require()
        known = self.written[promise]
        if promise in self.ended or known.is_dialled or known.call != call:
            return False
        self.written[promise] = replace(known, is_dialled=True, dials=known.dials + 1)
        self.claims.append(call)
        return True

    async def save(self, changed: Sequence[Promise], ended: Sequence[CallbackEnded]) -> None:
        self._require()
        for promise in changed:
            if promise.id not in self.ended:
                known = self.written[promise.id]
                claimed = {"is_dialled": known.is_dialled, "dials": known.dials} if promise.is_dialled else {}
                self.written[promise.id] = replace(promise, **claimed)  # type: ignore[arg-type]
        for event in ended:
            self.ended.setdefault(event.promise, event)

    async def refusal(self, number: str) -> str | None:
        return "not to be called" if number in self.forbidden else None

    async def outcome_of(self, call: CallId) -> Outcome | None:
        return self.outcomes.get(call)

    async def break_promise(self, ended: CallbackEnded) -> None:
        self._require()
        self.broken.append(ended.origin)

    def neighbours(self) -> CallbackNeighbours:
        return CallbackNeighbours(book=self, rules=self, ledger=self)
