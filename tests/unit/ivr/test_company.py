"""What callers who wait hear between the music."""

import asyncio
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.company import Told, sentences
from ivr.ports import WaitOutlook
from ivr.words import Language
from tests.unit.ivr.scripted import Office, ScriptedLine, arrival

COMFORT = ({"zh": "请稍候。", "en": "Please hold on."}, {"zh": "谢谢。", "en": "Thank you."})


def outlook(position: int | None = None, expected_s: float | None = None, **more: object) -> WaitOutlook:
    given = {"first_s": 0.001, "every_s": 0.001, **more}
    return WaitOutlook(position=position, expected_s=expected_s, **given)  # type: ignore[arg-type]


def said(of: WaitOutlook, language: Language = "zh", told: Told | None = None) -> list[str]:
    return [prompt.text for prompt in sentences(of, told or Told(), language)]


@pytest.mark.parametrize(
    ("position", "zh", "en"),
    [
        (1, "您排在第一位。", "You are next in line."),
        (2, "您前面还有1位客户在等候。", "There is one caller ahead of you."),
        (7, "您前面还有6位客户在等候。", "There are 6 callers ahead of you."),
    ],
)
def test_a_place_is_told_by_who_is_ahead(position: int, zh: str, en: str) -> None:
    assert said(outlook(position)) == [zh]
    assert said(outlook(position), "en") == [en]


@pytest.mark.parametrize(
    ("expected_s", "en"),
    [
        (20, "less than a minute"),
        (50, "about one minute"),
        (80, "about one and a half minutes"),
        (130, "about 2 minutes"),
        (400, "about 7 minutes"),
        (1000, "about 15 minutes"),
        (3500, "about 60 minutes"),
    ],
)
def test_a_wait_is_told_as_exactly_as_it_is_known(expected_s: float, en: str) -> None:
    assert said(outlook(expected_s=expected_s), "en") == [f"We expect to connect you in {en}."]
    (zh,) = said(outlook(expected_s=expected_s))
    assert "分" in zh


def test_nobody_is_told_to_have_fallen_back() -> None:
    told = Told()
    assert said(outlook(3), told=told)
    assert said(outlook(4), told=told) == []
    assert said(outlook(3), told=told)
    assert said(outlook(2), told=told)
    assert said(outlook(3), told=told) == []


def test_comfort_is_said_in_turn_where_nothing_is_sure() -> None:
    told = Told()
    assert said(outlook(comfort=COMFORT), told=told) == ["请稍候。"]
    assert said(outlook(1, comfort=COMFORT), told=told) == ["您排在第一位。"]
    assert said(outlook(comfort=COMFORT), "en", told=told) == ["Thank you."]
    assert said(outlook(comfort=COMFORT), told=told) == ["请稍候。"]
    assert said(outlook()) == []


class PatientLine(ScriptedLine):
    """Holds until an agent comes, after so many sentences were heard."""

    sentences = 2

    @override
    async def hold(self, *, keys: str = "") -> str:
        if self.did.count("play") >= self.sentences:
            return await super().hold(keys=keys)
        await self._step("hold")
        return str(await asyncio.Event().wait())


async def test_who_waits_is_told_between_the_music_in_their_language(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.outlooks = [outlook(), outlook(3, 130), outlook(2), outlook()]
    line = PatientLine(came=arrival(dialled="02180009001"), keys=["1"])
    line.sentences += 2  # the menu, and what the queue says first
    async with asyncio.timeout(10):
        await office.service().handle(line)
    told = office.said[-3:]
    assert told == [
        "There are 2 callers ahead of you.",
        "We expect to connect you in about 2 minutes.",
        "There is one caller ahead of you.",
    ]
    assert line.did[-1] == "hold", "music, also after the last sentence"


async def test_who_is_sent_away_hears_nothing_more_of_the_wait(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.outlooks = [outlook(first_s=60), outlook(3)]
    office.exits = ["timeout"]
    line = PatientLine(came=arrival(dialled="02180009001"), keys=["1"])
    async with asyncio.timeout(10):
        await office.service().handle(line)
    assert not any("ahead of you" in text for text in office.said)


async def test_where_the_queue_tells_nothing_there_is_music_alone(tmp_path: Path) -> None:
    office = Office(tmp_path)
    line = ScriptedLine(came=arrival(dialled="02180009001"), keys=["1"])
    await office.service().handle(line)
    assert line.did.count("hold") == 1
