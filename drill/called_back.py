"""Callers who are promised a call: how they come to wait without a line, and what their phones do then."""

import asyncio
import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from drill import site
from drill.crew import FAR_TONES, TONES_HZ
from drill.exchange import Exchange
from drill.faults import Fault
from drill.kept import Entry
from drill.scene import DIAL_EVERY_S, IN_STATE_WITHIN_S, Caught, Stage, dial_in, hears_one_of, until
from drill.states import CALLBACK
from rig.instance import NETWORK_HOST
from rig.media import MediaClock
from rig.outside import OutsidePhone

PRESS_EVERY_S = 1.0
ANSWER_EVERY_S = 0.6
"""By so much each customer answers later than the one before: some while no server is there."""
PICKS_UP_S = 0.5
TALK_S = 2.0
IN_STEP_DIGITS = 11


@dataclass(slots=True)
class Ring:
    """One call to a customer."""

    phone: OutsidePhone
    at_s: float
    answered_at_s: float | None = None
    over_at_s: float | None = None


@dataclass(slots=True)
class Promised:
    """A customer who is to be called back."""

    caught: Caught
    tone_hz: int
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    rings: list[Ring] = field(default_factory=list)

    @property
    def number(self) -> str:
        """Which is called."""
        return self.caught.number

    @property
    def has_talked(self) -> bool:
        """Somebody called, the customer answered, and it is over."""
        return any(ring.answered_at_s and ring.over_at_s for ring in self.rings)


class _Phone(OutsidePhone):
    """Rings until its owner may answer."""

    def __init__(self, promised: Promised, clock: MediaClock) -> None:
        super().__init__(NETWORK_HOST, clock, tone_hz=promised.tone_hz)
        self._promised = promised
        self.ringing = Ring(self, time.monotonic())
        promised.rings.append(self.ringing)

    @override
    async def ring(self) -> None:
        await self._promised.may_answer.wait()
        await asyncio.sleep(PICKS_UP_S)
        self.ringing.answered_at_s = time.monotonic()


class Phones(Exchange):
    """Those of all customers who are to be called back."""

    def __init__(self, clock: MediaClock) -> None:
        super().__init__(clock)
        self.owners: dict[str, Promised] = {}

    @override
    def phone_called(self, number: str, call: str) -> OutsidePhone:
        owner = self.owners.get(number[-IN_STEP_DIGITS:])
        if owner is None:
            return OutsidePhone(NETWORK_HOST, self.clock, refuses="404 Not Found")
        return _Phone(owner, self.clock)

    @override
    def gone(self, phone: OutsidePhone) -> None:
        if isinstance(phone, _Phone):
            phone.ringing.over_at_s = time.monotonic()


@dataclass(slots=True)
class CalledBack:
    """All who are promised a call in this drill."""

    stage: Stage
    phones: Phones
    customers: list[Promised] = field(default_factory=list)
    before: dict[str, list[Entry]] = field(default_factory=dict)
    """What the book of promises said when the fault came, by number."""

    @property
    def _entries(self) -> dict[str, list[Entry]]:
        return read_promises(self.stage.instance.data)

    async def promise(self) -> None:
        """They call, press the keys, and are told that they will be called."""
        if CALLBACK not in self.stage.states:
            return
        for index in range(self.stage.n_talks):
            caught = await dial_in(self.stage, CALLBACK, index, site.CALLBACK_KEY)
            customer = Promised(caught, TONES_HZ[(index + FAR_TONES) % len(TONES_HZ)])
            self.customers.append(customer)
            self.phones.owners[customer.number] = customer
            await asyncio.sleep(DIAL_EVERY_S)
        async with asyncio.TaskGroup() as together:
            for customer in self.customers:
                together.create_task(self._confirm(customer))
        await until(self._all_have_rung_off, IN_STATE_WITHIN_S, "the end of calls that were promised another")

    async def _confirm(self, customer: Promised) -> None:
        async with asyncio.timeout(IN_STATE_WITHIN_S):
            while customer.number not in await asyncio.to_thread(lambda: self._entries):
                await asyncio.sleep(PRESS_EVERY_S)
                customer.caught.customer.press(site.YES_KEY)

    async def _all_have_rung_off(self) -> bool:
        return not any(customer.caught.customer.is_on_the_phone for customer in self.customers)

    async def ring(self) -> None:
        """Their agents come: the phones of as many customers ring as there are agents."""
        if not self.customers:
            return
        agents = self.stage.crew.troupes[CALLBACK].agents
        for member in agents:
            await member.ready()

        async def all_ring() -> bool:
            return sum(bool(customer.rings) for customer in self.customers) == len(agents)

        await until(all_ring, IN_STATE_WITHIN_S, f"{len(agents)} phones of customers that ring")
        self.before = self._entries

    async def answer(self, fault: Fault) -> None:
        """One after the other; their agents end each talk after a while."""
        if not self.customers:
            return
        ringing = [customer for customer in self.customers if customer.rings]
        agents = self.stage.crew.troupes[CALLBACK].agents
        for customer in self.customers:
            if customer not in ringing:
                customer.may_answer.set()
        for customer in ringing:
            customer.may_answer.set()
            await asyncio.sleep(ANSWER_EVERY_S)
        tones_hz = [member.tone_hz for member in agents]
        async with asyncio.TaskGroup() as talks:
            for customer in () if fault.kills_calls else ringing:
                talks.create_task(self._talk(customer, tones_hz))
        for member in agents:
            member.may_hang_up.set()

    async def _talk(self, customer: Promised, tones_hz: Sequence[int]) -> None:
        """Until they have heard an agent for a moment; who never does is told in the report."""
        give_up_at_s = time.monotonic() + IN_STATE_WITHIN_S
        while time.monotonic() < give_up_at_s:
            end = customer.rings[-1].phone.end
            if end is not None and hears_one_of(end, tones_hz):
                await asyncio.sleep(TALK_S)
                return
            await asyncio.sleep(PICKS_UP_S)

    async def until_kept(self, give_up_at_s: float) -> None:
        """Returns once everybody was called and has talked, or it is too late for that."""
        while time.monotonic() < give_up_at_s:
            if all(customer.has_talked for customer in self.customers):
                return
            await asyncio.sleep(PICKS_UP_S)


def read_promises(data: Path) -> dict[str, list[Entry]]:
    """From the installation's database, by the last digits of the number to be called."""
    found: dict[str, list[Entry]] = defaultdict(list)
    with closing(sqlite3.connect(f"file:{data / 'hotline.db'}?mode=ro", uri=True)) as database:
        for number, call, mark, end in database.execute("SELECT number, call_id, mark, end FROM callback"):
            place = json.loads(mark)
            key = (place["tier"], place["key_ms"], place["sequence"])
            found[number[-IN_STEP_DIGITS:]].append(Entry(call=call, key=key, end=end or "open"))
    return dict(found)
