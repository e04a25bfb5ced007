"""A survey from the resolved ticket to the supervisor's desk, over the running server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from server.simulated.api import Api, ApiRefused
from tests.contract.web.conftest import House, house_in, settings_in
from tickets.settings import TicketSettings

WITHIN_S = 15.0
NUMBER = "13812345678"
BAD = {"attitude": "2", "speed": "1", "result": "1", "overall": "1", "language": "zh"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """One that surveys at once, under its own address."""
    settings = settings_in(tmp_path)
    address = f"http://127.0.0.1:{settings.web.port}"
    tickets = TicketSettings(survey_address=address, survey_after_s=0, survey_anonymous=True)
    async with house_in(settings.model_copy(update={"tickets": tickets})) as house:
        yield house


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(WITHIN_S):
        while not (value := await found()):  # noqa: ASYNC110 - another process would see no event either
            await asyncio.sleep(0.05)
    return value


async def resolve(api: Api, title: str) -> int:
    """A customer's matter is dealt with."""
    people = (await api.ask("GET", f"/api/customers?search={NUMBER}"))["items"]
    wish = {"type": "complaint", "title": title, "customer_id": people[0]["id"]}
    ticket = await api.ask("POST", "/api/tickets", wish)
    change = {"version": ticket["version"], "state": "resolved"}
    await api.ask("PATCH", f"/api/tickets/{ticket['id']}", change)
    return int(ticket["id"])


async def link_of(chen: Api) -> str:
    """What the customer got by SMS."""

    async def sent() -> str:
        messages = (await chen.ask("GET", "/api/messages"))["items"]
        return next((one["text"] for one in messages if "/s/" in one["text"]), "")

    text: str = await until(sent)
    return text[text.index("http") :]


async def test_a_bad_answer_comes_to_a_supervisor_and_into_the_figures(house: House) -> None:
    async with house.api() as li, house.api() as chen, aiohttp.ClientSession() as customer:
        me = await li.sign_in("lijing", house.password("lijing"))
        boss = await chen.sign_in("chen", house.password("chen"))
        ticket = await resolve(li, "洗衣机漏水")
        link = await link_of(chen)

        page = await customer.get(link)
        assert (page.status, page.content_type) == (200, "text/html")
        assert "问题解决效果" in await page.text()
        assert 'lang="en"' in await (await customer.get(f"{link}?language=en")).text()
        text = '还是漏水"><script>alert(1)</script>' + "很" * 300
        missing = await customer.post(link, data={"overall": "1", "text": text, "language": "zh"})
        shown = await missing.text()
        assert "请为每一项选择1到5分。" in shown
        assert "<script>" not in shown
        done = await customer.post(link, data=BAD | {"text": "还是漏水"})
        assert "感谢您的反馈！" in await done.text()
        again = await customer.post(link, data=BAD | {"overall": "5"})
        assert "感谢您的反馈！" in await again.text()

        async def escalated() -> Any:
            found = await chen.ask("GET", f"/api/tickets/{ticket}")
            return found if found["state"] == "pending_acceptance" else None

        assert (await until(escalated))["owner_id"] == boss["staff_id"]
        (survey,) = (await li.ask("GET", f"/api/tickets/{ticket}/surveys"))["items"]
        assert (survey["state"], survey["scores"]["overall"], survey["text"]) == ("answered", 1, "还是漏水")
        assert link.rsplit("/", 1)[1] not in str(survey)
        today = "since=2026-01-01&days=366"
        (line,) = (await li.ask("GET", f"/api/survey-figures?{today}&by=agent"))["items"]
        assert (line["key"], line["name"], line["sent"]) == (str(me["staff_id"]), "李静", 1)
        assert (line["means"]["attitude"], line["overall"]) == (2.0, [1, 0, 0, 0, 0])
        behind = await chen.ask("GET", f"/api/surveys?{today}&overall_max=2")
        assert [one["ticket_id"] for one in behind["items"]] == [ticket]


async def test_who_answers_without_a_name_is_named_nowhere_and_the_matter_stays_closed(house: House) -> None:
    async with house.api() as li, house.api() as chen, aiohttp.ClientSession() as customer:
        await li.sign_in("lijing", house.password("lijing"))
        await chen.sign_in("chen", house.password("chen"))
        ticket = await resolve(li, "投诉态度")
        link = await link_of(chen)
        await customer.post(link, data=BAD | {"text": "不想说名字", "anonymous": "1"})
        (found,) = (await chen.ask("GET", "/api/surveys?since=2026-01-01&days=366"))["items"]
        assert (found["text"], found["ticket_id"], found["is_anonymous"]) == ("不想说名字", None, True)
        assert (await chen.ask("GET", f"/api/tickets/{ticket}/surveys"))["items"] == []
        timeline = await chen.ask("GET", f"/api/tickets/{ticket}/timeline")
        assert "不想说名字" not in str(timeline)
        assert (await chen.ask("GET", f"/api/tickets/{ticket}"))["state"] == "resolved"


async def test_a_link_that_is_none_tells_nothing(house: House) -> None:
    async with aiohttp.ClientSession(house.address) as somebody, house.api() as li:
        for odd in ("x", "a" * 400, "%00", "%E2%80%AE", "..%2Fapi"):
            page = await somebody.get(f"/s/{odd}")
            assert page.status == 404, odd
        answered = await somebody.post("/s/x", data=BAD)
        assert (answered.status, "该链接无效或已过期。" in await answered.text()) == (404, True)
        broken = await somebody.post("/s/x", data=b"\xff\xfe=%", headers=FORM)
        assert broken.status in {404, 422}
        await li.sign_in("lijing", house.password("lijing"))
        with pytest.raises(ApiRefused):
            await li.ask("POST", "/api/tickets/1/surveys", {"key": "../x", "why": "好"})
