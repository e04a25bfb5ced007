"""Simulated people: what they hear, what they say, and when their call counts as good."""

import asyncio
import time
import wave
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from typer.testing import CliRunner

from ivr.calendar import Calendars
from ivr.dialled import NumberRule, Numbers
from ivr.flow import Surroundings, load_flow
from ivr.model import Flow
from ivr.site import Site
from kernel.errors import InvalidInput
from rig.tones import encode_ulaw, tone_packets
from server.cli import app
from server.simulated.call import Script, live
from server.simulated.network import Lines, Network
from server.simulated.prompts import flows_behind, is_for_callers
from server.simulated.report import HeardPrompt, People, Report, judge
from server.simulated.sound import HEADER, KIND_ID, KIND_SOUND, QUIET, Ear, Ears, wav_frames, write_wav

GOOD = Report(
    to="4008009000",
    caller="13812345678",
    call_id="c-1",
    was_answered=True,
    prompts=(),
    heard_s=12.0,
    agent_tone_s=5.0,
    customer_tone_s=5.0,
    agent_saw="张伟",
    answered_by="李静",
    waited_s=1.0,
    talked_s=5.0,
    outcome="served",
)


def tone_file(path: Path, *, rate_hz: int = 8000, seconds: float = 1.0) -> Path:
    samples = (8000 * np.sin(2 * np.pi * 700 * np.arange(int(rate_hz * seconds)) / rate_hz)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


@pytest.mark.parametrize(
    ("report", "expected", "holds"),
    [
        (GOOD, None, True),
        (GOOD, "served", True),
        (GOOD, "voicemail", False),
        (replace(GOOD, agent_tone_s=0.2), None, False),
        (replace(GOOD, customer_tone_s=0.0), None, False),
        (replace(GOOD, answered_by=None), None, False),
        (replace(GOOD, customer_tone_s=None, agent_tone_s=0.0), None, True),
        (replace(GOOD, outcome="voicemail", answered_by=None, customer_tone_s=None), "voicemail", True),
        (replace(GOOD, outcome="voicemail", heard_s=0.0), "voicemail", False),
    ],
)
def test_a_call_is_good_when_it_was_answered_or_as_expected_with_sound_both_ways(
    report: Report, expected: str | None, *, holds: bool
) -> None:
    assert report.holds(expected) is holds
    assert report.as_json(expected)["ok"] is holds


def test_what_was_heard_is_told_by_tone_and_by_prompt(tmp_path: Path) -> None:
    prompt = tone_file(tmp_path / "prompt.wav")
    customer, agent = Ear(), Ear()
    said = [encode_ulaw(np.frombuffer(frame, "<i2")) for frame in wav_frames(prompt)]
    quiet = [encode_ulaw(np.zeros(160, np.int16))] * 50
    customer.heard = [
        (at * 0.02, packet) for at, packet in enumerate([*quiet, *said, *tone_packets(1000) * 2])
    ]
    agent.heard = [(at * 0.02, packet) for at, packet in enumerate(tone_packets(440) * 3)]
    customer.is_connected.set()
    entry = {"call_id": "c-1", "outcome": "served", "agent_name": "李静", "waited_s": 1.5, "talked_s": 3.0}
    report = judge(
        "4008009000",
        "13812345678",
        People(customer=customer, agent=agent),
        entry=entry,
        prompts={prompt: ("main/welcome/zh", "main/again/zh")},
    )
    assert [heard.prompt for heard in report.prompts] == ["main/welcome/zh"]
    assert report.prompts[0].same_words == ("main/again/zh",)
    assert isinstance(report.prompts[0], HeardPrompt)
    assert 0.9 <= report.prompts[0].at_s <= 1.5
    assert report.agent_tone_s == pytest.approx(2.0, abs=0.3)
    assert report.customer_tone_s == pytest.approx(3.0, abs=0.3)
    assert (report.answered_by, report.holds(None)) == ("李静", True)


def test_a_call_that_nobody_took_has_nothing_to_tell() -> None:
    report = judge("1", "2", People(customer=Ear(), agent=None), entry=None, prompts={})
    assert (report.was_answered, report.heard_s, report.outcome, report.holds(None)) == (
        False,
        0.0,
        None,
        False,
    )


def test_only_telephone_ready_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="8000 Hz"):
        wav_frames(tone_file(tmp_path / "wide.wav", rate_hz=16000))
    with pytest.raises(InvalidInput, match=r"missing\.wav cannot be read: No such file or directory$"):
        wav_frames(tmp_path / "missing.wav")
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(InvalidInput, match=r"text\.wav is no such WAV file as can be played"):
        wav_frames(tmp_path / "text.wav")
    with pytest.raises(InvalidInput, match="holds no sound"):
        wav_frames(tone_file(tmp_path / "empty.wav", seconds=0))
    frames = list(wav_frames(tone_file(tmp_path / "ok.wav", seconds=0.05)))
    assert [len(frame) for frame in frames] == [320, 320, 320]


