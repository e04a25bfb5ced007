import asyncio
from pathlib import Path

from kernel.ids import CallId
from telephony.events import CallArrived, Joined
from telephony.model import CallMark, Phase
from telephony.port import Line
from tests.asterisk.private_asterisk import Exchange, eventually, exchange, prepare
from tests.contract.stages import ring

CALLERS = 14
BOOTS_MAX = 4


async def held(line: Line) -> None:
    await line.answer()
    await line.write_mark(CallMark(phase=Phase.WAITING))
    await line.hold()


async def id_within_another(it: Exchange) -> CallId | None:
    """Many call at once; a call whose whole id begins another's: both came within one second."""
    await asyncio.gather(*(it.call() for _ in range(CALLERS)))
    await eventually(lambda: len(it.heard.of(CallArrived)) == CALLERS)
    calls = [event.arrival.call for event in it.heard.of(CallArrived)]
    return next((call for call in calls if any(o != call and o.startswith(call) for o in calls)), None)


async def test_of_many_callers_an_agent_gets_the_one_meant_though_ids_begin_alike(tmp_path: Path) -> None:
    # Asterisk finds channels by the beginning of their id in places; ids count up from each boot.
    for boot in range(BOOTS_MAX):
        asterisk = prepare(tmp_path / str(boot))
        asterisk.start()
        try:
            async with exchange(asterisk, held) as it:
                call = await id_within_another(it)
                if call is None:
                    continue
                device, _ = await it.phone(7)
                await it.switch.ring(ring(call, device))
                joined = await it.heard.until(Joined)
                alive = await it.switch.snapshot()
        finally:
            asterisk.kill()
        assert joined.call == call
        assert [live.arrival.call for live in alive.calls if live.talks_with] == [call]
        return
    raise AssertionError("no two calls arrived within one second")
