"""Blacklist and warning list, from the supervisor's page to the caller's line and the agent's desk."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from kernel.ids import CallId
from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House, house_in, settings_in
from tests.contract.web.test_missed import eventually
from tests.contract.web.test_regions import rings, sit_down

NUMBER = "+8613900001111"


async def outcome_of(api: Api, call: CallId) -> str:
    async with asyncio.timeout(20):
        while True:
            try:
                found = await api.ask("GET", f"/api/calls/{call}")
            except ApiRefused:
                continue
            if found["outcome"]:
                return str(found["outcome"])


async def test_blocked_caller_gets_no_agent_and_is_counted(house: House) -> None:
    async with AsyncExitStack() as stack:
        board = await sit_down(stack, house, "lijing")
        api = await stack.enter_async_context(house.api())
        await api.sign_in("chen", house.password("chen"))
        entry = await api.ask(
            "POST",
            "/api/caller-list",
            {"sort": "blocked", "number": "139 0000 1111", "reason": "恶意骚扰", "manner": "reject"},
        )
        assert (entry["number"], entry["added_by"], entry["is_proposed"]) == (NUMBER, "陈主管", False)
        call = house.switch.call_in(number=NUMBER, dialled="4008009000")
        assert await outcome_of(api, call) == "blocked"
        # The ledger writes behind, within a second.
        await eventually(
            api,
            "/api/caller-list?search=13900001111",
            lambda shown: [one["blocked_calls"] for one in shown] == [1],
        )
        await api.ask("DELETE", f"/api/caller-list/{entry['id']}")
        pop = await rings(house, board, NUMBER)
        assert pop["warnings"] == []


async def test_agent_is_warned_when_the_call_is_offered(house: House) -> None:
    async with AsyncExitStack() as stack:
        board = await sit_down(stack, house, "lijing")
        api = await stack.enter_async_context(house.api())
        await api.sign_in("chen", house.password("chen"))
        warned = {"sort": "warned", "number": NUMBER, "reason": "多次辱骂坐席"}
        await api.ask("POST", "/api/caller-list", warned)
        pop = await rings(house, board, NUMBER)
        assert pop["warnings"] == ["多次辱骂坐席"]


async def test_file_is_taken_in_and_wrong_lines_are_named(house: House) -> None:
    async with house.api() as api:
        await api.sign_in("chen", house.password("chen"))
        file = (
            "名单,号码,类型,原因\n"
            "黑名单,139 0000 1111,,恶意骚扰\n"
            "黑名单,12,,太短\n"
            "黑名单,4008009000,,本公司号码\n"
            "警示名单,170,号段,虚拟号段\n"
            "黑名单,+8613900001111,,重复\n"
        )
        report = await api.ask("POST", "/api/caller-list/import", {"csv": file})
        assert (report["added"], report["known"]) == (2, 1)
        assert report["faults"] == [
            {"line": 3, "code": "not_a_number"},
            {"line": 4, "code": "never_blocked"},
        ]
        assert (await api.ask("GET", "/api/caller-list"))["total"] == 2


async def test_agent_proposes_and_the_supervisor_confirms(house: House) -> None:
    async with house.api() as agent, house.api() as supervisor:
        await agent.sign_in("lijing", house.password("lijing"))
        await supervisor.sign_in("chen", house.password("chen"))
        proposal = await agent.ask(
            "POST", "/api/caller-list", {"sort": "blocked", "number": NUMBER, "reason": "恶意骚扰"}
        )
        assert proposal["is_proposed"]
        with pytest.raises(ApiRefused, match="do not have the right"):
            await agent.ask("POST", f"/api/caller-list/{proposal['id']}/confirm")
        await supervisor.ask("POST", f"/api/caller-list/{proposal['id']}/confirm")
        (listed,) = (await supervisor.ask("GET", "/api/caller-list"))["items"]
        assert not listed["is_proposed"]


async def test_caller_who_calls_too_often_is_blocked_across_a_restart_and_a_vip_is_not(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    settings.places.site.mkdir(parents=True, exist_ok=True)

    async def calls(house: House, api: Api, number: str) -> str:
        call = house.switch.call_in(number=number, dialled="4008009000")
        await asyncio.sleep(0)
        line = house.switch.calls[call].line
        if line is not None:
            house.switch.caller_hangs_up(call)
        return await outcome_of(api, call)

    async with house_in(settings) as house, house.api() as api:
        await api.sign_in("chen", house.password("chen"))
        limits = "callers:\n  default: {per_hour: 1}\n"
        (settings.places.site / "callers.yaml").write_text(limits, encoding="utf-8")
        assert await calls(house, api, NUMBER) == "abandoned"
        await _blocked(house, api, NUMBER)
    async with house_in(settings) as house, house.api() as api:
        house.switch._count = 10  # a new switch in the test would name its calls as the old one did
        await api.sign_in("chen", house.password("chen"))
        await _blocked(house, api, NUMBER)
        vip = "+8613812345678"
        assert await calls(house, api, vip) == "abandoned"
        assert await calls(house, api, vip) == "abandoned"


async def _blocked(house: House, api: Api, number: str) -> None:
    call = house.switch.call_in(number=number, dialled="4008009000")
    assert await outcome_of(api, call) == "blocked"