async def test_both_sides_of_a_conversation_hear_each_other(tmp_path: Path) -> None:
    ears = Ears()
    await ears.start()
    ear = ears.expect()
    ear.hum(440)
    reader, writer = await asyncio.open_connection("127.0.0.1", ears.port)
    writer.write(HEADER.pack(KIND_ID, 16) + ear.id.bytes)
    kind, length = HEADER.unpack(await reader.readexactly(3))
    assert (kind, length) == (KIND_SOUND, 320)
    assert await reader.readexactly(320) != QUIET
    writer.write(HEADER.pack(KIND_SOUND, 320) + QUIET)
    writer.close()
    await ear.is_over.wait()
    await ears.stop()
    assert len(ear.heard) == 1
    write_wav(tmp_path / "heard.wav", ear.heard)
    assert len(list(wav_frames(tmp_path / "heard.wav"))) == 1


async def test_a_stranger_on_the_sound_port_is_sent_away() -> None:
    ears = Ears()
    await ears.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", ears.port)
    writer.write(HEADER.pack(KIND_ID, 16) + bytes(16))
    assert await reader.read() == b""
    writer.close()
    await ears.stop()


async def test_a_prompts_end_is_a_pause_after_speech() -> None:
    ear, loud = Ear(), tone_packets(700)[0]
    waiting = asyncio.create_task(ear.pause(speech_s=0.5, quiet_s=0.01, patience_s=60))
    await asyncio.sleep(0)
    for _ in range(25):
        ear.hear(time.monotonic(), loud)
    assert await waiting


async def test_who_waits_for_a_prompt_has_only_so_much_patience() -> None:
    assert not await Ear().pause(speech_s=0.5, quiet_s=0.0, patience_s=0.0)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--to", "SIP/evil&Local/x"],
        ["--to", ""],
        ["--to", "4001", "--from", "12,HL_CALL=1"],
        ["--to", "4001", "--keys", "2;1"],
        ["--to", "4001", "--name", "Eve\r\nAction: Originate"],
        ["--to", "4001", "--lang", "fr"],
    ],
)
def test_what_cannot_be_dialled_or_pressed_is_refused(arguments: list[str]) -> None:
    refused = CliRunner().invoke(app, ["call", *arguments])
    assert isinstance(refused.exception, InvalidInput)


def test_a_name_with_wrong_signs_is_refused_by_naming_them() -> None:
    refused = CliRunner().invoke(app, ["call", "--to", "4001", "--name", "<b>"])
    assert 'without " < >' in str(refused.exception)


def test_a_call_before_the_first_start_says_how_to_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["call", "--to", "4001"])
    assert "start it with ./hotline run" in str(refused.exception)
    assert refused.output == ""


@pytest.mark.parametrize(
    "option", [("--wav", "missing.wav"), ("--record", "no/such/folder.wav"), ("--record", "a" * 300)]
)
def test_files_are_looked_at_before_anything_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: tuple[str, str]
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    refused = CliRunner().invoke(app, ["call", "--to", "4001", option[0], str(tmp_path / option[1])])
    assert isinstance(refused.exception, InvalidInput)
    assert option[1] in str(refused.exception)


class SilentLine(Network):
    """Takes the call, and then neither sounds nor ends by itself."""

    def __init__(self, customer: Ear) -> None:
        self._customer = customer

    async def dial(self, **_: str) -> None:
        self._customer.is_connected.set()

    async def hang_up(self, _: str) -> None:
        self._customer.is_over.set()


@dataclass
class Told:
    """What the ledger answers, one answer after the other; the last one again and again."""

    has_agent_now: list[bool] = field(default_factory=lambda: [False])
    is_closed_now: list[bool] = field(default_factory=lambda: [False])

    async def is_closed(self) -> bool:
        return _next(self.is_closed_now)

    async def has_agent(self) -> bool:
        return _next(self.has_agent_now)


