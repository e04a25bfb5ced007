"""What a caller says to the machine, whenever the server dies: kept, whole, and spoken once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from kernel.ids import CallId, QueueId
from rig.customers import Customer
from telephony.events import CallArrived
from telephony.model import CallMark, Outcome, Phase
from telephony.port import Line, LineEntry
from telephony.spool import BYTES_PER_SECOND, About, Part
from telephony.spool_folder import SpoolFolder
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange, prepare
from tests.asterisk.test_menu import CUSTOMER_HZ, LiveOffice, strongest_hz, write_tone
from tests.unit.ivr.scripted import SUNDAY

ASKS_HZ, THANKS_HZ = 1300, 1900
WORKSHOP = "02180009002"
PATIENCE_S = 15.0
SPEAKING = CallMark(phase=Phase.VOICEMAIL, flow="workshop", node="after_hours", language="zh")
WAITING = CallMark(phase=Phase.WAITING, queue=QueueId("sales"), key_ms=1, language="zh")


@pytest.fixture(scope="module")
def asterisk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """Its own message taker asks and thanks with tones."""
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_wait_s=1, fallback_after_s=1)
    for name, tone_hz in (("message", ASKS_HZ), ("thanks", THANKS_HZ)):
        write_tone(instance.places.fallback_prompts / "zh" / f"{name}.wav", tone_hz, seconds=1)
    instance.start()
    yield instance
    instance.kill()


@pytest.fixture
def spool(asterisk: PrivateAsterisk) -> SpoolFolder:
    return SpoolFolder(asterisk.places.voicemail, min_s=1.0)


class SundayOffice(LiveOffice):
    """An office that keeps messages where its Asterisk does."""

    folder: Path

    @property
    @override
    def spool(self) -> SpoolFolder:
        return SpoolFolder(self.folder, min_s=1.0)


@pytest.fixture
def office(asterisk: PrivateAsterisk, tmp_path: Path) -> SundayOffice:
    found = SundayOffice(tmp_path)
    found.now, found.folder = SUNDAY, asterisk.places.voicemail
    return found


async def _speak(it: Exchange, spool: SpoolFolder) -> tuple[Customer, Part]:
    """A caller who is being recorded."""
    customer = await it.call(to=WORKSHOP, number="013800138000", tone_hz=CUSTOMER_HZ)
    call = (await it.heard.until(CallArrived)).arrival.call
    part = (await eventually(lambda: spool.parts_of(call)))[0]
    await eventually(lambda: len(spool.sound(part)) > BYTES_PER_SECOND)
    return customer, part


async def test_what_is_being_said_when_the_server_dies_is_recorded_to_its_end_and_not_asked_for_again(
    asterisk: PrivateAsterisk, office: SundayOffice, spool: SpoolFolder
) -> None:
    async with exchange(asterisk, office.handler()) as it:
        customer, part = await _speak(it, spool)
        await it.server_dies()
        died_at = len(spool.sound(part))
        await eventually(lambda: len(spool.sound(part)) > died_at + BYTES_PER_SECOND)
        customer.press("#")
        await customer.until_over(PATIENCE_S)
        heard = customer.listen()
    assert spool.parts_of(part.call) == [part]
    assert strongest_hz(spool.sound(part)) == pytest.approx(CUSTOMER_HZ, abs=5)
    assert any(window.is_tone(THANKS_HZ) for window in heard)
    assert not any(window.is_tone(ASKS_HZ) for window in heard)


async def test_a_new_server_takes_over_what_is_being_said(
    asterisk: PrivateAsterisk, office: SundayOffice, spool: SpoolFolder
) -> None:
    async with exchange(asterisk, office.handler()) as it:
        customer, part = await _speak(it, spool)
        await it.server_dies()
        await it.server_starts(office.handler())
        died_at = len(spool.sound(part))
        await eventually(lambda: len(spool.sound(part)) > died_at + BYTES_PER_SECOND)
        customer.press("#")
        await customer.until_over(PATIENCE_S)
    assert office.imported == [part]
    assert set(office.outcomes) == {Outcome.VOICEMAIL}  # told once more at the end of the flow
    assert "留言已收到" in office.said[-1]
    assert strongest_hz(spool.sound(part)) == pytest.approx(CUSTOMER_HZ, abs=5)


async def _leaves(
    asterisk: PrivateAsterisk,
    prepared: Callable[[CallId], Awaitable[CallMark]],
    *,
    until: Callable[[CallId], object],
) -> tuple[CallId, list[float]]:
    """A caller whose server dies once the call is prepared; returns which tones the caller heard."""
    was_marked = asyncio.Event()

    async def handler(line: Line) -> None:
        if line.entry is LineEntry.ARRIVED:
            await line.answer()
            await line.write_mark(await prepared(line.arrival.call))
            was_marked.set()
        await line.hold()

    async with exchange(asterisk, handler) as it:
        customer = await it.call(to=WORKSHOP, number="013800138000", tone_hz=CUSTOMER_HZ)
        call = (await it.heard.until(CallArrived)).arrival.call
        async with asyncio.timeout(PATIENCE_S):
            await was_marked.wait()
        await it.server_dies()
        await eventually(lambda: until(call) or not customer.is_on_the_phone)
        if customer.is_on_the_phone:
            customer.press("#")
        await customer.until_over(PATIENCE_S)
        heard = customer.listen()
    return call, [hz for hz in (ASKS_HZ, THANKS_HZ) if any(window.is_tone(hz) for window in heard)]


async def test_who_was_not_yet_recorded_is_asked_by_the_switch_itself(
    asterisk: PrivateAsterisk, spool: SpoolFolder
) -> None:
    async def begun(call: CallId) -> CallMark:
        await asyncio.to_thread(spool.begin, call, About(), datetime.now(UTC))
        return SPEAKING

    call, heard = await _leaves(asterisk, begun, until=spool.has_message)
    begun_by_server, taken_by_switch = spool.parts_of(call)
    assert heard == [ASKS_HZ]
    assert spool.sound(begun_by_server) == b""
    assert strongest_hz(spool.sound(taken_by_switch)) == pytest.approx(CUSTOMER_HZ, abs=5)
    assert spool.about(taken_by_switch) == About(
        caller_number="013800138000", dialled=WORKSHOP, language="zh"
    )


async def test_whose_message_is_a_ticket_already_is_only_thanked(
    asterisk: PrivateAsterisk, spool: SpoolFolder
) -> None:
    async def imported(_: CallId) -> CallMark:
        return SPEAKING

    call, heard = await _leaves(asterisk, imported, until=lambda _: False)
    assert heard == [THANKS_HZ]
    assert spool.parts_of(call) == []


async def test_who_waited_after_a_message_may_leave_another_beside_it(
    asterisk: PrivateAsterisk, spool: SpoolFolder
) -> None:
    async def spoken(call: CallId) -> CallMark:
        part = spool.begin(call, About(), datetime.now(UTC))
        write_tone(spool.recording(part), 700, seconds=2)
        return WAITING

    def has_both(call: CallId) -> bool:
        return len(found := spool.parts_of(call)) == 2 and spool.is_message(found[1])

    call, heard = await _leaves(asterisk, spoken, until=has_both)
    assert heard == [ASKS_HZ]
    tones = [strongest_hz(spool.sound(part)) for part in spool.parts_of(call)]
    assert tones == [pytest.approx(700, abs=5), pytest.approx(CUSTOMER_HZ, abs=5)]
