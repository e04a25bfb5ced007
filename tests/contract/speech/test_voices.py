"""Voices that are plugged in beside Hotline's own: real programs, and what they do wrong."""

import asyncio
import base64
import json
import os
import shutil
import sys
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from speech.settings import SoundSettings, SynthesisSettings
from speech.voice_settings import CommandVoice, HttpVoice, PiperVoice
from speech.voices import Voices
from tests.contract.speech import plugged_voice

WITHIN_S = 20
FAULTS = {
    "fails": "status 1: no licence for this voice",
    "hangs": "did not end within",
    "silence": "nothing but silence",
    "distorted": "distorted",
    "too short": "shorter than",
    "rubbish": "no sound file of a kind",
    "page": "no sound file of a kind",
    "empty": "it is empty",
    "nothing": "wrote no file",
    "fills the disk": "status",
    "eats memory": "MemoryError",
}


@dataclass(frozen=True)
class Company:
    """A company's own voice."""

    folder: Path

    def does(self, manner: str) -> None:
        (self.folder / "manner").write_text(manner, encoding="utf-8")

    @property
    def asked(self) -> list[str]:
        file = self.folder / "asked"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def voice(self, **more: object) -> CommandVoice:
        program = str(self.folder / "plugged_voice.py")
        command = (sys.executable, program, "{text_file}", "{out_wav}")
        set_ = {"command": command, "languages": ("zh",), "memory_mb": 2_000} | more
        return CommandVoice(kind="command", **set_)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    folder = tmp_path / "company"
    folder.mkdir()
    shutil.copy(plugged_voice.__file__, folder)
    there = Company(folder)
    there.does("speaks")
    return there


@asynccontextmanager
async def speaking(folder: Path, **settings: object) -> AsyncIterator[Voices]:
    base: dict[str, object] = {"workers": 1, "live_wait_s": WITHIN_S}
    sounds = SoundSettings(file_mb_max=5)
    async with Voices(SynthesisSettings(**(base | settings)), folder / "prompts", sounds) as voices:
        yield voices


