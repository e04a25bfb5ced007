"""An urgent electricity fault by the running server: due within ten minutes, escalated, answered."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kernel.clock import SystemClock
from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House, house_in, settings_in
from tests.contract.web.test_rights import employ_supervisor

WAIT_S = 30
FAULT = {
    "type": "technical_support",
    "product": "智能电表",
    "priority": "urgent",
    "title": "电表冒烟，整栋楼停电",
    "description": "幸福路12号，有老人被困电梯",
}


class Clock(SystemClock):
    """The machine's, and some time more."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.ahead

    def leap(self, minutes: float) -> None:
        self.ahead += timedelta(minutes=minutes)


class Page:
    """Somebody signed in, and what their page hears of notices."""

    def __init__(self, api: Api, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.api = api
        self._socket = socket

    async def has_unseen(self, count: int) -> None:
        """Waits until the page says so."""
        async with asyncio.timeout(WAIT_S):
            while True:
                message = await self._socket.receive_json()
                told = message.get("set", message.get("state", {})).get("deadline_notices")
                if told is not None and told["unseen"] == count:
                    return

    async def notices(self) -> list[tuple[str, str]]:
        """Of what they were told, the oldest first."""
        found = (await self.api.ask("GET", "/api/deadline-notices"))["items"]
        return [(one["kind"], one["mark"]) for one in reversed(found)]

    async def first_response(self, ticket: int) -> dict[str, Any]:
        found = (await self.api.ask("GET", f"/api/tickets/{ticket}/deadlines"))["items"]
        return next(one for one in found if one["kind"] == "first_response")


async def page_of(house: House, stack: AsyncExitStack, name: str, password: str | None = None) -> Page:
    api = await stack.enter_async_context(house.api())
    await api.sign_in(name, password or house.password(name))
    return Page(api, await api.events(f"page-of-{name}"))


async def is_due(page: Page, ticket: int) -> dict[str, Any]:
    """The deadlines of a new ticket are found beside its making."""
    async with asyncio.timeout(WAIT_S):
        while True:
            found = (await page.api.ask("GET", f"/api/tickets/{ticket}/deadlines"))["items"]
            if found:
                return await page.first_response(ticket)


async def test_an_urgent_fault_is_due_in_ten_minutes_goes_up_and_is_answered(tmp_path: Path) -> None:
    settings, clock = settings_in(tmp_path), Clock()
    async with house_in(settings, clock=clock) as house, AsyncExitStack() as stack:
        await employ_supervisor(house)
        li = await page_of(house, stack, "lijing")
        boss = await page_of(house, stack, "superior", "superior-password")
        ticket = await reported(li)
        clock.leap(7)
        await li.has_unseen(1)
        assert await li.notices() == [("first_response", "reminder")]
        assert await boss.notices() == []
        clock.leap(3)
        await li.has_unseen(2)
        await boss.has_unseen(1)
        assert await boss.notices() == [("first_response", "escalation")]
        overdue = (await boss.api.ask("GET", "/api/tickets?overdue=true&sort=due_at"))["items"]
        assert [one["id"] for one in overdue] == [ticket]

    # Ten minutes go by in which no server runs: whose turn it was then is told at the next start, and once.
    clock.leap(10)
    async with house_in(settings, clock=clock) as house, AsyncExitStack() as stack:
        chen = await page_of(house, stack, "chen")
        await chen.has_unseen(2)
        assert await chen.notices() == [("first_response", "escalation")] * 2
        li = await page_of(house, stack, "lijing")
        await answered(li, ticket)
        await seen_by_one_alone(chen, li)
        clock.leap(20)
        await resolved(li, ticket)
        clock.leap(20)
        settled = await li.api.ask("POST", "/api/tickets", FAULT)
        await is_due(li, settled["id"])
        assert await li.notices() == [("first_response", "reminder"), ("first_response", "warning")]
        assert len(await chen.notices()) == 2


async def reported(li: Page) -> int:
    """The fault as a ticket, due in ten minutes, at the top of the list."""
    ticket: int = (await li.api.ask("POST", "/api/tickets", FAULT))["id"]
    response = await is_due(li, ticket)
    assert (response["rule"], response["amount_s"], response["is_overdue"]) == ("紧急", 600, False)
    assert 590 <= response["left_s"] <= 600
    first = (await li.api.ask("GET", "/api/tickets?sort=due_at"))["items"][0]
    assert (first["id"], first["due_at"]) == (ticket, response["due_at"])
    return ticket


async def resolved(li: Page, ticket: int) -> None:
    """The step is done that the fault's workflow began with, and nothing is left to be done."""
    path = f"/api/tickets/{ticket}/workflow"
    values = {"fault": "电表短路", "remedy": "已断电，换新表"}
    entries = {"version": 1, "values": values, "checks": {"restarted": True}}
    version = (await li.api.ask("POST", f"{path}/entries", entries))["workflow"]["version"]
    await li.api.ask("POST", f"{path}/steps", {"version": version, "to": "solved"})


async def answered(li: Page, ticket: int) -> None:
    """Twenty minutes late, the customer hears something; nothing is overdue any more."""
    told = {"channel": "phone", "note": "已通知供电抢修，二十分钟内到"}
    await li.api.ask("POST", f"/api/tickets/{ticket}/contacts", told)
    response = await li.first_response(ticket)
    assert (response["ended_at"] is not None, response["is_overdue"]) == (True, True)
    assert 1200 <= response["spent_s"] <= 1200 + 2 * WAIT_S
    assert (await li.api.ask("GET", "/api/tickets?overdue=true"))["items"] == []


async def seen_by_one_alone(chen: Page, li: Page) -> None:
    """A notice is marked by whom it was for, and by nobody else."""
    first, _ = (await chen.api.ask("GET", "/api/deadline-notices?new=true"))["items"]
    await chen.api.ask("POST", f"/api/deadline-notices/{first['id']}/seen")
    await chen.has_unseen(1)
    with pytest.raises(ApiRefused, match="does not exist"):
        await li.api.ask("POST", f"/api/deadline-notices/{first['id']}/seen")


async def test_the_time_stands_still_while_the_customer_is_waited_for(tmp_path: Path) -> None:
    settings, clock = settings_in(tmp_path), Clock()
    async with house_in(settings, clock=clock) as house, AsyncExitStack() as stack:
        li = await page_of(house, stack, "lijing")
        made = await li.api.ask("POST", "/api/tickets", FAULT)
        await is_due(li, made["id"])
        waiting = {"version": made["version"], "state": "pending_feedback"}
        await li.api.ask("PATCH", f"/api/tickets/{made['id']}", waiting)
        async with asyncio.timeout(WAIT_S):
            while not (await li.first_response(made["id"]))["is_paused"]:
                pass
        clock.leap(25)
        response = await li.first_response(made["id"])
        assert (response["due_at"], response["is_overdue"]) == (None, False)
        assert response["left_s"] >= 600 - WAIT_S
        assert await li.notices() == []
