"""What is amiss while calls are taken."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acd.model import Overview
from infra.last_good import FileCheck
from kernel.errors import InvalidInput
from server.notices import StaleFiles, notices
from server.settings import Settings


class Calls:
    stale: tuple[str, ...] = ()


class Voices:
    def __init__(self) -> None:
        self.broken: dict[str, str] = {}

    def faults(self) -> dict[str, str]:
        return self.broken


async def test_a_voice_that_does_not_speak_is_told_with_its_reason(tmp_path: Path) -> None:
    voices = Voices()
    told = notices(Settings(data_dir=tmp_path), Calls(), lambda: Overview(queues=(), agents=()), voices)[
        "voices"
    ]
    assert await told() == ""
    voices.broken = {"cloud": "it answered with HTTP 500"}
    assert await told() == "cloud does not speak, and the next voice does: it answered with HTTP 500"


async def test_that_no_line_can_be_had_is_told_with_the_end_of_the_pause(tmp_path: Path) -> None:
    until = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
    overviews = [Overview(queues=(), agents=(), no_line_until=until), Overview(queues=(), agents=())]
    told = notices(Settings(data_dir=tmp_path), Calls(), lambda: overviews.pop(0), Voices())["lines"]
    assert "no outside line can be had" in (said := await told())
    assert "before 08:05:00 UTC" in said
    assert await told() == ""


def refuse(text: str) -> None:
    if text != "good":
        raise InvalidInput(f"line 1: {text}")


async def test_a_file_is_read_again_only_once_it_was_changed(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    read: list[str] = []

    def parse(text: str) -> None:
        read.append(text)
        refuse(text)

    check = FileCheck(file, parse)
    assert check.fault() == ""
    for text in ("bad", "better", "good"):
        file.write_text(text, encoding="utf-8")
        fault = "" if text == "good" else f"line 1: {text}"
        assert [check.fault(), check.fault()] == [fault, fault]
    assert read == ["bad", "better", "good"]


async def test_who_asks_while_a_folder_hangs_hears_what_was_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "x.yaml"
    answers, loop = asyncio.Event(), asyncio.get_running_loop()
    looks: list[str] = []

    def hang(text: str) -> None:
        looks.append(text)
        if text == "hangs":
            asyncio.run_coroutine_threadsafe(answers.wait(), loop).result()
        refuse(text)

    stale = StaleFiles((FileCheck(file, hang),), Calls())
    file.write_text("bad", encoding="utf-8")
    before = await stale.said()
    assert before.endswith("line 1: bad")
    monkeypatch.setattr("server.notices.LOOK_MAX_S", 0.01)
    file.write_text("hangs", encoding="utf-8")
    assert [await stale.said() for _ in range(3)] == [before] * 3
    assert looks == ["bad", "hangs"]
    answers.set()
    monkeypatch.setattr("server.notices.LOOK_MAX_S", 10)
    assert (await stale.said()).endswith("line 1: hangs")
