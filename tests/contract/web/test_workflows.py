"""Manufacturing quality through five departments by the running server: received, inspected, ... archived."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House

WAIT_S = 30
MATTER = {
    "type": "complaint",
    "title": "同批次三台洗衣机异响",
    "description": "脱水时异响，外壳发烫",
    "category": "质量",
    "product": "XQG100",
}
WAY = ["receive", "inspect", "report", "cause", "improve", "feedback", "settled", "archive"]


class Desk:
    """One who is signed in, at one ticket."""

    def __init__(self, api: Api, ticket: int) -> None:
        self.api = api
        self.path = f"/api/tickets/{ticket}"

    async def workflow(self) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (await self.api.ask("GET", f"{self.path}/workflow"))["workflow"]
        return found

    async def is_at(self, step: str) -> dict[str, Any]:
        """Waits until the ticket is there: a new one begins beside its making."""
        async with asyncio.timeout(WAIT_S):
            while (found := await self.workflow()) is None or found["step"]["key"] != step:
                continue
        return found

    async def claim(self) -> None:
        """Takes up what waits for this person's department."""
        ticket = await self.api.ask("GET", self.path)
        await self.api.ask("PATCH", self.path, {"version": ticket["version"], "state": "processing"})

    async def done(self, step: str, to: str, **values: str) -> dict[str, Any]:
        """Does all that the step asks for, and takes the next."""
        found = await self.is_at(step)
        entries = {
            "version": found["version"],
            "values": values,
            "checks": {one["key"]: True for one in found["checks"]},
        }
        filled = (await self.api.ask("POST", f"{self.path}/workflow/entries", entries))["workflow"]
        assert filled["is_done"], filled["fields"]
        going = {"version": filled["version"], "to": to}
        went: dict[str, Any] = (await self.api.ask("POST", f"{self.path}/workflow/steps", going))["workflow"]
        return went

    async def matter(self) -> tuple[str, str | None, str]:
        ticket = await self.api.ask("GET", self.path)
        return ticket["state"], ticket["owner"], ticket["department"]


async def test_a_quality_matter_goes_through_five_departments_to_the_archive(house: House) -> None:
    async with AsyncExitStack() as stack:
        li, wang = [await signed_in(house, stack, name) for name in ("lijing", "wangqiang")]
        ticket = (await li.ask("POST", "/api/tickets", MATTER))["id"]
        service, plant = Desk(li, ticket), Desk(wang, ticket)

        received = await service.is_at("receive")
        assert (received["name"]["zh"], received["step"]["name"]["en"]) == ("制造质量", "Receive")
        assert [one["key"] for one in received["fields"] if one["is_missing"]] == ["batch"]
        assert "人身安全" in received["instruction"]["zh"]
        await is_due(li, service, "receive", 2)
        await refused(li, service.path, {"version": received["version"], "to": "inspect"}, "is missing")
        went = await service.done("receive", "inspect", batch="B-2026-11")
        assert (went["handler"]["department"], went["is_mine"]) == ("quality", True)
        assert await service.matter() == ("pending_assignment", None, "quality")

        await is_due(li, service, "inspect", 18)
        await plant.claim()
        assert await plant.matter() == ("processing", "王强", "quality")
        await refused(li, service.path, {"version": went["version"], "to": "report"}, "Somebody else does")
        inspected = await plant.done("inspect", "report", finding="轴承磨损", defects="3")
        assert [one["to"] for one in inspected["next"] if one["is_open"]] == ["cause", "feedback"]
        for step, to, department, entries in (
            ("report", "cause", "laboratory", {}),
            ("cause", "improve", "engineering", {"cause": "轴承供应商换料"}),
            ("improve", "feedback", "production", {"measure": "来料全检", "effective_from": "2026-12-01"}),
        ):
            assert await plant.matter() == ("pending_assignment", None, department)
            await plant.claim()
            await plant.done(step, to, **entries)

        assert await service.matter() == ("pending_assignment", None, "customer_service")
        await service.claim()
        told = await service.done("feedback", "settled", satisfied="yes")
        assert await service.matter() == ("resolved", "李静", "customer_service")
        await refused(li, service.path, {"version": told["version"] - 1, "to": "archive"}, "both texts")
        archived = await service.done("settled", "archive")
        assert (archived["next"], (await service.matter())[0]) == ([], "closed")
        await has_kept_all(li, service)


async def is_due(li: Api, service: Desk, step: str, hours: int) -> None:
    """Waits until the step's own time is among the ticket's deadlines."""
    async with asyncio.timeout(WAIT_S):
        while True:
            found = (await li.ask("GET", f"{service.path}/deadlines"))["items"]
            steps = [one for one in found if one["kind"] == "step" and one["step"] == step]
            if steps:
                break
    assert (steps[0]["amount_s"], steps[0]["rule"], steps[0]["calendar"]) == (
        hours * 3600,
        "quality",
        "office",
    )


async def has_kept_all(li: Api, service: Desk) -> None:
    """Every step stands in the history, with who took it; the way is there as a picture."""
    history = (await li.ask("GET", service.path))["history"]
    steps = [(one["after"], one["by"]) for one in history if one["field"] == "step"]
    assert [step for step, _ in steps] == WAY
    assert [by for _, by in steps] == [None, "李静", "王强", "王强", "王强", "王强", "李静", "李静"]
    drawn = await li.ask("GET", f"{service.path}/workflow/diagram?language=zh")
    assert "检测" in drawn["svg"]


async def refused(api: Api, path: str, body: dict[str, Any], says: str) -> None:
    with pytest.raises(ApiRefused) as why:
        await api.ask("POST", f"{path}/workflow/steps", body)
    assert says in str(why.value)


async def signed_in(house: House, stack: AsyncExitStack, name: str) -> Api:
    api = await stack.enter_async_context(house.api())
    await api.sign_in(name, house.password(name))
    return api


async def test_a_state_that_a_step_brings_is_not_offered_by_hand(house: House) -> None:
    async with AsyncExitStack() as stack:
        li = await signed_in(house, stack, "lijing")
        enquiry = {"type": "inquiry", "title": "保修多久", "description": "洗衣机保修期"}
        made = await li.ask("POST", "/api/tickets", enquiry)
        desk = Desk(li, made["id"])
        await desk.is_at("answer")
        ticket = await li.ask("GET", desk.path)
        assert ticket["next_states"] == ["pending_assignment", "pending_acceptance", "pending_feedback"]
        with pytest.raises(ApiRefused, match="take the next step"):
            await li.ask("PATCH", desk.path, {"version": ticket["version"], "state": "resolved"})
        await desk.done("answer", "answered")
        assert (await desk.matter())[0] == "resolved"
