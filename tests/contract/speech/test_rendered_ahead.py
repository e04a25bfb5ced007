"""Prompts are there before the first call needs them, on the real voice."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ivr.names import Variable
from ivr.prompts import known_ahead
from ivr.service import LineService
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from ivr.turn import Prompt, prompts_of
from ivr.words import Phrase
from speech.errors import SynthesisFailed
from speech.settings import SynthesisSettings
from speech.voices import Voices
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

WITHIN_S = 60
FLOW = """\
start: ask
variables: {name: {type: text, value: 启明软件}, order: {type: digits}}
nodes:
  ask:
    type: collect
    into: order
    text: {zh: "欢迎致电{name}，请输入订单号。", en: "Welcome to {name}. Type your order."}
    min_digits: 4
    max_digits: 4
    next: said
    otherwise: said
  said:
    type: say
    text:
      zh: [感谢您的来电。, "您的订单号是{order}。", {en: "Thank you."}]
      en: ["Thank you for calling.", "Your order is {order}."]
    next: bye
  bye: {type: hangup, text: {zh: 再见。, en: Goodbye.}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    (site / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    return site


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


@pytest.fixture
async def voices(tmp_path: Path) -> AsyncIterator[Voices]:
    async with Voices(SynthesisSettings(workers=2), tmp_path / "prompts") as voices:
        yield voices


class Silent:
    """In place of the engine: only what is kept can be had."""

    async def speak(self, words: str, language: str, path: Path) -> None:
        raise SynthesisFailed(f"{words} in {language} is not kept in {path}")

    async def close(self) -> None:
        pass


async def kept(folder: Path, prompt: Prompt) -> Path | None:
    """The file of a prompt, if there is one."""
    voices = Voices(SynthesisSettings(), folder)
    voices._own = Silent()  # type: ignore[assignment]
    try:
        return await voices.render(prompt.text, prompt.language)
    except SynthesisFailed:
        return None


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def running(service: LineService) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def ahead(site: Path) -> list[Prompt]:
    files = SiteFiles(site, IvrSettings())
    files.refresh()
    return list(known_ahead(files.site.flows["main"]))


async def test_all_that_is_said_alike_to_everyone_is_there_before_the_first_call_also_around_variables(
    office: Office, site: Path, tmp_path: Path, voices: Voices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "render", voices.render, raising=False)
    wanted = [prompt for prompt in ahead(site) if prompt.text.strip()]
    texts = {prompt.text for prompt in wanted}
    assert {
        "感谢您的来电。",
        "欢迎致电启明软件，请输入订单号。",
        "Thank you.",
        "您前面还有3位客户在等候。",
    } <= texts
    assert not any("订单号是" in text for text in texts)
    async with running(office.service(site)):

        async def all_kept() -> bool:
            return None not in [await kept(tmp_path / "prompts", prompt) for prompt in wanted]

        await until(all_kept)
    order = Variable(type="digits", value="1024")
    (told,) = prompts_of((Phrase(words="您的订单号是{order}。"),), "zh", {"order": order})
    assert await kept(tmp_path / "prompts", told) is None, "what the caller types is not known ahead"


async def test_a_changed_text_is_spoken_before_the_next_call_and_heard_in_it(
    office: Office, site: Path, tmp_path: Path, voices: Voices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office, "render", voices.render, raising=False)
    service, folder = office.service(site), tmp_path / "prompts"
    old, new = (Prompt(text=text, language="zh") for text in ("再见。", "祝您生活愉快，再见。"))
    async with running(service):
        first = ScriptedLine(keys=["1024"])
        await service.handle(first)
        was = await kept(folder, old)
        assert was is not None
        assert first.heard[-1] == was.stem
        main = site / "flows" / "main.yaml"
        main.write_text(FLOW.replace(old.text, new.text), encoding="utf-8")
        await service.closed_calendars()  # as the server does every few seconds, calls or not

        async def is_kept() -> bool:
            return await kept(folder, new) is not None

        await until(is_kept)
        second = ScriptedLine(keys=["1024"])
        await service.handle(second)
        now = await kept(folder, new)
        assert now is not None
        assert second.heard[-1] == now.stem != was.stem
