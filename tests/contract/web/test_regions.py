"""A caller's region, from the record or the number to the agent of that branch, in the whole server."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse

from kernel.ids import DeviceId, LegId
from server import installation
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House, house_in, settings_in
from tests.contract.web.test_server import until_call

REGIONS = """
regions:
  east: {name: {zh: 华东分公司, en: East}, places: [江苏, 浙江], area_codes: ["0571"]}
  south: {name: {zh: 华南分公司, en: South}, places: [广东]}
"""
FROM_JIANGSU, FROM_BEIJING = "+8613812341234", "+861065529988"


def write_site(folder: Path) -> None:
    (folder / "site" / "regions.yaml").write_text(REGIONS, encoding="utf-8")
    queues = folder / "site" / "queues.yaml"
    nearest = queues.read_text(encoding="utf-8").replace("strategy: longest_idle", "strategy: 地区优先")
    queues.write_text(nearest.replace("sticky: {days: 7", "sticky: {days: 0"), encoding="utf-8")


async def sit_down(stack: AsyncExitStack, house: House, name: str) -> ClientWebSocketResponse:
    api = await stack.enter_async_context(house.api())
    await api.sign_in(name, house.password(name))
    agent = SimulatedAgent(api)
    desk = await agent.take_desk()
    house.switch.register(DeviceId(desk.username))
    board = await api.events(f"second-tab-of-{name}")
    await agent.get_ready()
    stack.push_async_callback(board.close)
    stack.push_async_callback(agent.go_home)
    return board


async def rings(house: House, board: ClientWebSocketResponse, number: str) -> dict[str, Any]:
    """What the desk shows of a call for sales from this number, and then is over."""
    call = house.switch.call_in(number=number, dialled="4008009000")
    line = house.switch.calls[call].line
    assert line is not None
    line.keys.put_nowait("1")
    pop = await until_call(board, lambda shown: shown["call_id"] == call and shown["phase"] == "ringing")
    house.switch.answer(LegId(pop["leg"]))
    await until_call(board, lambda shown: shown["phase"] == "talking")
    house.switch.caller_hangs_up(call)
    return pop


async def told_of(api: Api, name: str) -> dict[str, Any]:
    found = (await api.ask("GET", "/api/staff"))["items"]
    return next(one for one in found if one["name"] == name)


async def test_the_local_branch_comes_first_and_the_desk_says_why(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    installation.lay_out(settings.places)
    write_site(tmp_path)
    async with house_in(settings) as house, AsyncExitStack() as stack:
        admin = await stack.enter_async_context(house.api())
        await admin.sign_in("chen", house.password("chen"))
        li, wang = await told_of(admin, "lijing"), await told_of(admin, "wangqiang")
        changed = await admin.ask(
            "PATCH", f"/api/agents/{wang['id']}", {"region": "east", "queues": ["sales"], "wrap_up_s": 0}
        )
        assert (changed["region"], changed["queues"], changed["wrap_up_s"]) == ("east", ["sales"], 0)
        await admin.ask("PATCH", f"/api/agents/{li['id']}", {"queues": ["sales"], "wrap_up_s": 0})
        with pytest.raises(ApiRefused, match="no such region"):
            await admin.ask("PATCH", f"/api/agents/{li['id']}", {"region": "west"})
        with pytest.raises(ApiRefused):
            await admin.ask("PATCH", "/api/agents/4711", {"region": "east"})
        assert (await admin.ask("GET", "/api/regions"))["items"][0] == {
            "key": "east",
            "name": {"zh": "华东分公司", "en": "East"},
        }

        board_of_li = await sit_down(stack, house, "lijing")
        board_of_wang = await sit_down(stack, house, "wangqiang")

        pop = await rings(house, board_of_wang, FROM_JIANGSU)
        assert [pop["why"][key] for key in ("code", "region", "region_by", "branch")] == [
            "region",
            "east",
            "number",
            "local",
        ]
        story = await admin.ask("GET", f"/api/calls/{pop['call_id']}")
        assert story["why"]["branch"] == "local"
        (offer,) = story["offers"]
        assert (offer["agent"]["name"], offer["result"], offer["queue"]) == ("王强", "answered", "sales")
        assert offer["passed_over"] == [{"agent": {"id": li["id"], "name": "李静"}, "reason": "farther"}]

        pop = await rings(house, board_of_li, FROM_BEIJING)
        assert [pop["why"][key] for key in ("code", "region", "branch")] == ["region", "", "headquarters"]

        moved = {"name": "周敏", "numbers": [FROM_BEIJING], "region": "浙江省杭州市"}
        await admin.ask("POST", "/api/customers", moved)
        pop = await rings(house, board_of_wang, FROM_BEIJING)
        assert [pop["why"][key] for key in ("region", "region_by", "branch")] == ["east", "record", "local"]
