"""Lists of calls: what they show, and that a long one asks no more often than a short one."""

import asyncio
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import override

from acd.model import Explanation, PassedOver, Why
from acd.ports import OfferRecord, PastWait
from acd.still_waiting import StillWaiting, Unserved
from agent_ui.calls import CallQuery, Calls
from agent_ui.recordings import Recordings
from agent_ui.views import SentOn
from agent_ui.wall import Colleague
from infra.own_threads import Hanging, OwnThreads
from kernel.access import Principal, Role
from kernel.briefs import CustomerBrief, RatingBrief, Words
from kernel.ids import AgentId, CallId, CustomerId, LegId, QueueId, SkillId, StaffId
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry, Sending
from telephony.model import Arrival, EndReason
from telephony.recordings import Side

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
LI, CHEN = AgentId(1), Principal(staff_id=StaffId(9), name="chen", roles=frozenset({Role.SUPERVISOR}))
WHY = Explanation(
    why=Why.STICKY,
    boost_s=0,
    overtook=0,
    held_for_sticky_s=0,
    sticky_agent=None,
    idle_s=None,
    candidates=1,
    passed_over=(),
)


def served(number: int, caller: str) -> CallEntry:
    call, leg = CallId(f"h-{number}.1"), LegId(f"leg-h-{number}.1-1")
    arrival = Arrival(call=call, at=AT, caller_number=caller, caller_name="", dialled="4001", trunk="t")
    return rules.close(
        rules.join(CallEntry(arrival=arrival), leg, LI, AT),
        EndReason.CALLER_HUNG_UP,
        AT + timedelta(seconds=30),
    )


class Office:
    """Ledger, routing and names in one; counts what it is asked."""

    def __init__(self, *entries: CallEntry) -> None:
        self.entries = entries
        self.running: dict[CallId, CallEntry] = {}
        self.waits: dict[CallId, PastWait] = {}
        self.asked: list[str] = []

    async def newest(self, **_: object) -> Sequence[CallEntry]:
        return self.entries

    async def find(self, call: CallId) -> CallEntry | None:
        return next((entry for entry in self.entries if entry.arrival.call == call), None)

    async def explanation_of(self, call: CallId) -> list[OfferRecord]:
        self.asked.append("one call's offers")
        return [_offer(call)]

    async def wait_of(self, call: CallId) -> PastWait | None:
        return self.waits.get(call)

    async def offers_of(self, calls: Collection[CallId]) -> dict[CallId, list[OfferRecord]]:
        self.asked.append("offers")
        return {call: [_offer(call)] for call in calls}

    async def customers_of(self, numbers: Collection[str]) -> dict[str, CustomerBrief]:
        self.asked.append(f"{len(numbers)} numbers")
        zhang = CustomerBrief(id=CustomerId(1), name="张伟", level="vip")
        return {number: zhang for number in numbers if number.endswith("1")}

    async def of_calls(self, calls: Collection[CallId]) -> dict[CallId, RatingBrief]:
        self.asked.append("ratings")
        return {call: RatingBrief(score=5) for call in calls if call == "h-1.1"}

    def agent_of(self, call: CallId) -> AgentId | None:
        return LI if call == "h-1.1" else None

    async def hang_up(self, call: CallId, by: AgentId | None = None) -> None:
        self.asked.append(f"end {call} by {by}")

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.asked.append(f"{staff} {action} {subject}")

    async def colleagues(self) -> dict[AgentId, Colleague]:
        return {LI: Colleague(name="李静", number="8001")}

    def queue_name(self, queue: QueueId) -> Words:
        return Words(zh="销售", en=queue)


def _offer(call: CallId) -> OfferRecord:
    return OfferRecord(
        leg=LegId(f"leg-{call}-1"),
        call=call,
        queue=QueueId("sales"),
        agent=LI,
        offered_at=AT,
        waited_s=4,
        is_return=False,
        explanation=WHY,
    )


def calls_of(office: Office, folder: Path, *, disk_answer_max_s: float = 5) -> Calls:
    part = cast("Any", office)
    return Calls(
        book=part,
        running=office.running.get,
        routing=part,
        names=part,
        trail=part,
        ratings=office,
        recordings=Recordings(
            folder=folder, threads=OwnThreads("recordings", threads=1, work_max_s=disk_answer_max_s)
        ),
    )


@pytest.fixture
def office() -> Office:
    entries = [served(number, f"+86138{number % 3}") for number in range(100)]
    withheld = entries[0].arrival
    return Office(replace(entries[0], arrival=replace(withheld, caller_number="")), *entries[1:])


async def test_a_list_asks_once_for_all_its_calls(office: Office, tmp_path: Path) -> None:
    (tmp_path / "2026/11/22").mkdir(parents=True)
    (tmp_path / "2026/11/22/h-7.1-in.wav").touch()
    listed = await calls_of(office, tmp_path).listed(CHEN, CallQuery(limit=100))
    assert office.asked == ["offers", "3 numbers", "ratings"]
    assert [call.call_id for call in listed if call.has_recording] == ["h-7.1"]
    first, second = listed[:2]
    assert (first.number_shown, first.customer) == ("", None)
    assert second.customer is not None
    assert (second.customer.name, second.agent_name, second.talked_s) == ("张伟", "李静", 30.0)
    assert second.queue_name == Words(zh="销售", en="sales")


