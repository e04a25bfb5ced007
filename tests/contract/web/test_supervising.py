"""A supervisor hears a conversation, over the running server's API."""

import asyncio
from typing import Any

import aiohttp
import pytest

from kernel.ids import DeviceId
from server.simulated.agent import SimulatedAgent
from server.simulated.api import ApiRefused
from telephony.model import WatchMode
from tests.contract.web.conftest import House
from tests.contract.web.test_talks import office

WITHIN_S = 10


async def shows(board: aiohttp.ClientWebSocketResponse, **facts: object) -> dict[str, Any] | None:
    """What the board shows of the conversation that is heard, once it is this; no facts: nothing."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            news = await board.receive_json()
            known = news.get("state") or news.get("set") or {}
            if "watch" not in known:
                continue
            watch: dict[str, Any] | None = known["watch"]
            if watch is None and not facts:
                return None
            if watch is not None and facts and facts.items() <= watch.items():
                return watch


async def test_a_supervisor_listens_is_heard_and_leaves_them_talking(house: House) -> None:
    async with office(house) as at, house.api() as api, house.api() as chen:
        await chen.sign_in("chen", house.password("chen"))
        leader = {
            "name": "zhaolei",
            "password": "zhaolei-password",
            "display_name": "赵磊",
            "roles": ["agent", "supervisor"],
        }
        await chen.ask("POST", "/api/staff", leader)
        me = await api.sign_in("zhaolei", "zhaolei-password")
        agent = SimulatedAgent(api)
        house.switch.register(DeviceId((await agent.take_desk()).username))
        board = await api.events("second-tab-of-zhaolei")
        await api.ask("PUT", f"{at.path}/watch", {"mode": "listen"})
        seen = await shows(board, phase="talking", mode="listen")
        assert seen is not None
        assert (seen["call_id"], seen["agent"]) == (at.call, at.li.staff)
        await api.ask("PUT", f"{at.path}/watch", {"mode": "whisper"})
        await shows(board, phase="talking", mode="whisper")
        assert [watch.mode for watch in house.switch.watches.values()] == [WatchMode.WHISPER]
        await api.ask("DELETE", "/api/watch")
        await shows(board)
        assert house.switch.calls[at.call].talks_with is not None
        with pytest.raises(ApiRefused, match="No other agent talks"):
            await api.ask("PUT", "/api/calls/gone/watch", {"mode": "listen"})
        with pytest.raises(ApiRefused, match="Your phone is in use"):
            await chen.ask("PUT", f"{at.path}/watch", {"mode": "listen"})
        trail = (await chen.ask("GET", "/api/audit"))["items"]
        noted = [(note["staff_id"], note["subject"]) for note in trail if note["action"] == "call_watched"]
        assert sorted(noted) == [(me["staff_id"], f"{at.call} {mode}") for mode in ("listen", "whisper")]
        await agent.go_home()
