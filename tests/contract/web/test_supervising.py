"""A supervisor hears a conversation, over the running server's API."""

import asyncio
from typing import Any

import aiohttp
import pytest

from kernel.ids import DeviceId, LegId
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from telephony.model import WatchMode
from tests.contract.web.conftest import House
from tests.contract.web.test_server import closed_entry, until_call
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


async def employ_leader(house: House, chen: Api, api: Api) -> tuple[dict[str, Any], SimulatedAgent]:
    """Who is an agent too, and has a phone."""
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
    return me, agent


async def noted(chen: Api, *actions: str) -> list[tuple[int, str, str]]:
    """Who did these, and to what."""
    trail = (await chen.ask("GET", "/api/audit"))["items"]
    return sorted(
        (note["staff_id"], note["action"], note["subject"]) for note in trail if note["action"] in actions
    )


async def test_a_supervisor_listens_is_heard_and_leaves_them_talking(house: House) -> None:
    async with office(house) as at, house.api() as api, house.api() as chen:
        chen_me = await chen.sign_in("chen", house.password("chen"))
        me, agent = await employ_leader(house, chen, api)
        board = await api.events("second-tab-of-zhaolei")

        def me_did(action: str, subject: str) -> tuple[int, str, str]:
            return me["staff_id"], action, subject

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
        assert await noted(chen, "call_watched", "call_watch_ended") == sorted(
            [
                *(me_did("call_watched", f"{at.call} {mode}") for mode in ("listen", "whisper")),
                me_did("call_watch_ended", at.call),
                me_did("call_watched", "gone listen"),
                me_did("call_watched", "gone listen failed: nothing_to_hear"),
                *(
                    (chen_me["staff_id"], "call_watched", f"{at.call} listen{how}")
                    for how in ("", " failed: phone_in_use")
                ),
            ]
        )
        await agent.go_home()


async def test_who_is_no_supervisor_any_more_hears_nothing_more(house: House) -> None:
    async with office(house) as at, house.api() as api, house.api() as chen:
        await chen.sign_in("chen", house.password("chen"))
        me, agent = await employ_leader(house, chen, api)
        board = await api.events("second-tab-of-zhaolei")
        await api.ask("PUT", f"{at.path}/watch", {"mode": "listen"})
        await shows(board, phase="talking", mode="listen")
        await chen.ask("PATCH", f"/api/staff/{me['staff_id']}", {"roles": ["agent"]})
        await shows(board)
        assert house.switch.watches == {}
        assert house.switch.calls[at.call].talks_with is not None
        await agent.go_home()


async def test_a_supervisor_takes_a_caller_over(house: House) -> None:
    async with office(house) as at, house.api() as api, house.api() as chen:
        await chen.sign_in("chen", house.password("chen"))
        me, agent = await employ_leader(house, chen, api)
        board = await api.events("second-tab-of-zhaolei")
        await api.ask("PUT", f"{at.path}/watch", {"mode": "listen"})
        await shows(board, phase="talking", mode="listen")
        await api.ask("POST", f"{at.path}/take-over")
        pop = await until_call(board, lambda card: card["phase"] == "ringing")
        assert (pop["answers_itself"], pop["why"]["code"]) == (True, "taken_over")
        await at.li.shows("wrap_up")
        house.switch.answer(LegId(pop["leg"]))
        await until_call(board, lambda card: card["phase"] == "talking")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
        assert await noted(chen, "call_taken_over") == [(me["staff_id"], "call_taken_over", at.call)]
        await agent.go_home()
    assert [leg["end_reason"] for leg in story["legs"]] == ["transferred", "caller_hung_up"]
    assert [sent["by"] for sent in story["transfers"]] == ["李静"]


async def test_a_supervisor_sends_an_agent_on_a_break_and_a_waiting_caller_elsewhere(house: House) -> None:
    async with office(house) as at, house.api() as chen:
        me = await chen.sign_in("chen", house.password("chen"))
        board = await chen.events("tab-of-chen")
        state = f"/api/agents/{at.wang.staff}/state"
        await chen.ask("PUT", state, {"state": "offline"})
        # A board tells of a queue now and then: it may still show the caller who talks with Li Jing by now.
        await shows_waiting(board, "complaints", 0)
        waits = house.switch.call_in(number="+8613812345679", dialled="4008009000")
        line = house.switch.calls[waits].line
        assert line is not None
        line.keys.put_nowait("2")
        await shows_waiting(board, "complaints", 1)
        await chen.ask("PUT", f"/api/calls/{waits}/queue", {"queue": "technical"})
        await shows_waiting(board, "technical", 1)
        listed = (await chen.ask("GET", "/api/queues/technical/waiting"))["items"]
        assert [one["call_id"] for one in listed] == [waits]
        with pytest.raises(ApiRefused, match="There is no such queue"):
            await chen.ask("PUT", f"/api/calls/{waits}/queue", {"queue": "gone"})
        assert await noted(chen, "call_moved", "agent_state_set") == [
            (me["staff_id"], "agent_state_set", f"{at.wang.staff} offline"),
            (me["staff_id"], "call_moved", f"{waits} gone"),
            (me["staff_id"], "call_moved", f"{waits} gone failed: unknown_queue"),
            (me["staff_id"], "call_moved", f"{waits} technical"),
        ]


async def shows_waiting(board: aiohttp.ClientWebSocketResponse, queue: str, count: int) -> None:
    """The board says that so many wait."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            news = await board.receive_json()
            known = news.get("state") or news.get("set") or {}
            if known.get(f"queue/{queue}", {}).get("waiting") == count:
                return