def is_theirs(path: Path) -> bool:
    """Whether it is the tone of the company's voice, as a telephone can play it."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(sound))
    return abs(int(spectrum.argmax()) * 8_000 / len(sound) - 600) < 5


async def until(condition: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            holds = condition()
            if holds if isinstance(holds, bool) else await holds:
                return
            await asyncio.sleep(0.02)


async def test_stereo_of_any_rate_becomes_telephone_sound_of_our_loudness_without_silence_around(
    company: Company, tmp_path: Path
) -> None:
    async with speaking(tmp_path, engines={"ours": company.voice()}) as voices:
        path = await voices.render("您好，订单A1024已发货", "zh")
    assert is_theirs(path)
    with wave.open(str(path)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert 1.0 < len(sound) / 8_000 < 1.3, "half a second of silence before and behind is gone"
    middle = sound[2_000:6_000]
    assert 20 * np.log10((middle**2).mean() ** 0.5 / 32_768) == pytest.approx(-20, abs=0.5)
    assert company.asked == ["您好，订单 A 幺零二四 已发货"], "the voice is given words, not figures"


@pytest.mark.parametrize("manner", FAULTS)
async def test_where_a_voice_does_wrong_the_next_one_speaks(
    company: Company, tmp_path: Path, manner: str
) -> None:
    company.does(manner)
    engine = company.voice(timeout_s=1 if manner == "hangs" else 10, memory_mb=1_000)
    async with speaking(tmp_path, engines={"ours": engine}, failures_max=1) as voices:
        path = await voices.render("您好", "zh")
        assert not is_theirs(path)
        assert FAULTS[manner] in voices.faults()["ours"]
    assert not list((tmp_path / "prompts" / ".work").iterdir())


async def test_a_hanging_program_ends_with_all_that_it_started(company: Company, tmp_path: Path) -> None:
    company.does("hangs")
    async with speaking(tmp_path, engines={"ours": company.voice(timeout_s=1)}) as voices:
        await voices.render("您好", "zh")
    for pid in (company.folder / "pids").read_text(encoding="utf-8").split():
        await until(lambda pid=pid: _is_gone(int(pid)))


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    nobody = CommandVoice(kind="command", command=("/no/such", "{text_file}", "{out_wav}"), languages=("zh",))
    async with speaking(tmp_path, engines={"ours": nobody}, failures_max=1) as voices:
        assert not is_theirs(await voices.render("您好", "zh"))
        assert "/no/such cannot be run" in voices.faults()["ours"]


async def test_a_broken_voice_is_not_asked_for_each_text_and_speaks_again_once_it_is_mended(
    company: Company, tmp_path: Path
) -> None:
    company.does("fails")
    engines = {"ours": company.voice()}
    async with speaking(tmp_path, engines=engines, failures_max=2, retry_after_s=0.3) as voices:
        for number in range(5):
            await voices.render(f"文本{number}", "zh")
        broken_after = company.asked[:2]
        assert len(set(company.asked)) == 2, "two failures, then only trials with the last of them"
        company.does("speaks")
        await until(lambda: not voices.faults())
        assert set(company.asked) == set(broken_after)
        assert is_theirs(await voices.render("新的文本", "zh"))


async def test_one_text_that_a_voice_cannot_speak_does_not_break_it_and_is_not_asked_again_each_time(
    company: Company, tmp_path: Path
) -> None:
    async with speaking(tmp_path, engines={"ours": company.voice()}) as voices:
        company.does("silence")
        assert not is_theirs(await voices.render("一", "zh"))
        company.does("speaks")
        assert not is_theirs(await voices.render("一", "zh"))
        assert is_theirs(await voices.render("您好", "zh"))
        assert voices.faults() == {}
        assert company.asked == ["一", "您好"]


async def test_a_caller_does_not_wait_for_a_slow_voice_and_the_next_one_hears_it(
    company: Company, tmp_path: Path
) -> None:
    company.does("hangs")
    async with speaking(tmp_path, engines={"ours": company.voice()}, live_wait_s=0.2) as voices:
        assert not is_theirs(await voices.render("您好", "zh"))
        await until((company.folder / "pids").exists)
        company.does("speaks")
        for pid in (company.folder / "pids").read_text(encoding="utf-8").split():
            os.kill(int(pid), 9)

        async def is_heard() -> bool:
            return is_theirs(await voices.render("再见", "zh"))

        await until(is_heard)


async def test_who_has_time_gets_the_best_voice_also_where_another_has_spoken(
    company: Company, tmp_path: Path
) -> None:
    async with speaking(tmp_path) as voices:
        own = await voices.render("您好", "zh")
    async with speaking(tmp_path, engines={"ours": company.voice()}) as voices:
        assert await voices.render("您好", "zh") == own, "a caller hears what is there at once"
        better = await voices.render("您好", "zh", has_time=True)
        assert is_theirs(better)
        assert await voices.render("您好", "zh") == better


async def test_voices_are_asked_in_the_order_that_is_set_for_a_language(
    company: Company, tmp_path: Path
) -> None:
    engines = {
        "broken": company.voice(command=("false", "{text_file}", "{out_wav}")),
        "ours": company.voice(),
    }
    async with speaking(tmp_path, engines=engines, order={"zh": ("broken", "ours")}) as voices:
        assert is_theirs(await voices.render("您好", "zh"))
    async with speaking(tmp_path, engines=engines, order={"zh": ("espeak", "ours")}) as voices:
        assert not is_theirs(await voices.render("再见", "zh"))
    async with speaking(tmp_path, engines=engines) as voices:
        assert not is_theirs(await voices.render("Hello", "en")), "it speaks no English"


async def test_a_text_is_spoken_anew_when_the_voice_changes_and_once_for_many_callers(
    company: Company, tmp_path: Path
) -> None:
    async with speaking(tmp_path, engines={"ours": company.voice()}) as voices:
        one, *others = await asyncio.gather(*(voices.render("您好", "zh") for _ in range(5)))
        assert set(others) == {one}
        assert company.asked == ["您好"]
    async with speaking(tmp_path, engines={"ours": company.voice(version="2", at_once=2)}) as voices:
        assert await voices.render("您好", "zh", has_time=True) != one
    async with speaking(tmp_path, engines={"ours": company.voice(timeout_s=9)}) as voices:
        assert await voices.render("您好", "zh") == one, "limits are not heard"


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator["Service"]:
    there = Service(tmp_path)
    app = web.Application()
    app.router.add_post("/speak", there.answer)
    async with TestServer(app) as server:
        there.url = str(server.make_url("/speak"))
        yield there


class Service:
    """A company's HTTP service for speech."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self.asked: list[tuple[str, str]] = []
        self.status = 200
        self.body: bytes | None = None
        self._sound = folder / "sound.wav"
        plugged_voice.tone(self._sound)

    def sound(self) -> bytes:
        return self._sound.read_bytes()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.headers.get("Authorization", ""), await request.text()))
        if self.status == 302:
            raise web.HTTPFound("/elsewhere")
        return web.Response(status=self.status, body=self.sound() if self.body is None else self.body)


