"""Who may see a call, and who may hear it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from agent_ui.calls import Calls
from agent_ui.hearings import Hearings
from agent_ui.recorded import Recorded
from agent_ui.recordings import Recordings
from agent_ui.transcripts import SearchQuery, TranscriptDesk
from infra.own_threads import OwnThreads
from kernel.access import Principal, Role
from kernel.errors import Forbidden, NotFound
from kernel.ids import AgentId, CallId, LegId, StaffId
from telephony.ledger_rules import CallEntry, LegEntry
from telephony.model import Arrival
from telephony.recordings import Side
from transcripts.model import Found, Segment, State, Transcript, Word

WORD = Word(text="退款", start_s=1.0, end_s=2.0, confidence=0.9)
AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
CALL = CallId("hotline-1.1")
MISSED, TALKED, UNRELATED, SUPERVISOR = 1, 2, 3, 4
ENTRY = CallEntry(
    arrival=Arrival(
        call=CALL, at=AT, caller_number="+8613812345678", caller_name="张伟", dialled="4008009000", trunk="t"
    ),
    legs=(
        LegEntry(leg=LegId("leg-1"), agent=AgentId(MISSED), began_at=AT),
        LegEntry(leg=LegId("leg-2"), agent=AgentId(TALKED), began_at=AT, joined_at=AT),
    ),
)


class Ledger:
    """One call, and a trail of who heard it."""

    def __init__(self) -> None:
        self.trail: list[int] = []

    async def find(self, call: CallId) -> CallEntry | None:
        return ENTRY if call == CALL else None

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        played, read = ("recording_played", CALL), ("transcript_read", CALL)
        assert (action, subject) in {played, read}
        self.trail.append(staff)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def calls(ledger: Ledger, tmp_path: Path) -> Calls:
    day = tmp_path / "2026" / "11" / "22"
    day.mkdir(parents=True)
    (day / f"{CALL}-in.wav").touch()
    nobody = cast("Any", None)
    book: Any = ledger
    recordings = Recordings(folder=tmp_path, threads=OwnThreads("recordings", threads=1, work_max_s=5))
    return Calls(
        book=book,
        running={}.get,
        routing=nobody,
        names=nobody,
        trail=ledger,
        recordings=recordings,
        ratings=nobody,
    )


def recorded(calls: Calls) -> Recorded:
    nobody = cast("Any", None)
    hearings = Hearings(calls.trail, lambda: 0.0, gap_s=600)
    return Recorded(calls=calls, hearings=hearings, pauses=nobody, board=nobody)


def person(staff: int) -> Principal:
    role = Role.SUPERVISOR if staff == SUPERVISOR else Role.AGENT
    return Principal(staff_id=StaffId(staff), name="someone", roles=frozenset({role}))


@pytest.mark.parametrize("staff", [TALKED, SUPERVISOR])
async def test_who_talked_and_supervisors_hear_a_call_and_are_noted(
    calls: Calls, ledger: Ledger, staff: int
) -> None:
    assert (await recorded(calls).play(person(staff), CALL, Side.CUSTOMER)).is_file()
    assert ledger.trail == [staff]


@pytest.mark.parametrize("staff", [MISSED, UNRELATED])
async def test_whose_phone_only_rang_hears_nothing(calls: Calls, ledger: Ledger, staff: int) -> None:
    with pytest.raises(NotFound):
        await recorded(calls).play(person(staff), CALL, Side.CUSTOMER)
    with pytest.raises(NotFound):
        await recorded(calls).about(person(staff), CALL)
    assert ledger.trail == []


class Spoken:
    """A transcript with one sentence."""

    async def read(self, call: CallId) -> Transcript:
        said = Segment(side=Side.CUSTOMER, start_s=1.0, end_s=2.0, said_at=AT, text="我要退款", words=(WORD,))
        return Transcript(call=call, state=State.DONE, language="zh", segments=(said,))

    async def search(self, *_: object, **__: object) -> list[Found]:
        raise AssertionError("nobody searches here")


async def test_who_may_hear_no_call_finds_none_by_its_words(calls: Calls) -> None:
    strict = replace(calls, agents_hear_own=False)
    with pytest.raises(Forbidden):
        await TranscriptDesk(calls=strict, spoken=Spoken(), trail=strict.trail).search(
            person(TALKED), SearchQuery(text="退款")
        )


@pytest.mark.parametrize("staff", [TALKED, SUPERVISOR])
async def test_who_may_hear_a_call_may_read_it_and_is_noted(calls: Calls, ledger: Ledger, staff: int) -> None:
    desk = TranscriptDesk(calls=calls, spoken=Spoken(), trail=ledger)
    found = await desk.one(person(staff), CALL)
    assert [(said.side, said.text) for said in found.segments] == [("customer", "我要退款")]
    assert ledger.trail == [staff]


@pytest.mark.parametrize("staff", [MISSED, UNRELATED])
async def test_who_may_not_hear_a_call_reads_nothing(calls: Calls, ledger: Ledger, staff: int) -> None:
    with pytest.raises(NotFound):
        await TranscriptDesk(calls=calls, spoken=Spoken(), trail=ledger).one(person(staff), CALL)
    assert ledger.trail == []


async def test_where_agents_hear_nothing_of_their_own_supervisors_still_do(
    calls: Calls, ledger: Ledger
) -> None:
    strict = replace(calls, agents_hear_own=False)
    with pytest.raises(NotFound):
        await recorded(strict).play(person(TALKED), CALL, Side.CUSTOMER)
    assert (await recorded(strict).play(person(SUPERVISOR), CALL, Side.CUSTOMER)).is_file()
    assert ledger.trail == [SUPERVISOR]


@pytest.mark.parametrize("staff", [MISSED, TALKED, UNRELATED, SUPERVISOR])
async def test_whose_phone_rang_and_supervisors_see_a_call(calls: Calls, staff: int) -> None:
    assert await calls.may_see(person(staff), CALL) is (staff != UNRELATED)
    assert not await calls.may_see(person(staff), CallId("never"))
