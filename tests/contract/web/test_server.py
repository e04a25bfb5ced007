"""The whole server: ready, a call from arrival to the desk, and a restart that forgets nothing."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kernel.ids import CallId, DeviceId, LegId
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from telephony.fake import FakeSwitch
from telephony.port import LineHandler
from tests.contract.web.conftest import House, house_in, settings_in

PARTS = {"asterisk", "database", "speech", "recogniser", "jobs", "site", "disk"}


async def test_the_server_is_ready_when_its_parts_are(house: House) -> None:
    async with aiohttp.ClientSession(house.address) as session:
        async with asyncio.timeout(30):
            while (ready := await session.get("/ready")).status != 200:
                # Speech is the last: its first worker starts with the first prompts.
                assert (await ready.json())["parts"].keys() == PARTS
        assert await ready.json() == {"status": "ready", "parts": dict.fromkeys(PARTS, "ok")}
        house.switch.is_connected = False
        away = await session.get("/ready")
        assert away.status == 503
        assert (await away.json())["parts"]["asterisk"].startswith("Asterisk is not connected")
        assert (await session.get("/health")).status == 200


async def test_callers_are_served_before_the_web_opens(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    web_was_open: list[bool] = []

    class Watching(FakeSwitch):
        async def run(self, handler: LineHandler) -> None:
            with socket.socket() as probe:
                web_was_open.append(probe.connect_ex((settings.web.host, settings.web.port)) == 0)
            await super().run(handler)

    async with house_in(settings, Watching):
        assert web_was_open == [False]


async def test_a_start_with_broken_site_files_goes_by_the_last_good_ones(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    places = settings.places
    async with house_in(settings):
        pass
    places.queues.write_text("queues: [", encoding="utf-8")
    places.trunks.write_text("trunks: [", encoding="utf-8")
    async with house_in(settings) as house, aiohttp.ClientSession(house.address) as session:
        text = await (await session.get("/metrics")).text()
        assert 'hotline_waiting_calls{queue="complaints"} 0.0' in text
        places.queues.write_text("queues: {news: {name: {zh: 新, en: New}}}", encoding="utf-8")
        async with asyncio.timeout(10):
            while 'queue="news"' not in text:
                text = await (await session.get("/metrics")).text()
    assert 'queue="complaints"' not in text


async def test_who_asks_hears_of_files_that_are_broken_though_calls_go_by_what_they_said(
    house: House,
) -> None:
    places = house.settings.places
    files = (places.queues, places.calling, places.site / "calendars.yaml")
    async with aiohttp.ClientSession(house.address) as session:
        for file in files:
            good = file.read_text(encoding="utf-8")
            file.write_text("nothing: [", encoding="utf-8")
            broken = await (await session.get("/ready")).json()
            assert broken["parts"]["site"] == "ok"
            assert file.name in broken["degraded"]["site"]
            assert "last right" in broken["degraded"]["site"]
            file.write_text(good, encoding="utf-8")
            assert "degraded" not in await (await session.get("/ready")).json()
        places.queues.unlink()
        assert places.queues.name in (await (await session.get("/ready")).json())["degraded"]["site"]


async def test_who_asks_hears_of_numbers_that_were_never_right(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    numbers = settings.places.site / "numbers.yaml"
    async with house_in(settings):
        pass
    shutil.rmtree(settings.places.last_good)
    numbers.write_text("numbers: [", encoding="utf-8")
    async with house_in(settings) as house, aiohttp.ClientSession(house.address) as session:
        text = ""
        async with asyncio.timeout(10):
            while "numbers.yaml" not in text:
                answer = await session.get("/ready")
                text = await answer.text()
        assert answer.status == 503


@pytest.mark.parametrize(("language", "words"), [("zh", "通话没有挂断"), ("en", "the call goes on")])
async def test_who_could_not_end_a_call_is_told_so(house: House, language: str, words: str) -> None:
    headers = {"X-Hotline": "1", "Origin": house.address, "Accept-Language": language}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(house.address, headers=headers, cookie_jar=jar) as session:
        await session.post("/api/session", json={"name": "chen", "password": house.password("chen")})
        house.switch.go_down()
        refused = await session.post("/api/calls/some/hang-up")
        problem = await refused.json(content_type=None)
    assert (refused.status, problem["code"]) == (503, "not_hung_up")
    assert words in problem["message"]


async def test_metrics_tell_of_queues_and_agents(house: House) -> None:
    async with aiohttp.ClientSession(house.address) as session:
        text = await (await session.get("/metrics")).text()
    assert 'hotline_waiting_calls{queue="complaints"} 0.0' in text
    assert 'hotline_agents{state="offline"} 3.0' in text
    assert "hotline_switch_connected 1.0" in text
    assert "hotline_events_lost_total 0.0" in text
    assert "# TYPE hotline_switch_total counter" in text


async def test_the_first_days_passwords_are_the_owners_alone(house: House) -> None:
    path = house.settings.places.first_sign_ins
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(house.password("lijing")) >= 8


async def test_a_changed_password_is_told_no_more(house: House) -> None:
    async with house.api() as api:
        await api.sign_in("chen", house.password("chen"))
        people = (await api.ask("GET", "/api/staff"))["items"]
        someone = next(person["id"] for person in people if person["name"] == "wangqiang")
        await api.ask("PATCH", f"/api/staff/{someone}", {"password": "something-else"})
        refused = await status_of_sign_in(house, "wangqiang", house.password("wangqiang"))
    assert refused == 401
    assert await status_of_sign_in(house, "wangqiang", "something-else") == 200


async def test_a_customer_is_shown_to_the_agent_before_anybody_answers(house: House) -> None:
    async with called_desk(house, "+8613812345678") as (_, call, watching):
        pop = await pop_with_customer(watching)
        assert (pop["call_id"], pop["phase"], pop["number_shown"]) == (call, "ringing", "+8613812345678")
        assert (pop["customer"]["name"], pop["customer"]["level"]) == ("张伟", "vip")
        assert pop["queue_name"]["zh"] == "投诉热线"
        assert pop["said_in_menu"] == [{"zh": "投诉", "en": "Complaints"}]


async def test_a_stranger_made_a_customer_during_the_call_has_a_name_on_every_screen(house: House) -> None:
    async with called_desk(house, "+8613100000000") as (api, call, watching):
        leg = await until_call(watching, lambda shown: shown["phase"] == "ringing")
        house.switch.answer(LegId(leg["leg"]))
        await until_call(watching, lambda shown: shown["phase"] == "talking")
        record = {"name": "赵敏", "level": "normal", "numbers": ["13100000000"], "note": ""}
        await api.ask("POST", "/api/customers", record)
        pop = await pop_with_customer(watching)
        assert (pop["call_id"], pop["customer"]["name"]) == (call, "赵敏")


async def test_a_call_is_in_the_ledger_with_its_story(house: House) -> None:
    async with called_desk(house, "+8613812345678") as (api, call, watching):
        pop = await pop_with_customer(watching)
        house.switch.answer(LegId(pop["leg"]))
        house.switch.caller_hangs_up(call)
        entry = await closed_entry(api, call)
        assert (entry["outcome"], entry["agent_name"], entry["customer"]["name"]) == (
            "served",
            "李静",
            "张伟",
        )
        assert entry["why"]["code"] in {"longest_idle", "only_candidate"}
        assert [leg["agent_name"] for leg in entry["legs"]] == ["李静"]
        history = await api.ask("GET", f"/api/customers/{entry['customer']['id']}/history")
        assert [past["call_id"] for past in history["calls"]] == [call]
    async with house.api() as api:
        await api.sign_in("wangqiang", house.password("wangqiang"))
        with pytest.raises(ApiRefused, match="does not exist"):
            await api.ask("GET", f"/api/calls/{call}")


@asynccontextmanager
async def called_desk(
    house: House, number: str
) -> AsyncIterator[tuple[Api, CallId, aiohttp.ClientWebSocketResponse]]:
    """Li Jing at her desk, a caller who pressed the key of her queue, and a second tab that watches."""
    async with house.api() as api:
        await api.sign_in("lijing", house.password("lijing"))
        agent = SimulatedAgent(api)
        desk = await agent.take_desk()
        house.switch.register(DeviceId(desk.username))
        await agent.get_ready()
        watching = await api.events("second-tab")
        call = house.switch.call_in(number=number, dialled="4008009000")
        line = house.switch.calls[call].line
        assert line is not None
        line.keys.put_nowait("2")
        yield api, call, watching
        await agent.go_home()


async def pop_with_customer(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    return await until_call(socket, lambda shown: bool(shown["customer"]))


async def until_call(
    socket: aiohttp.ClientWebSocketResponse, is_it: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            message = await socket.receive_json()
            call: dict[str, Any] | None = message.get("set", message.get("state", {})).get("call")
            if call and is_it(call):
                return call


async def closed_entry(api: Api, call: str) -> dict[str, Any]:
    """The call once its journal is written, which is within a second."""
    async with asyncio.timeout(10):
        while True:
            found = (await api.ask("GET", "/api/calls?mine=true"))["items"]
            if any(one["call_id"] == call and one["outcome"] for one in found):
                return await api.ask("GET", f"/api/calls/{call}")


async def status_of_sign_in(house: House, name: str, password: str) -> int:
    async with aiohttp.ClientSession(house.address, headers={"X-Hotline": "1"}) as session:
        body: dict[str, Any] = {"name": name, "password": password}
        return (await session.post("/api/session", json=body)).status


NO_MOMENTS = ["2026-11-22T09:00:00", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"]


async def test_a_moment_without_a_zone_or_in_no_calendar_is_refused_as_such(house: House) -> None:
    headers = {"X-Hotline": "1", "Origin": house.address}
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(house.address, headers=headers, cookie_jar=jar) as session:
        await session.post("/api/session", json={"name": "chen", "password": house.password("chen")})
        refused = [(await session.get(f"/api/calls?before={moment}")).status for moment in NO_MOMENTS]
        listed = await session.get("/api/calls?before=2026-11-22T09:00:00Z")
    assert (refused, listed.status) == ([422, 422, 422], 200)
