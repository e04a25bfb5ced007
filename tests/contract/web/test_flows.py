"""Supervisors write and publish flows, in the whole server."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.contract.web.conftest import House

MAIN = "/api/site/flows/main"
Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def ask(house: House) -> AsyncIterator[Ask]:
    """Asks as the example's supervisor."""
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"X-Hotline": "1"}
    async with aiohttp.ClientSession(house.address, cookie_jar=jar, headers=headers) as session:
        signed_in = {"name": "chen", "password": house.password("chen")}
        assert (await session.post("/api/session", json=signed_in)).status == 200

        async def once(method: str, path: str, body: object = None) -> tuple[int, Any]:
            async with session.request(method, path, json=body) as reply:
                return reply.status, await reply.json(content_type=None)

        yield once


def swapped(text: str) -> str:
    """Who presses 2 comes where those of 1 belong."""
    return text.replace('"1": {to: sales', '"1": {to: complaints').replace(
        '"2": {to: complaints', '"2": {to: sales'
    )


async def test_a_draft_is_checked_published_and_brought_back(house: House, ask: Ask) -> None:
    _, listed = await ask("GET", "/api/site/flows")
    assert {"identify", "main", "workshop"} <= {one["name"] for one in listed["items"]}
    _, flow = await ask("GET", MAIN)
    wrong = flow["text"].replace("queue: sales", "queue: salse")
    (problem, *_) = (await ask("POST", f"{MAIN}/check", {"text": wrong}))[1]["problems"]
    assert (problem["code"], problem["file"]) == ("unknown_queue", "main.yaml")
    draft = {"text": flow["text"].replace("您好", "您好呀"), "revision": 0, "based_on": flow["digest"]}
    _, saved = await ask("PUT", f"{MAIN}/draft", draft)
    assert (saved["revision"], saved["by"]) == (1, "陈主管")
    _, published = await ask("POST", f"{MAIN}/publish", {"revision": 1, "comment": "更亲切"})
    assert (published["text"], published["draft"]) == (draft["text"], None)
    assert (published["version"]["number"], published["version"]["by"]) == (2, "陈主管")
    file = house.settings.places.site / "flows" / "main.yaml"
    assert file.read_text(encoding="utf-8") == draft["text"]
    _, back = await ask("POST", f"{MAIN}/rollback", {"number": 1})
    assert (back["version"]["number"], back["text"]) == (3, flow["text"])
    _, versions = await ask("GET", f"{MAIN}/versions")
    assert [one["origin"] for one in versions["items"]] == ["rollback", "page", "file"]
    assert (await ask("GET", f"{MAIN}/versions/2"))[1]["text"] == draft["text"]
    _, trail = await ask("GET", "/api/audit")
    done = [line["action"] for line in trail["items"]]
    assert {"flow_published", "flow_rolled_back"} <= set(done)


async def test_a_text_is_drawn_tried_and_tested_before_it_is_published(ask: Ask) -> None:
    _, flow = await ask("GET", MAIN)
    text = flow["text"].replace("您好", "您好呀")
    _, looked = await ask("POST", f"{MAIN}/check", {"text": text, "language": "zh"})
    menu = next(box for box in looked["diagram"]["boxes"] if box["name"] == "menu")
    assert text.splitlines()[menu["line"] - 1].strip() == "menu:"
    assert 'data-node="menu"' in looked["diagram"]["svg"]
    call = {"text": text, "keys": "2", "at": "2026-11-23T10:00", "number": "13812345678"}
    _, tried = await ask("POST", f"{MAIN}/try", call)
    assert tried["steps"][0]["text"].startswith("您好呀")
    assert tried["steps"][-1]["queue"] == "complaints"
    _, tested = await ask("POST", f"{MAIN}/test", {"text": text})
    assert len(tested["cases"]) > 2
    failed = [case for case in tested["cases"] if case["differences"]]
    assert failed == []
    status, refused = await ask("POST", f"{MAIN}/try", {"text": "start: x", "keys": ""})
    assert (status, refused["code"]) == (422, "flow_has_errors")
    assert (await ask("POST", "/api/site/flows/identify/test", {"text": text}))[0] == 404


async def test_who_saves_over_another_is_shown_the_other_text(ask: Ask) -> None:
    await ask("PUT", f"{MAIN}/draft", {"text": "# 一", "revision": 0})
    status, refused = await ask("PUT", f"{MAIN}/draft", {"text": "# 二", "revision": 0})
    assert (status, refused["code"]) == (409, "draft_changed")
    assert refused["details"] == {"text": "# 一", "revision": 1}


