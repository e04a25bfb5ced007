"""Two agents at their desks, over the running server's API: sending on, asking each other, all three."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from kernel.ids import CallId, DeviceId, LegId
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from telephony.model import EndReason
from tests.contract.web.conftest import House
from tests.contract.web.test_server import closed_entry, until_call


@dataclass
class Desk:
    """An agent's API, what their board shows, and their name."""

    api: Api
    board: aiohttp.ClientWebSocketResponse
    staff: int
    agent: SimulatedAgent

    async def shows(self, phase: str, stage: str | None = None) -> dict[str, Any]:
        return await until_call(
            self.board,
            lambda shown: (
                shown["phase"] == phase and (shown["consultation"] or {"stage": None})["stage"] == stage
            ),
        )


@dataclass
class Office:
    """Li Jing talks with a customer; Wang Qiang is ready."""

    house: House
    li: Desk
    wang: Desk
    call: CallId

    @property
    def path(self) -> str:
        return f"/api/calls/{self.call}"

    async def consult(self) -> None:
        wish = {"to_agent": self.wang.staff, "note": "保修期内吗"}
        await self.li.api.ask("POST", f"{self.path}/consultation", wish)
        pop = await self.wang.shows("ringing", "ringing")
        assert pop["consultation"] == {
            "stage": "ringing",
            "name": "李静",
            "is_mine": False,
            "note": "保修期内吗",
        }
        self.house.switch.answer(LegId(pop["leg"]))
        await self.li.shows("talking", "talking")
        await self.wang.shows("talking", "talking")

    async def go_on(self, desk: Desk, step: str) -> None:
        await desk.api.ask("PUT", f"{self.path}/consultation", {"step": step})


async def sit_down(stack: AsyncExitStack, house: House, name: str) -> Desk:
    api = await stack.enter_async_context(house.api())
    me = await api.sign_in(name, house.password(name))
    agent = SimulatedAgent(api)
    desk = await agent.take_desk()
    house.switch.register(DeviceId(desk.username))
    board = await api.events(f"second-tab-of-{name}")
    stack.push_async_callback(board.close)
    return Desk(api, board, int(me["staff_id"]), agent)


@asynccontextmanager
async def office(house: House) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        li, wang = await sit_down(stack, house, "lijing"), await sit_down(stack, house, "wangqiang")
        await li.agent.get_ready()
        call = house.switch.call_in(number="+8613812345678", dialled="4008009000")
        line = house.switch.calls[call].line
        assert line is not None
        line.keys.put_nowait("2")
        pop = await li.shows("ringing")
        house.switch.answer(LegId(pop["leg"]))
        await li.shows("talking")
        await wang.agent.get_ready()
        yield Office(house, li, wang, call)
        await li.agent.go_home()
        await wang.agent.go_home()


async def test_a_caller_is_sent_to_a_colleague_who_reads_why(house: House) -> None:
    async with office(house) as at:
        colleagues = (await at.li.api.ask("GET", "/api/colleagues"))["items"]
        assert (colleagues[0]["name"], colleagues[0]["state"]) == ("王强", "ready")
        assert "李静" not in [one["name"] for one in colleagues]
        wish = {"to_agent": at.wang.staff, "note": "想退货"}
        await at.li.api.ask("POST", f"{at.path}/transfer", wish)
        pop = await at.wang.shows("ringing")
        assert (pop["sent_on"], pop["why"]["code"]) == ({"by": "李静", "note": "想退货"}, "transferred")
        await at.li.shows("wrap_up")
        house.switch.answer(LegId(pop["leg"]))
        await at.wang.shows("talking")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
    assert [(leg["agent_name"], leg["end_reason"]) for leg in story["legs"]] == [
        ("李静", "transferred"),
        ("王强", "caller_hung_up"),
    ]
    assert (story["outcome"], story["agent_name"]) == ("served", "王强")
    assert [(sent["by"], sent["to_agent"], sent["note"]) for sent in story["transfers"]] == [
        ("李静", "王强", "想退货")
    ]


