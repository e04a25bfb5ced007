"""What every route gets from the gate: rights, guards against other sites, parsing, refusals."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from agent_ui.problems import language_of, sentence
from agent_ui.settings import WebSettings
from infra.web import Context, FileReply, Reply, Route
from kernel.access import Role
from kernel.errors import Conflict, TryLater
from tests.unit.agent_ui.conftest import Open
from tests.unit.agent_ui.desk import CHANGE, web_desk


class Note(BaseModel):
    text: str = Field(max_length=10)


class Page(BaseModel):
    limit: int = Field(default=20, le=50)


async def echo(context: Context[Note, None]) -> Reply:
    return context.body


async def page(context: Context[None, Page]) -> Reply:
    return context.query


NOTES = Route(method="POST", path="/api/notes", handler=echo, summary="Echo", body=Note, response=Note)
PAGES = Route(method="GET", path="/api/pages", handler=page, summary="Page", query=Page, response=Page)
WALL = Route(
    method="GET",
    path="/api/wall",
    handler=page,
    summary="Wall",
    query=Page,
    response=Page,
    roles=frozenset({Role.SUPERVISOR}),
)


async def test_a_session_begins_is_known_and_ends(browse: Open) -> None:
    desk = web_desk()
    client = await browse(desk, "lijing")
    known = await (await client.get("/api/session")).json()
    assert (known["name"], known["roles"], known["staff_id"]) == ("lijing", ["agent"], 1)
    assert (await client.delete("/api/session", headers=CHANGE)).status == 204
    assert (await client.get("/api/session")).status == 401
    assert desk.comings.seen == [("out", 1, "")]


async def test_the_language_that_a_person_chooses_is_kept_with_the_account(browse: Open) -> None:
    client = await browse(web_desk(), "lijing")
    assert (await (await client.get("/api/session")).json())["language"] == "zh"
    chosen = await client.patch("/api/session", json={"language": "en"}, headers=CHANGE)
    assert chosen.status == 204
    assert (await (await client.get("/api/session")).json())["language"] == "en"
    more = await client.patch("/api/session", json={"language": "en", "roles": ["admin"]}, headers=CHANGE)
    assert more.status == 422


async def test_the_cookie_is_out_of_scripts_reach_and_secure_behind_https(browse: Open) -> None:
    client = await browse(web_desk())
    answer = await client.post(
        "/api/session",
        json={"name": "lijing", "password": "lijing"},
        headers=CHANGE | {"X-Forwarded-Proto": "https"},
    )
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" in cookie


async def test_without_a_session_nothing_is_served(browse: Open) -> None:
    client = await browse(web_desk(PAGES))
    answer = await client.get("/api/pages", headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert answer.status == 401
    assert answer.content_type == "application/problem+json"
    assert await answer.json() == {"code": "not_signed_in", "message": "请先登录。"}


async def test_a_role_is_judged_by_the_server(browse: Open) -> None:
    desk = web_desk(WALL)
    assert (await (await browse(desk, "lijing")).get("/api/wall")).status == 403
    assert (await (await browse(desk, "chen")).get("/api/wall")).status == 200


@pytest.mark.parametrize(
    "headers",
    [{}, CHANGE | {"Origin": "https://evil.example"}, CHANGE | {"Origin": "null"}],
    ids=["no header", "other site", "sandboxed page"],
)
async def test_a_change_asked_for_by_another_site_is_refused(browse: Open, headers: dict[str, str]) -> None:
    client = await browse(web_desk(NOTES), "lijing")
    answer = await client.post("/api/notes", json={"text": "你好"}, headers=headers)
    assert (answer.status, (await answer.json())["code"]) == (403, "cross_site")


async def test_a_change_by_our_own_page_is_served(browse: Open) -> None:
    client = await browse(web_desk(NOTES), "lijing")
    origin = str(client.make_url("/")).rstrip("/")
    answer = await client.post("/api/notes", json={"text": "你好"}, headers=CHANGE | {"Origin": origin})
    assert await answer.json() == {"text": "你好"}


async def test_what_does_not_fit_the_model_is_named_field_by_field(browse: Open) -> None:
    client = await browse(web_desk(NOTES, PAGES), "lijing")
    answer = await client.post("/api/notes", json={"text": "x" * 11}, headers=CHANGE)
    body = await answer.json()
    assert (answer.status, body["code"]) == (422, "malformed")
    assert body["fields"] == {"text": "太长"}
    assert (await client.get("/api/pages?limit=51")).status == 422
    assert (await client.post("/api/notes", data="text=x", headers=CHANGE)).status == 422


async def test_a_body_over_the_limit_is_refused(browse: Open) -> None:
    client = await browse(web_desk(NOTES, settings=WebSettings(request_bytes_max=1000)), "lijing")
    answer = await client.post("/api/notes", json={"text": "x" * 2000}, headers=CHANGE)
    assert (answer.status, (await answer.json())["code"]) == (413, "body_too_large")


async def test_a_refusal_of_a_service_keeps_its_code_and_speaks_the_readers_language(browse: Open) -> None:
    async def refuse(_context: object) -> Reply:
        raise Conflict("version 3 is not the newest")

    route = Route(method="PUT", path="/api/x", handler=refuse, summary="Refuse")
    client = await browse(web_desk(route), "lijing")
    answer = await client.put("/api/x", headers=CHANGE | {"Accept-Language": "en-GB,en;q=0.8"})
    assert answer.status == 409
    assert await answer.json() == {
        "code": "conflict",
        "message": "Someone else changed it; reload and try again.",
    }


async def test_who_is_to_try_later_is_told_when(browse: Open) -> None:
    async def refuse(_context: object) -> Reply:
        raise TryLater("not now", after_s=42)

    route = Route(method="GET", path="/api/x", handler=refuse, summary="Refuse")
    client = await browse(web_desk(route), "lijing")
    assert (await client.get("/api/x")).headers["Retry-After"] == "42"


async def test_an_error_nobody_foresaw_tells_nothing_of_the_inside(browse: Open) -> None:
    async def fail(_context: object) -> Reply:
        raise RuntimeError("secret detail")

    client = await browse(
        web_desk(Route(method="GET", path="/api/x", handler=fail, summary="Fail")), "lijing"
    )
    answer = await client.get("/api/x")
    assert (answer.status, (await answer.json())["code"]) == (500, "internal")
    assert "secret" not in await answer.text()


async def test_a_file_is_sent_in_ranges_and_kept_nowhere(browse: Open, tmp_path: Path) -> None:
    sound = tmp_path / "a.wav"
    sound.write_bytes(b"0123456789")

    async def send(_context: object) -> Reply:
        return FileReply(path=sound, content_type="audio/wav", download_name="李静.wav")

    client = await browse(
        web_desk(Route(method="GET", path="/api/x", handler=send, summary="Send")), "lijing"
    )
    answer = await client.get("/api/x", headers={"Range": "bytes=2-4"})
    assert (answer.status, await answer.read()) == (206, b"234")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "audio/wav"
    sound.unlink()
    assert (await client.get("/api/x")).status == 404


async def test_a_file_from_outside_is_saved_and_runs_nothing(browse: Open, tmp_path: Path) -> None:
    page = tmp_path / "a"
    page.write_text("<script>alert(1)</script>")

    async def send(_context: object) -> Reply:
        return FileReply(
            path=page, content_type="text/plain", download_name='a";b.html', is_shown=False, is_foreign=True
        )

    client = await browse(
        web_desk(Route(method="GET", path="/api/x", handler=send, summary="Send")), "lijing"
    )
    answer = await client.get("/api/x")
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a%22%3Bb.html"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


async def test_what_the_edge_tells_browsers_is_not_told_twice(browse: Open) -> None:
    answer = await (await browse(web_desk(PAGES), "lijing")).get("/api/pages")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "X-Content-Type-Options" not in answer.headers


async def test_unknown_addresses_and_methods_are_refused_as_problems(browse: Open) -> None:
    client = await browse(web_desk(PAGES), "lijing")
    assert (await (await client.get("/api/nowhere")).json())["code"] == "no_such_page"
    assert (await (await client.patch("/api/pages", headers=CHANGE)).json())["code"] == "wrong_method"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "zh"),
        ("en", "en"),
        ("zh-CN,en;q=0.5", "zh"),
        ("en;q=0.4,zh;q=0.9", "zh"),
        ("fr,en;q=0.1", "en"),
        ("zh;q=0,en", "en"),
        ("en;q=much,zh;q=0.1", "zh"),
        ("fr", "zh"),
    ],
)
def test_the_reader_gets_the_best_of_our_languages(header: str, language: str) -> None:
    assert language_of(header) == language


def test_every_refusal_of_a_desk_has_a_sentence_in_both_languages() -> None:
    """What only the log or a command line tells has none."""
    files = (
        "queues",
        "breaks",
        "callers",
        "calling",
        "experts",
        "on_call",
        "regions",
        "reading",
        "deadlines",
        "workflow",
    )
    of_files = {f"{file}_file_invalid" for file in files}
    inner = {
        "line_gone",
        "sound_unavailable",
        "unsafe_value",
        "entry_refused",
        "broken_site_file",
        "bad_expression",
        "nobody_on_call",
        "looked_meanwhile",
    } | of_files
    desks = ("acd", "agent_ui", "customers", "ivr", "outbound", "staff", "telephony", "tickets")
    codes = {
        code
        for slice_name in desks
        for code in re.findall(r'^    code = "(\w+)"', _text_of(f"{slice_name}/errors.py"), re.MULTILINE)
    }
    assert {code for code in codes if sentence(code, "zh", "") == ""} <= inner


def _text_of(path: str) -> str:
    return (Path(__file__).parents[3] / path).read_text(encoding="utf-8")