def _next(answers: list[bool]) -> bool:
    return answers.pop(0) if len(answers) > 1 else answers[0]


async def phoned(script: Script, customer: Ear, told: Told, agent: Ear | None = None) -> float:
    """How long the customer stayed, on a line that sounds."""
    customer.heard.append((time.monotonic() + 60, b""))
    started = time.monotonic()
    async with asyncio.timeout(10):
        await live(SilentLine(customer), script, customer, agent, told)
    return time.monotonic() - started


async def test_a_customer_does_not_wait_on_a_line_that_died() -> None:
    customer = Ear()
    async with asyncio.timeout(10):
        await live(
            SilentLine(customer),
            Script(to="1", caller="2"),
            customer,
            Ear(),
            Told(is_closed_now=[False, True]),
        )
    assert customer.is_over.is_set()


async def test_a_customer_whom_nobody_answers_has_patience_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("server.simulated.call.ASKED_EACH_S", 0.01)
    stayed_s = await phoned(Script(to="1", caller="2", wait_s=0.3, hold_s=30), Ear(), Told())
    assert 0.3 <= stayed_s < 5


@pytest.mark.parametrize("is_ours", [True, False])
async def test_a_customer_talks_for_so_long_from_when_an_agent_is_there(
    monkeypatch: pytest.MonkeyPatch, *, is_ours: bool
) -> None:
    monkeypatch.setattr("server.simulated.call.ASKED_EACH_S", 0.1)
    agent = Ear() if is_ours else None
    if agent:
        agent.is_connected.set()
    told = Told(has_agent_now=[False] if is_ours else [False, False, False, True])
    stayed_s = await phoned(Script(to="1", caller="2", wait_s=30, hold_s=0.4), Ear(), told, agent)
    assert (0.4 if is_ours else 0.7) <= stayed_s < 5


async def test_around_words_it_is_quiet_until_an_agent_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.simulated.call.ASKED_EACH_S", 0.01)
    monkeypatch.setattr("server.simulated.call.PROMPT_PATIENCE_S", 0.1)
    words = Script(to="1", caller="2", sounds=(tone_file(tmp_path / "a.wav", seconds=0.02),), wait_s=0.1)
    alone = Ear()
    await phoned(words, alone, Told())
    assert [alone.next_frame(at) == QUIET for at in range(3)] == [False, True, True]
    met = Ear()
    await phoned(replace(words, hold_s=0.1), met, Told(has_agent_now=[True]))
    assert QUIET not in [met.next_frame(at) for at in range(3)]


async def test_who_has_nothing_to_say_hums_from_the_first_moment() -> None:
    customer = Ear()
    await phoned(Script(to="1", caller="2", wait_s=0), customer, Told())
    assert customer.next_frame(0) != QUIET


async def test_no_sign_of_a_name_is_lost_on_the_way_to_the_network() -> None:
    sent: list[dict[str, str]] = []

    class Manager:
        async def act(self, _: str, fields: dict[str, str]) -> None:
            sent.append(fields)

    line = Network(cast("Any", Manager()), Lines(hotline_sip_port=5060, ears_port=1))
    await line.dial(number="1", caller="2", name=r"a\\b", ear="e", channel="c")
    assert sent[0]["CallerID"] == r'"a\\\\b" <2>'


def flow_saying(name: str, words: str) -> tuple[str, Flow]:
    text = f"start: a\nnodes:\n  a: {{type: hangup, text: {{zh: {words}, en: Goodbye}}}}\n"
    flow, problems = load_flow(text, file=name, name=name, around=Surroundings())
    assert flow, problems
    return name, flow


@pytest.mark.parametrize(("dialled", "flows"), [("4002", ["second"]), ("4009", ["first", "second"])])
def test_a_prompt_is_named_by_the_flow_that_the_number_leads_to(dialled: str, flows: list[str]) -> None:
    known = dict([flow_saying("first", "再见"), flow_saying("second", "再见")])
    numbers = Numbers(numbers={"4002": NumberRule(flow="second")})
    assert flows_behind(Site(numbers=numbers, calendars=Calendars(), flows=known), dialled) == flows


@pytest.mark.parametrize(
    ("name", "is_theirs"),
    [("system/press_to_accept/zh", False), ("system/connecting/zh", True), ("main/menu/zh/2", True)],
)
def test_what_is_said_to_agents_is_not_looked_for_in_what_a_caller_heard(name: str, is_theirs: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_for_callers(name) is is_theirs