async def test_a_draft_with_errors_is_not_published_and_they_are_told(ask: Ask) -> None:
    _, flow = await ask("GET", MAIN)
    wrong = {"text": "start: nowhere\n", "revision": 0, "based_on": flow["digest"]}
    await ask("PUT", f"{MAIN}/draft", wrong)
    status, refused = await ask("POST", f"{MAIN}/publish", {"revision": 1})
    assert (status, refused["code"]) == (422, "flow_has_errors")
    assert "missing_field" in {one["code"] for one in refused["details"]["problems"]}


async def test_a_draft_whose_test_cases_fail_is_not_published_and_they_are_told(ask: Ask) -> None:
    _, flow = await ask("GET", MAIN)
    other = swapped(flow["text"])
    await ask("PUT", f"{MAIN}/draft", {"text": other, "revision": 0, "based_on": flow["digest"]})
    status, refused = await ask("POST", f"{MAIN}/publish", {"revision": 1})
    assert (status, refused["code"]) == (422, "flow_cases_fail")
    _, tested = await ask("POST", f"{MAIN}/test", {"text": other})
    assert refused["details"]["cases"] == [one for one in tested["cases"] if one["differences"]] != []
    assert (await ask("GET", MAIN))[1]["text"] == flow["text"]


async def test_the_cases_are_changed_with_the_text_that_needs_it(house: House, ask: Ask) -> None:
    _, flow = await ask("GET", MAIN)
    _, cases = await ask("GET", f"{MAIN}/cases")
    await ask(
        "PUT", f"{MAIN}/draft", {"text": swapped(flow["text"]), "revision": 0, "based_on": flow["digest"]}
    )
    broken = {"text": "cases: [{name: 一}]", "digest": cases["digest"]}
    status, refused = await ask("PUT", f"{MAIN}/cases", broken)
    assert (status, refused["details"]["problems"][0]["file"]) == (422, "main.tests.yaml")
    anew = "cases:\n  - {name: 按1投诉, at: 2026-11-23T10:00, keys: '1', ends: {queue: complaints}}\n"
    status, saved = await ask("PUT", f"{MAIN}/cases", {"text": anew, "digest": cases["digest"]})
    assert (status, saved["text"]) == (200, anew)
    status, refused = await ask("PUT", f"{MAIN}/cases", {"text": cases["text"], "digest": cases["digest"]})
    assert (status, refused["code"]) == (409, "flow_cases_changed")
    assert refused["details"] == {"text": anew, "digest": saved["digest"]}
    assert (await ask("POST", f"{MAIN}/publish", {"revision": 1}))[0] == 200
    file = house.settings.places.site / "flows" / "main.tests.yaml"
    assert file.read_text(encoding="utf-8") == anew
    _, trail = await ask("GET", "/api/audit")
    assert "flow_cases_changed" in {line["action"] for line in trail["items"]}
    assert (await ask("GET", "/api/site/flows/identify/cases"))[1] == {"text": "", "digest": ""}


async def test_a_key_is_added_to_a_menu(ask: Ask) -> None:
    _, flow = await ask("GET", MAIN)
    option = {"menu": "menu", "key": "5", "to": "technical", "label": {"zh": "维修进度", "en": "Repairs"}}
    _, changed = await ask("POST", f"{MAIN}/options", {"text": flow["text"], **option})
    assert '"5": {to: technical, label: {zh: 维修进度, en: Repairs}}' in changed["text"]
    _, looked = await ask("POST", f"{MAIN}/check", {"text": changed["text"]})
    assert looked["problems"] == []
    status, refused = await ask("POST", f"{MAIN}/options", {"text": changed["text"], **option})
    assert (status, refused["code"]) == (422, "field_not_set")


@pytest.mark.parametrize("name", ["..%2F..%2Fsecrets", "我的", "a" * 41, ".main", "main.tests"])
async def test_a_name_is_never_a_way_to_another_file(ask: Ask, name: str) -> None:
    status, _ = await ask("PUT", f"/api/site/flows/{name}/draft", {"text": "", "revision": 0})
    assert status == 404


async def test_editors_get_the_schema_without_signing_in(house: House) -> None:
    async with house.api() as api:
        schema = await api.ask("GET", "/api/flow.schema.json")
    assert "nodes" in schema["properties"]
