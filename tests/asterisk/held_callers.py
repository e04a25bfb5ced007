"""Callers whom a simple server holds, and who are left when it dies."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kernel.ids import CallId, QueueId
from rig.customers import Customer
from rig.tones import PACKET_S, listen
from telephony.asterisk.call_records import CallRecords
from telephony.events import CallArrived
from telephony.ledger_rules import SwitchRecord
from telephony.model import CallMark, Device, Phase
from telephony.port import Line, LineEntry
from tests.asterisk.private_asterisk import PATIENCE_S, Exchange, PrivateAsterisk, eventually, exchange
from tests.contract.stages import ring

RECENT_PACKETS = int(2 / PACKET_S)


class Holding:
    """Marks and holds whoever comes."""

    def __init__(self, *marks: CallMark) -> None:
        self.entries: list[tuple[CallId, LineEntry, CallMark | None]] = []
        self._marks = list(marks)
        self._news = asyncio.Event()

    async def __call__(self, line: Line) -> None:
        entry = (line.arrival.call, line.entry, line.mark)
        await line.answer()
        if line.entry is LineEntry.ARRIVED:
            await line.write_mark(self._marks.pop(0))
        self.entries.append(entry)
        self._news.set()
        await line.hold()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.entries) < count:
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def dead_server(
    asterisk: PrivateAsterisk, *marks: CallMark
) -> AsyncIterator[tuple[Exchange, list[CallId]]]:
    """Calls with these marks, whose server has died."""
    handler = Holding(*marks)
    async with exchange(asterisk, handler) as it:
        calls = []
        for _ in marks:
            before = len(it.heard.events)
            await it.call()
            calls.append((await it.heard.until(CallArrived, after=before)).arrival.call)
        await handler.until(len(marks))
        await it.server_dies()
        yield it, calls


async def rung_for(it: Exchange, handler: Holding, device: Device) -> tuple[Customer, CallId]:
    """A caller who is held, and for whom the device has been told to ring."""
    customer = await it.call()
    call = (await it.heard.until(CallArrived)).arrival.call
    await handler.until(1)
    await it.switch.ring(ring(call, device))
    return customer, call


def waiting(key_ms: int, tier: int = 1) -> CallMark:
    return CallMark(phase=Phase.WAITING, queue=QueueId("service"), key_ms=key_ms, tier=tier, sequence=1)


async def until_in_queue(asterisk: PrivateAsterisk, count: int) -> list[str]:
    """The channels in the emergency queue, in its order."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            shown = await asyncio.to_thread(asterisk.console, "queue show fallback")
            callers = shown.partition("Callers:")[2].splitlines()
            found = [line.split()[1] for line in callers if "prio:" in line]
            if len(found) >= count:
                return found


async def hears(customer: Customer, tone_hz: int) -> None:
    """In the last two seconds; a long call would keep the machine busy with what was heard before."""
    heard = customer.end.heard
    await eventually(
        lambda: any(window.is_tone(tone_hz) for window in listen(heard[-RECENT_PACKETS:], time.monotonic()))
    )


async def the_record(asterisk: PrivateAsterisk, call: CallId) -> SwitchRecord:
    """What the switch wrote down at the call's end."""
    records = CallRecords(asterisk.places.instance / "log/cdr-custom/calls.csv", {}, bytes_max=1_000_000)
    found = await eventually(lambda: [r for r in records.since(None) if r.arrival.call == call])
    return found[0]