async def test_calls_are_shown_without_recordings_whose_disk_hangs(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk_is_back = threading.Event()

    def hang(_: Path) -> bool:
        disk_is_back.wait(10)
        return True

    monkeypatch.setattr(Path, "is_file", hang)
    calls = calls_of(office, tmp_path, disk_answer_max_s=0.05)
    async with asyncio.timeout(5):
        for _ in range(3):
            assert not any(call.has_recording for call in await calls.listed(CHEN, CallQuery()))
        with pytest.raises(Hanging):
            await calls.recordings.find(office.entries[7].arrival, Side.CUSTOMER)
    disk_is_back.set()


async def test_a_calls_own_page_shows_also_the_offer_of_a_moment_ago(office: Office, tmp_path: Path) -> None:
    call = CallId("h-1.1")
    assert (await calls_of(office, tmp_path).one(CHEN, call)).waited_s is None
    office.asked.clear()
    office.waits[call] = PastWait(
        call=call, queue=QueueId("sales"), ended_at=AT, waited_s=5.26, was_answered=True
    )
    shown = await calls_of(office, tmp_path).one(CHEN, call)
    assert office.asked == ["one call's offers", "1 numbers", "ratings"]
    assert shown.rating == RatingBrief(score=5)
    assert shown.why is not None
    assert shown.waited_s == 5.3


async def test_a_calls_own_page_tells_why_nobody_had_served_who_gave_up(
    office: Office, tmp_path: Path
) -> None:
    call = CallId("h-1.1")
    unserved = Unserved(
        why=StillWaiting.RINGING,
        boosts=(),
        asked=((SkillId("english"), 2),),
        needs=((SkillId("english"), 1),),
        reached=(),
        sticky_agent=None,
        held_for=None,
        offered_to=LI,
        passed_over=(PassedOver(agent=LI, reason="timed_out"),),
    )
    office.waits[call] = PastWait(
        call=call, queue=QueueId("sales"), ended_at=AT, waited_s=40, was_answered=False, unserved=unserved
    )
    left = (await calls_of(office, tmp_path).one(CHEN, call)).left
    assert left is not None
    assert (left.why, left.left_at, left.queue_name) == ("ringing", AT, Words(zh="销售", en="sales"))
    assert left.offered_to is not None
    assert left.offered_to.name == "李静"
    assert (left.asked, left.needs) == ({"english": 2}, {"english": 1})
    assert [(one.agent.name, one.reason) for one in left.passed_over] == [("李静", "timed_out")]


async def test_what_an_earlier_server_knew_of_a_call_is_found_again(tmp_path: Path) -> None:
    complaints = Words(zh="投诉", en="Complaints")
    entry = rules.choose(replace(served(1, "1"), outcome=None), complaints)
    sent = Sending(at=AT, agent=LI, to_agent=None, to_queue=QueueId("sales"), note="想退货")
    entry = rules.transfer(entry, sent, LegId("leg-h-1.1-1"))
    calls = calls_of(Office(entry), tmp_path)
    known = await calls.so_far(CallId("h-1.1"))
    shown = (await calls.one(CHEN, CallId("h-1.1"))).transfers[0]
    assert known.sent_on == SentOn(by="李静", note="想退货")
    assert (shown.by, shown.to_queue, shown.note) == ("李静", Words(zh="销售", en="sales"), "想退货")
    assert known.said_in_menu == (complaints,)
    assert known.offers[LI].explanation == WHY


async def test_that_an_agent_came_back_to_their_call_is_no_reason_why_it_is_theirs(tmp_path: Path) -> None:
    class Returned(Office):
        @override
        async def offers_of(self, calls: Collection[CallId]) -> dict[CallId, list[OfferRecord]]:
            offers = await super().offers_of(calls)
            back = replace(WHY, why=Why.RETURN_TO_OWN_CALL)
            return {
                call: [first, replace(first, leg=LegId("leg-2"), is_return=True, explanation=back)]
                for call, [first] in offers.items()
            }

    known = await calls_of(Returned(served(1, "1")), tmp_path).so_far(CallId("h-1.1"))
    assert known.offers[LI].explanation == WHY


async def test_a_supervisor_ends_their_own_call_as_its_agent(office: Office, tmp_path: Path) -> None:
    both = replace(CHEN, staff_id=StaffId(LI))
    for person, call in ((both, "h-1.1"), (both, "h-2.1"), (CHEN, "h-1.1")):
        await calls_of(office, tmp_path).hang_up(person, CallId(call))
    assert office.asked == [
        "end h-1.1 by 1",
        *("1 call_ended h-2.1", "end h-2.1 by None"),
        *("9 call_ended h-1.1", "end h-1.1 by None"),
    ]


async def test_a_call_of_a_moment_ago_is_known_before_it_is_in_the_book(tmp_path: Path) -> None:
    office = Office(served(1, "1"))
    office.running[CallId("h-2.1")] = replace(served(2, "1"), outcome=None)
    calls = calls_of(office, tmp_path)
    assert (await calls.one(CHEN, CallId("h-2.1"))).outcome is None
    linked = await calls.calls([CallId("h-2.1"), CallId("h-1.1"), CallId("never")])
    assert [call.call_id for call in linked] == ["h-2.1", "h-1.1"]


async def test_an_empty_list_asks_nothing(tmp_path: Path) -> None:
    office = Office()
    assert await calls_of(office, tmp_path).listed(CHEN, CallQuery()) == []
    assert office.asked == []
