"""Messages that callers listen to, speak anew or keep; what is too short or silent is none."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.check import check_files
from ivr.settings import IvrSettings
from telephony.model import Outcome
from telephony.port import LineEntry, Recorded
from telephony.spool import BYTES_PER_SECOND
from tests.unit.ivr.node_trials import write_site
from tests.unit.ivr.scripted import Office, ScriptedLine, arrival

NUMBER = "4009"
ASKED = "保存留言请按1，重听请按2，重新录音请按3。"
STAYS = "没有录到新的留言，原来的留言仍然保留。"


class Speaker(ScriptedLine):
    """Speaks so many seconds each time."""

    def __init__(self, seconds: Sequence[float], **facts: object) -> None:
        super().__init__(came=arrival(dialled=NUMBER), **facts)  # type: ignore[arg-type]
        self.seconds = list(seconds)
        self.hangs_up_in = 0
        """The how manieth recording the caller ends by hanging up."""

    @override
    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        self.message_s = self.seconds.pop(0)
        self.hangs_up_in -= 1
        self.ends_message_by_hanging_up = self.hangs_up_in == 0
        return await super().record(to, max_s=max_s, silence_s=silence_s, stop_keys=stop_keys)


async def speak(office: Office, line: ScriptedLine, more: str = "") -> list[float]:
    """How long the messages are that became of it."""
    site = office.tmp_path / "site"
    if not site.exists():
        write_site(site, {NUMBER: "voicemail/reviewed"})
        flow = site / "flows" / "try-voicemail-reviewed.yaml"
        flow.write_text(
            flow.read_text(encoding="utf-8").replace("review: true", f"review: true{more}"), "utf-8"
        )
        assert check_files([flow], lambda _: site, IvrSettings()) == []
    await office.service(site).handle(line)
    spool = office.spool
    return [len(spool.sound(part)) / BYTES_PER_SECOND for part in office.imported]


async def test_what_is_spoken_anew_takes_the_place_of_the_old(office: Office) -> None:
    line = Speaker([2, 4], keys=["3", "1", "2"])
    assert await speak(office, line) == [4]
    assert office.spool.parts() == office.imported
    assert office.said.count(ASKED) == 2
    assert office.outcomes[0] is Outcome.VOICEMAIL


async def test_who_listens_hears_the_message_and_is_asked_again(office: Office) -> None:
    line = Speaker([2], keys=["2", None])
    assert await speak(office, line) == [2]
    (part,) = office.imported
    assert line.heard.count(office.spool.recording(part).stem) == 1
    assert office.said.count(ASKED) == 2


@pytest.mark.parametrize("keys", [["1"], [None], []])
async def test_silence_keeps_it_as_the_key_does(office: Office, keys: Sequence[str | None]) -> None:
    assert await speak(office, Speaker([3], keys=keys)) == [3]


async def test_who_hangs_up_while_speaking_anew_has_said_both(office: Office) -> None:
    line = Speaker([3, 2], keys=["3"])
    line.hangs_up_in = 2
    assert await speak(office, line) == [3, 2]
    assert set(office.outcomes) == {Outcome.VOICEMAIL}


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_who_says_nothing_the_second_time_has_said_the_first(office: Office, *, hangs_up: bool) -> None:
    line = Speaker([3, 0.1], keys=["3", "1"])
    line.hangs_up_in = 2 if hangs_up else 0
    assert await speak(office, line) == [3]
    assert (STAYS in office.said) is not hangs_up


async def test_whose_server_dies_before_they_speak_anew_is_not_asked_for_the_message_again(
    office: Office,
) -> None:
    died = Speaker([3, 0], keys=["3"])
    died.hangs_up_in = 2
    await speak(office, died)
    first, second = office.spool.parts()
    office.imported.clear()
    office.spool.recording(second).unlink(missing_ok=True)
    line = Speaker([], keys=["2"], entry=LineEntry.NEXT, mark=died.mark)
    await speak(office, line)
    assert "record" not in line.did
    assert first in office.imported


async def test_nobody_is_asked_for_ever(office: Office) -> None:
    line = Speaker([3], keys=["2", "9"] * 50)
    assert await speak(office, line) == [3]
    assert office.said.count(ASKED) == 10


async def test_a_message_shorter_than_the_flow_wants_is_none(office: Office) -> None:
    assert await speak(office, Speaker([2.5]), more=", min_s: 3") == []
    assert ASKED not in office.said
    assert [office.spool.is_message(part) for part in office.spool.parts()] == [False]


async def test_a_voice_that_fails_keeps_the_message(office: Office) -> None:
    office.speech_fails = True
    assert await speak(office, Speaker([2])) == [2]
