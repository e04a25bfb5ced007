"""Both sides of a conversation are written down while people talk: right side, right order, right time."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from kernel.ids import AgentId
from telephony.events import (
    LegEnded,
)
from telephony.recordings import Side
from tests.asterisk.listened_talks import SENTENCES, Talking, talking
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually
from tests.voices import Line, say
from transcripts.model import Source, State, Transcript

APART_S_MAX = 0.6
"""Between the same word heard live and in the recording."""


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("said")
    lines = {name: Line(text, folder / f"{name}.wav") for name, text in SENTENCES.items()}
    asyncio.run(say("zh", list(lines.values())))
    return {name: line.out for name, line in lines.items()}


def texts(found: Transcript) -> list[tuple[Side, str]]:
    return [(said.side, said.text) for said in found.segments]


async def test_both_sides_are_written_down_as_they_talk_after_a_transfer_too(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        li.ends[-1].say(spoken["agent"])
        asked = await talk.hears(SENTENCES["agent"])
        talk.customer.end.say(spoken["customer"])
        answered = await talk.hears(SENTENCES["customer"])
        assert (asked.side, answered.side) == (Side.AGENT, Side.CUSTOMER)
        assert talk.told[-1].agents == (AgentId(7),)

        await talk.it.switch.park(talk.call)
        await talk.it.heard.until(LegEnded)
        wang = await talk.answered(8, 2)
        talk.customer.end.say(spoken["again"])
        await talk.hears(SENTENCES["again"])
        wang.ends[-1].say(spoken["colleague"])
        await talk.hears(SENTENCES["colleague"])
        assert talk.told[-1].agents == (AgentId(8),)
        assert (await talk.read()).state is State.TALKING

        live = await talk.closed()
        later = await talk.from_recording()
    expected = [
        (Side.AGENT, SENTENCES["agent"]),
        (Side.CUSTOMER, SENTENCES["customer"]),
        (Side.CUSTOMER, SENTENCES["again"]),
        (Side.AGENT, SENTENCES["colleague"]),
    ]
    assert (live.state, live.source, texts(live)) == (State.DONE, Source.LIVE, expected)
    assert (later.source, texts(later)) == (Source.RECORDING, expected)
    apart = [
        abs(one.start_s - other.start_s) for one, other in zip(live.segments, later.segments, strict=True)
    ]
    assert max(apart) < APART_S_MAX, "a live word is found in the recording where it says"


async def test_partials_come_before_the_words_are_final(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await talk.hears(SENTENCES["customer"])
        partials = [told.partials.get(Side.CUSTOMER, "") for told in talk.told]
        kept = await eventually_read(talk)
        await talk.closed()
    assert any(partials)
    assert set(partials) & {"我", "我的", "我的洗衣机", "我的洗衣机漏水"}
    assert [said.text for said in kept.segments] == [SENTENCES["customer"]], "kept while the call goes on"


async def test_nothing_is_written_down_while_the_recording_is_paused(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        await talk.pause(is_paused=True)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: talk.customer is not None and not talk.customer.end.is_answering)
        await talk.pause(is_paused=False)
        li.ends[-1].say(spoken["agent"])
        await talk.hears(SENTENCES["agent"])
        made = await talk.closed()
    assert texts(made) == [(Side.AGENT, SENTENCES["agent"])]
    assert [gap.reason for gap in made.gaps] == ["paused"]
    assert made.gaps[0].end_s - made.gaps[0].start_s > 1
    assert not any(told.partials.get(Side.CUSTOMER) for told in talk.told)


async def eventually_read(talk: Talking) -> Transcript:
    """What is kept of it, once that is anything: words are told a little before they are kept."""
    async with asyncio.timeout(10):
        while not (found := await talk.read()).segments:  # noqa: ASYNC110 - only the database tells
            await asyncio.sleep(0.05)
    return found


async def test_what_a_killed_server_heard_is_heard_again_in_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await talk.hears(SENTENCES["customer"])
        await eventually_read(talk)
        await talk.tasks.close()
        await eventually(lambda: "AudioSocket" not in asterisk.console("core show channels concise"))
        talk.told.clear()
        talk.server_begins(await talk.it.switch.snapshot())
        await eventually(lambda: talk.taps.opened == 2)
        await talk.hears(SENTENCES["customer"])
        li.ends[-1].say(spoken["agent"])
        await talk.hears(SENTENCES["agent"])
        waiting_for = await talk.closed()
        assert waiting_for.state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"]), (Side.AGENT, SENTENCES["agent"])]
    assert made.source is Source.RECORDING


async def test_calls_beyond_the_limit_are_heard_from_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken, live_max=0) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: talk.customer is not None and not talk.customer.end.is_answering)
        assert "AudioSocket" not in asterisk.console("core show channels concise")
        assert (await talk.closed()).state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"])]
    assert [(told.is_live, told.segments) for told in talk.told] == [(False, ())], "the agent is told so"


async def test_what_was_said_before_anybody_listened_is_heard_in_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken, deaf_s_max=1e-6) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await talk.hears(SENTENCES["customer"])
        assert (await talk.closed()).state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"])]


async def test_a_recogniser_that_dies_leaves_the_call_to_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        await eventually(lambda: talk.recogniser.streams("zh") == 2)
        os.kill(talk.recogniser.worker_pids()[0], signal.SIGKILL)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: talk.told and not talk.told[-1].is_live)
        await eventually(lambda: talk.customer is not None and not talk.customer.end.is_answering)
        assert (await talk.closed()).state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"])]
