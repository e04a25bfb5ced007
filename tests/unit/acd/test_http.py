"""Routing's part of the API: one call of the service each, always about the agent who asks."""

from typing import Any

import pytest
from pydantic import ValidationError

from acd.break_rules import BreakRules
from acd.http import AcdApi, StateWish
from acd.model import AgentState, Overview, QueueFigures
from infra.web import Context
from kernel.access import Principal, Role
from kernel.ids import AgentId, StaffId
from tests.unit.acd.floor import SALES

LI = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))


class Asked:
    """Notes what routing was asked."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def __getattr__(self, name: str) -> Any:
        async def note(*arguments: object) -> None:
            self.calls.append((name, *arguments))

        return note

    def breaks_for(self, agent: AgentId) -> list[tuple[BreakRules, int | None]]:
        assert agent == LI.staff_id
        rest = BreakRules(key="rest", name_zh="休息", name_en="Rest", limit_s=900)
        return [(rest, 1), (BreakRules(key="meeting", name_zh="会议", name_en="Meeting"), None)]

    def overview(self) -> Overview:
        sales = QueueFigures(
            queue=SALES,
            name_zh="销售",
            name_en="Sales",
            waiting=3,
            longest_since=None,
            answered_today=4,
            abandoned_today=1,
            sent_away_today=2,
            knew_agent_today=3,
            met_agent_today=2,
            service_level_today=0.8,
            service_level_s=20,
            agents={AgentState.READY: 2},
        )
        return Overview(queues=(sales,), agents=())


async def request(path: str, body: StateWish | None = None, **parts: str) -> tuple[Any, list[Any]]:
    asked = Asked()
    route = next(route for route in AcdApi(asked).routes() if route.path == path)  # type: ignore[arg-type]
    reply = await route.handler(Context(user=LI, path=parts, body=body, query=None))
    return reply, asked.calls


async def test_queues_are_listed_with_both_names_and_the_agents_states() -> None:
    reply, _ = await request("/api/queues")
    assert reply.model_dump(mode="json")["items"] == [
        {
            "id": "sales",
            "name": {"zh": "销售", "en": "Sales"},
            "waiting": 3,
            "longest_since": None,
            "answered_today": 4,
            "abandoned_today": 1,
            "sent_away_today": 2,
            "knew_agent_today": 3,
            "met_agent_today": 2,
            "service_level_today": 0.8,
            "agents": {"ready": 2},
        }
    ]


async def test_breaks_are_listed_with_the_places_that_are_left() -> None:
    reply, _ = await request("/api/breaks")
    assert reply.model_dump(mode="json")["items"] == [
        {"key": "rest", "name": {"zh": "休息", "en": "Rest"}, "limit_min": 15, "left": 1},
        {"key": "meeting", "name": {"zh": "会议", "en": "Meeting"}, "limit_min": None, "left": None},
    ]


async def test_agents_change_their_own_state_only() -> None:
    wish = StateWish(state="on_break", reason="午休")
    _, asked = await request("/api/agent/state", wish)
    assert asked == [("set_state", 1, AgentState.ON_BREAK, "午休")]


async def test_wrap_up_is_ended_and_extended_by_its_agent() -> None:
    assert (await request("/api/agent/wrap-up/end"))[1] == [("end_wrap_up", 1)]
    assert (await request("/api/agent/wrap-up/extend"))[1] == [("extend_wrap_up", 1)]


async def test_a_call_is_refused_by_the_agent_it_rings_at() -> None:
    assert (await request("/api/calls/{call_id}/refuse", call_id="c1"))[1] == [("refuse", "c1", 1)]


def test_what_changes_an_agents_work_is_for_agents_alone() -> None:
    routes = AcdApi(Asked()).routes()  # type: ignore[arg-type]
    changing = [route for route in routes if route.method != "GET"]
    assert changing
    assert all(route.roles == {Role.AGENT} for route in changing)


@pytest.mark.parametrize("reason", ["a\x00b", "\ud800", "\u202eback"])
def test_a_reason_with_control_characters_is_refused(reason: str) -> None:
    with pytest.raises(ValidationError):
        StateWish(state="on_break", reason=reason)
    assert StateWish(state="on_break", reason="午休 11:30").reason == "午休 11:30"
