"""Supervisors upload recordings for voice menus, and hear them, in the whole server."""

import io
import math
import struct
import wave
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.contract.web.conftest import House

WELCOME = "/api/site/recordings/zh/welcome"


@pytest.fixture
async def session(house: House) -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)
    headers = {"X-Hotline": "1", "Accept-Language": "zh"}
    async with aiohttp.ClientSession(house.address, cookie_jar=jar, headers=headers) as session:
        signed_in = {"name": "chen", "password": house.password("chen")}
        assert (await session.post("/api/session", json=signed_in)).status == 200
        yield session


def tone(seconds: float = 1.0, rate: int = 44_100) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        turn = 2 * math.pi * 600 / rate
        sound.writeframes(
            b"".join(struct.pack("<h", int(5_000 * math.sin(turn * i))) for i in range(int(rate * seconds)))
        )
    return file.getvalue()


async def test_a_recording_is_uploaded_listed_heard_replaced_and_removed(
    house: House, session: aiohttp.ClientSession
) -> None:
    async with session.put(WELCOME, data=tone()) as reply:
        assert reply.status == 200, await reply.text()
        added = await reply.json()
    assert (added["name"], added["language"], added["fault"], added["flows"]) == ("welcome", "zh", "", [])
    assert added["seconds"] == pytest.approx(1.0, abs=0.05)
    file = house.settings.places.site / "recordings" / "zh" / "welcome.wav"
    async with session.get(WELCOME) as reply:
        assert reply.headers["Content-Type"] == "audio/wav"
        assert await reply.read() == file.read_bytes()
    async with session.put(WELCOME, data=tone(2.0)) as reply:
        assert (await reply.json())["seconds"] == pytest.approx(2.0, abs=0.05)
    async with session.get("/api/site/recordings") as reply:
        assert [one["seconds"] for one in (await reply.json())["items"]] == [pytest.approx(2.0, abs=0.05)]
    async with session.delete(WELCOME) as reply:
        assert reply.status == 204
    async with session.get(WELCOME) as reply:
        assert reply.status == 404
    async with session.get("/api/audit") as reply:
        trail = [(one["action"], one["subject"]) for one in (await reply.json())["items"]]
    assert ("recording_added", "welcome/zh") in trail
    assert ("recording_removed", "welcome/zh") in trail


@pytest.mark.parametrize(
    ("path", "content", "refusal"),
    [
        (WELCOME, b"<html>", (422, "unknown_sound")),
        (WELCOME, b"", (422, "unknown_sound")),
        (WELCOME, tone()[:30] + b"\xff" * 1_000, (422, "unusable_sound")),
        (WELCOME, tone(0.01), (422, "nothing_heard")),
        (WELCOME, tone(181, 8_000), (422, "sound_too_long")),
        (WELCOME, b"RIFF0000WAVE" + b"\0" * 21 * 1024 * 1024, (413, "body_too_large")),
        ("/api/site/recordings/zh/..%2Fwelcome", tone(), (422, "bad_recording_name")),
        ("/api/site/recordings/fr/welcome", tone(), (422, "bad_recording_name")),
    ],
)
async def test_what_cannot_be_a_recording_is_refused_with_a_sentence_and_nothing_is_kept(
    house: House, session: aiohttp.ClientSession, path: str, content: bytes, refusal: tuple[int, str]
) -> None:
    async with session.put(path, data=io.BytesIO(content)) as reply:
        problem = await reply.json(content_type=None)
        assert (reply.status, problem["code"]) == refusal
    assert any("\u4e00" <= sign <= "\u9fff" for sign in problem["message"])
    folder = house.settings.places.site / "recordings"
    assert [one for one in folder.rglob("*") if one.is_file()] == []