async def test_a_service_is_asked_with_its_key_and_no_text_can_change_what_is_asked(
    service: Service, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret\n", encoding="utf-8")
    voice = HttpVoice(
        kind="http",
        url=service.url,
        languages=("zh",),
        headers={"Authorization": "Bearer {key}"},
        key_file=key,
        json_body={"input": {"text": "{text}"}, "voice": "x-{language}", "rate": 1},
    )
    async with speaking(tmp_path, engines={"cloud": voice}) as voices:
        assert is_theirs(await voices.render('您好", "voice": "{key}', "zh"))
    ((header, body),) = service.asked
    assert header == "Bearer s3cret"
    assert '"voice": "x-zh"' in body
    assert body.count("s3cret") == 0


async def test_a_service_may_answer_with_base64_in_json(service: Service, tmp_path: Path) -> None:

    service.body = json.dumps({"data": {"audio": base64.b64encode(service.sound()).decode()}}).encode()
    voice = HttpVoice(
        kind="http", url=service.url, languages=("zh",), text_body="{text}", answer_field="data.audio"
    )
    async with speaking(tmp_path, engines={"cloud": voice}) as voices:
        assert is_theirs(await voices.render("您好", "zh"))
    assert service.asked[0][1] == "您好"


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (500, None, "HTTP 500"),
        (302, None, "HTTP 302"),
        (200, b"", "it is empty"),
        (200, b'{"error": "quota"}', "no sound file of a kind"),
        (200, b"\0" * 2_000_000, "larger than 1 MB"),
    ],
)
async def test_where_a_service_answers_wrong_the_next_voice_speaks(
    service: Service, tmp_path: Path, status: int, body: bytes | None, fault: str
) -> None:
    service.status, service.body = status, body
    voice = HttpVoice(kind="http", url=service.url, languages=("zh",), text_body="{text}", answer_mb_max=1)
    async with speaking(tmp_path, engines={"cloud": voice}, failures_max=1) as voices:
        assert not is_theirs(await voices.render("您好", "zh"))
        assert fault in voices.faults()["cloud"]


async def test_a_service_that_is_away_is_said_without_its_key(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("s3cret", encoding="utf-8")
    voice = HttpVoice(
        kind="http", url="http://127.0.0.1:9/{key}", languages=("zh",), text_body="{text}", key_file=key
    )
    async with speaking(tmp_path, engines={"cloud": voice}, failures_max=1) as voices:
        await voices.render("您好", "zh")
        assert "cannot be reached" in voices.faults()["cloud"]
        assert "s3cret" not in voices.faults()["cloud"]


async def test_a_piper_voice_that_is_not_there_is_named_with_both_its_files(tmp_path: Path) -> None:
    model = tmp_path / "zh_CN-x-medium.onnx"
    voice = PiperVoice(kind="piper", models={"zh": model})
    async with speaking(tmp_path, engines={"piper": voice}, failures_max=1) as voices:
        await voices.render("您好", "zh")
        assert voices.faults()["piper"].startswith(
            f"there is no voice file {model}: a Piper voice is two files"
        )
    model.write_bytes(b"no voice")
    model.with_name(f"{model.name}.json").write_text("{}", encoding="utf-8")
    async with speaking(tmp_path, engines={"piper": voice}, failures_max=1) as voices:
        await voices.render("再见", "zh")
        assert "piper" in voices.faults()["piper"].lower()
