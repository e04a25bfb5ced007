"""Who gives up is listed and has the waiting back, across a restart of the whole server."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernel.ids import CallId, DeviceId, LegId
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api
from tests.contract.web.conftest import House, house_in, settings_in

NUMBER = "+8613900001111"
WAITED_S = 1.0
Shown = list[dict[str, Any]]


async def eventually(api: Api, path: str, is_it: Callable[[Shown], object]) -> Shown:
    shown: Shown = []
    async with asyncio.timeout(20):
        while not is_it(shown := (await api.ask("GET", path))["items"]):
            pass
    return shown


async def waits(house: House, api: Api) -> tuple[CallId, dict[str, Any]]:
    """The customer calls, and asks for complaints, where nobody is."""
    call = house.switch.call_in(number=NUMBER, dialled="4008009000")
    line = house.switch.calls[call].line
    assert line is not None
    line.keys.put_nowait("2")
    (waiting,) = await eventually(
        api, "/api/queues/complaints/waiting", lambda shown: shown and shown[0]["waited_s"] > WAITED_S
    )
    assert waiting["call_id"] == call
    return call, waiting


async def missed(api: Api, times: int) -> dict[str, Any]:
    """The one entry of the list, once it says so often."""
    (shown,) = await eventually(
        api, "/api/missed-callers", lambda shown: shown and shown[0]["times"] == times
    )
    assert (shown["number_shown"], shown["queue"], shown["reason"]) == (NUMBER, "complaints", "gave_up")
    return shown


async def test_who_gives_up_is_listed_until_they_get_through_and_has_the_lost_wait_back(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    web = settings.web.model_copy(update={"missed_callers_kept_s": 0.0})
    settings = settings.model_copy(update={"web": web})
    async with house_in(settings) as house, house.api() as api:
        await api.sign_in("chen", house.password("chen"))
        call, waiting = await waits(house, api)
        assert waiting["boosts"] == []
        house.switch.caller_hangs_up(call)
        first = await missed(api, 1)
        assert first["waited_s"] >= WAITED_S
    async with house_in(settings) as house, house.api() as api:
        house.switch._count = 100  # a switch that goes on names no two calls alike
        await api.sign_in("chen", house.password("chen"))
        assert await missed(api, 1) == first
        call, waiting = await waits(house, api)
        (boost,) = waiting["boosts"]
        assert (boost["source"], round(boost["seconds"], 1)) == ("lost_wait", first["waited_s"])
        assert (await api.ask("GET", "/api/missed-callers"))["items"] == []
        house.switch.caller_hangs_up(call)
        await missed(api, 2)
        await is_answered(house)
        await eventually(api, "/api/missed-callers", lambda shown: not shown)


async def is_answered(house: House) -> None:
    """The customer calls once more, and Li Jing is there."""
    async with house.api() as api:
        await api.sign_in("lijing", house.password("lijing"))
        agent = SimulatedAgent(api)
        desk = await agent.take_desk()
        house.switch.register(DeviceId(desk.username))
        await agent.get_ready()
        assert [one["times"] for one in (await api.ask("GET", "/api/missed-callers"))["items"]] == [2]
        call = house.switch.call_in(number=NUMBER, dialled="4008009000")
        line = house.switch.calls[call].line
        assert line is not None
        line.keys.put_nowait("2")
        leg = LegId("")
        async with asyncio.timeout(20):
            while not leg:
                leg = next((leg for leg in house.switch.legs if leg.startswith(f"leg-{call}-")), leg)
                await api.ask("GET", "/api/session")
        house.switch.answer(leg)
        house.switch.caller_hangs_up(call)
        await agent.go_home()