async def test_a_caller_whom_nobody_takes_comes_back(house: House) -> None:
    async with office(house) as at:
        await at.li.api.ask("POST", f"{at.path}/transfer", {"to_agent": at.wang.staff})
        pop = await at.wang.shows("ringing")
        house.switch.end(LegId(pop["leg"]), EndReason.NO_ANSWER)
        back = await at.li.shows("ringing")
        assert (back["why"]["code"], back["answers_itself"]) == ("transfer_returned", False)
        house.switch.answer(LegId(back["leg"]))
        await at.li.shows("talking")


async def test_the_agent_asks_and_connects(house: House) -> None:
    async with office(house) as at:
        await at.consult()
        await at.go_on(at.li, "hand_over")
        await at.li.shows("wrap_up")
        card = await at.wang.shows("talking")
        assert card["sent_on"] == {"by": "李静", "note": "保修期内吗"}
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.wang.api, at.call)
    li, wang = story["legs"]
    assert (li["end_reason"], wang["end_reason"]) == ("transferred", "caller_hung_up")
    assert [(sent["to_agent"], sent["note"]) for sent in story["transfers"]] == [("王强", "保修期内吗")]
    assert li["consulted_at"] is None
    assert wang["consulted_at"] <= wang["answered_at"]


async def test_the_agent_asks_and_comes_back(house: House) -> None:
    async with office(house) as at:
        await at.consult()
        await at.go_on(at.li, "take_back")
        await at.li.shows("talking")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
    _, wang = story["legs"]
    assert story["agent_name"] == "李静"
    assert (wang["answered_at"], wang["consulted_at"] is None) == (None, False)


@pytest.mark.parametrize("leaves", ["li", "wang"])
async def test_all_three_talk_until_one_leaves(house: House, leaves: str) -> None:
    async with office(house) as at:
        await at.consult()
        await at.go_on(at.li, "join_all")
        await at.li.shows("talking", "three_way")
        await at.wang.shows("talking", "three_way")
        gone, stays = (at.li, at.wang) if leaves == "li" else (at.wang, at.li)
        await at.go_on(gone, "leave")
        await gone.shows("wrap_up")
        await stays.shows("talking")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
    assert all(leg["answered_at"] for leg in story["legs"])


async def test_what_is_not_ones_own_or_makes_no_sense_is_refused_with_a_sentence(house: House) -> None:
    async with office(house) as at:
        with pytest.raises(ApiRefused, match="do not talk with this caller"):
            await at.wang.api.ask("POST", f"{at.path}/transfer", {"to_queue": "sales"})
        with pytest.raises(ApiRefused, match="cannot be rung now"):
            await at.li.api.ask("POST", f"{at.path}/transfer", {"to_agent": at.li.staff})
        with pytest.raises(ApiRefused, match="cannot be accepted"):
            await at.li.api.ask(
                "POST", f"{at.path}/transfer", {"to_agent": at.wang.staff, "to_queue": "sales"}
            )
        with pytest.raises(ApiRefused, match="no such queue"):
            await at.li.api.ask("POST", f"{at.path}/transfer", {"to_queue": "nowhere"})
        with pytest.raises(ApiRefused, match="No colleague is being asked"):
            await at.go_on(at.li, "hand_over")


async def test_a_caller_is_sent_into_a_voice_menu_and_comes_to_the_queue_they_choose_there(
    house: House,
) -> None:
    async with office(house) as at:
        flows = (await at.li.api.ask("GET", "/api/flows"))["items"]
        assert "menu" in next(one["nodes"] for one in flows if one["name"] == "main")
        for wrong in ({"flow": "nowhere"}, {"flow": "main", "node": "nowhere"}):
            with pytest.raises(ApiRefused, match="no such place"):
                await at.li.api.ask("POST", f"{at.path}/transfer", {"to_flow": wrong})
        twice = {"to_flow": {"flow": "main"}, "to_queue": "sales"}
        with pytest.raises(ApiRefused):
            await at.li.api.ask("POST", f"{at.path}/transfer", twice)
        await at.li.api.ask("POST", f"{at.path}/transfer", {"to_flow": {"flow": "main", "node": "menu"}})
        await at.li.shows("wrap_up")
        line = house.switch.calls[at.call].line
        assert line is not None
        line.keys.put_nowait("3")
        pop = await at.wang.shows("ringing")
        assert pop["said_in_menu"][-1]["zh"] == "技术支持"
        house.switch.answer(LegId(pop["leg"]))
        await at.wang.shows("talking")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
    assert [(leg["agent_name"], leg["end_reason"]) for leg in story["legs"]] == [
        ("李静", "transferred"),
        ("王强", "caller_hung_up"),
    ]
    assert [(sent["by"], sent["to_flow"], sent["to_queue"]) for sent in story["transfers"]] == [
        ("李静", "main", None)
    ]
    assert story["outcome"] == "served"


