"""A queue over its limit: supervisors are asked, agree, and a killed server forgets neither."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from kernel.ids import DeviceId
from server import installation
from server.settings import Settings
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House, house_in, settings_in
from tests.contract.web.test_server import until_call

CALLER = "+8613812345678"
RESERVE = "    reserve: {from: technical, waiting: 2, until_waiting: 0, stays_s: 0, by: proposal}\n"


def settings_with_reserve(folder: Path) -> Settings:
    settings = settings_in(folder)
    installation.lay_out(settings.places)
    queues = settings.places.queues
    name = "    name: {zh: 投诉热线, en: Complaints}\n"
    queues.write_text(queues.read_text(encoding="utf-8").replace(name, name + RESERVE), encoding="utf-8")
    return settings


async def until_help(board: ClientWebSocketResponse, wanted: str | None) -> dict[str, Any]:
    """The wallboard's row of complaints once it stands so with its reserve."""
    async with asyncio.timeout(30):
        while True:
            message = await board.receive_json()
            row = message.get("set", message.get("state", {})).get("queue/complaints")
            if row is not None and (row["help"] or {"help": None})["help"] == wanted:
                found: dict[str, Any] = row
                return found


async def trail_until(api: Api, last: tuple[str, str]) -> list[tuple[str, str]]:
    """What the trail says of help, the newest first, once this is the newest."""
    async with asyncio.timeout(30):
        while True:
            lines = (await api.ask("GET", "/api/audit"))["items"]
            said = [(line["action"], line["subject"]) for line in lines if line["action"].startswith("help")]
            if said and said[0] == last:
                return said


async def enter(stack: AsyncExitStack, house: House, name: str) -> Api:
    api = await stack.enter_async_context(house.api())
    await api.sign_in(name, house.password(name))
    return api


async def board_of(stack: AsyncExitStack, api: Api) -> ClientWebSocketResponse:
    board = await api.events("wallboard")
    stack.push_async_callback(board.close)
    return board


def complain(house: House) -> None:
    call = house.switch.call_in(number=CALLER, dialled="4008009000")
    line = house.switch.calls[call].line
    assert line is not None
    line.keys.put_nowait("2")


async def test_supervisors_are_asked_and_their_answer_outlives_the_server(tmp_path: Path) -> None:
    settings = settings_with_reserve(tmp_path)
    async with house_in(settings) as house, AsyncExitStack() as stack:
        chen = await enter(stack, house, "chen")
        board = await board_of(stack, chen)
        everybody = (await chen.ask("GET", "/api/agents"))["items"]
        for agent in everybody:
            await chen.ask("PATCH", f"/api/agents/{agent['staff_id']}", {"queues": ["technical"]})
        li = await enter(stack, house, "lijing")
        agent = SimulatedAgent(li)
        desk = await agent.take_desk()
        house.switch.register(DeviceId(desk.username))
        desk_of_li = await li.events("second-tab")
        stack.push_async_callback(desk_of_li.close)
        await agent.get_ready()

        with pytest.raises(ApiRefused, match="No help is proposed"):
            await chen.ask("PUT", "/api/queues/complaints/help", {"helps": True})
        complain(house)
        complain(house)
        row = await until_help(board, "proposed")
        assert row["help"]["queues"] == [{"zh": "技术支持", "en": "Technical support"}]
        await chen.ask("PUT", "/api/queues/complaints/help", {"helps": True})
        pop = await until_call(desk_of_li, lambda shown: shown["phase"] == "ringing")
        assert (pop["queue"], pop["why"]["is_help"]) == ("complaints", True)
        await until_help(board, "given")
        await agent.go_home()

    async with house_in(settings) as house, AsyncExitStack() as stack:
        chen = await enter(stack, house, "chen")
        board = await board_of(stack, chen)
        await until_help(board, None)  # the calls are gone with the switch, and so is the need
        said = await trail_until(chen, ("help_by_rule", "complaints over"))
    assert ("help_accepted", "complaints") in said
    assert ("help_by_rule", "complaints proposed") in said