async def test_a_caller_who_leaves_the_voice_menu_they_were_sent_to_was_served(house: House) -> None:
    async with office(house) as at:
        await at.li.api.ask("POST", f"{at.path}/transfer", {"to_flow": {"flow": "main"}})
        await at.li.shows("wrap_up")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
        missed = await at.li.api.ask("GET", "/api/missed-callers")
    assert (story["outcome"], missed["items"]) == ("served", [])


async def rung_outside(house: House) -> LegId:
    """Whoever outside is rung, once the caller who was sent there hears music: nobody answers sooner."""
    async with asyncio.timeout(5):
        while True:
            for leg, known in house.switch.legs.items():
                call = house.switch.calls.get(known.ring.call)
                is_held = call is not None and call.line is not None and call.line.is_held
                if known.ring.outside is not None and (is_held or known.ring.asked_by is not None):
                    return leg
            await asyncio.sleep(0.01)


async def test_a_caller_is_sent_to_an_expert_whose_name_stands_in_the_story(house: House) -> None:
    async with office(house) as at:
        experts = (await at.li.api.ask("GET", "/api/experts"))["items"]
        zhao = next(one for one in experts if one["name"] == "赵工")
        await at.li.api.ask("POST", f"{at.path}/transfer", {"to_expert": zhao["key"], "note": "漏水"})
        await at.li.shows("wrap_up")
        leg = await rung_outside(house)
        outside = house.switch.legs[leg].ring.outside
        assert outside is not None
        assert list(outside.numbers) == zhao["numbers"]
        house.switch.answer(leg)
        house.switch.end(leg, EndReason.AGENT_HUNG_UP)
        story = await closed_entry(at.li.api, at.call)
    assert [(one["agent_name"], one["end_reason"]) for one in story["legs"]] == [
        ("李静", "transferred"),
        ("赵工", "agent_hung_up"),
    ]
    assert (story["outcome"], story["agent_name"]) == ("served", "赵工")
    assert [(sent["to_agent"], sent["note"]) for sent in story["transfers"]] == [("赵工", "漏水")]


async def test_a_number_is_asked_and_shown_without_its_middle(house: House) -> None:
    async with office(house) as at:
        await at.li.api.ask("POST", f"{at.path}/consultation", {"to_number": "138 0000 7777"})
        card = await at.li.shows("talking", "ringing")
        assert card["consultation"]["name"] == "86138****7777"
        house.switch.answer(await rung_outside(house))
        await at.li.shows("talking", "talking")
        await at.go_on(at.li, "hand_over")
        await at.li.shows("wrap_up")
        house.switch.caller_hangs_up(at.call)
        story = await closed_entry(at.li.api, at.call)
    assert [one["agent_name"] for one in story["legs"]] == ["李静", "86138****7777"]


@pytest.mark.parametrize(
    "wish",
    [
        {"to_number": "+44 20 7946 0123"},
        {"to_number": "400-800-9000"},
        {"to_number": "hello"},
        {"to_expert": "miller"},
        {"to_expert": "nobody"},
        {"to_expert": "zhao", "to_number": "13800007777"},
    ],
)
async def test_nobody_outside_is_rung_whom_the_rules_of_calling_do_not_allow(
    house: House, wish: dict[str, str]
) -> None:
    async with office(house) as at:
        for path in ("transfer", "consultation"):
            with pytest.raises(ApiRefused):
                await at.li.api.ask("POST", f"{at.path}/{path}", wish)
        with pytest.raises(ApiRefused):
            await at.li.api.ask("POST", f"{at.path}/consultation", {})
        legs = [known.ring.outside for known in house.switch.legs.values()]
    assert legs == [None]
