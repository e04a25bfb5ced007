"""The job that goes on with a flow whose caller hung up: with the end of the call, once, whoever dies."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from infra.database import Database
from infra.jobs import Jobs
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from telephony.events import CallArrived, CallEnded, HungUp, Joined, SwitchConnected
from telephony.hung_up import JOB_KIND, handler_of
from telephony.ledger import Ledger
from telephony.ledger_rules import SwitchRecord
from telephony.model import (
    Arrival,
    Boost,
    BoostSource,
    CallMark,
    EndReason,
    Outcome,
    Phase,
    Snapshot,
)
from telephony.store import CallStore

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALL = CallId("h-1.1")
CAME = Arrival(
    call=CALL, at=NOON, caller_number="+8613800138001", caller_name="王", dialled="4001", trunk="t"
)
MENU = CallMark(
    phase=Phase.MENU,
    flow="main",
    node="menu",
    language="zh",
    boosts=(Boost(BoostSource.NODE, 30.0), Boost(BoostSource.LEVEL, None)),
    kept_by_flow="eJw",
)
ENDED = CallEnded(at=NOON + timedelta(minutes=1), call=CALL, reason=EndReason.CALLER_HUNG_UP)


class Around:
    """What a ledger has around it beside its journal; the switch's records are the test's."""

    def __init__(self) -> None:
        self.records: list[SwitchRecord] = []
        self.has_message = False

    def publish(self, event: Event) -> None:
        pass

    def listen(self, kind: type[Event], handler: Callable[[Event], None]) -> None:
        pass

    def subscribe(self, kind: type[Event], handler: Callable[[Event], Awaitable[None]]) -> None:
        pass

    def since(self, _moment: datetime | None) -> list[SwitchRecord]:
        return self.records

    def trim(self, told_until: datetime) -> None:
        pass

    async def waits(self, _call: CallId) -> bool:
        return self.has_message

    async def was_left(self, _call: CallId) -> bool:
        return self.has_message

    async def was_promised(self, _call: CallId) -> bool:
        return False


@pytest.fixture
def around() -> Around:
    return Around()


@pytest.fixture
def jobs(database: Database) -> Jobs:
    return Jobs(database, SystemClock())


@pytest.fixture
def done(jobs: Jobs) -> list[HungUp]:
    """What was gone on with."""
    found: list[HungUp] = []

    async def note(left: HungUp) -> None:
        found.append(left)

    jobs.handle(JOB_KIND, handler_of(note))
    return found


async def begin(database: Database, jobs: Jobs, around: Around, *events: Event) -> Ledger:
    """A server that starts, and hears this."""
    ledger = Ledger(CallStore(database, jobs), around, SystemClock(), records=around, messages=around)
    await ledger.start()
    await hear(ledger, *events)
    return ledger


async def hear(ledger: Ledger, *events: Event) -> None:
    for event in events:
        await ledger.heard(event)


def back() -> SwitchConnected:
    """The switch is connected again, and no call lives."""
    return SwitchConnected(
        at=NOON + timedelta(minutes=9),
        snapshot=Snapshot(boot_id="1", calls=(), legs=(), registered=frozenset()),
    )


def record(phase: Phase = Phase.MENU, mark: CallMark | None = MENU) -> SwitchRecord:
    return SwitchRecord(arrival=CAME, phase=phase, joined_leg=None, mark=mark, ended_at=ENDED.at)


async def test_a_hang_up_is_gone_on_with_once_however_often_it_is_told(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp]
) -> None:
    ledger = await begin(database, jobs, around, CallArrived(at=NOON, arrival=CAME))
    await ledger.stand(CALL, MENU)
    await hear(ledger, ENDED, ENDED)
    await ledger.flush()
    await hear(ledger, ENDED)
    await ledger.flush()
    assert await jobs.run_due() == 1
    assert done == [HungUp(arrival=CAME, mark=MENU, at=ENDED.at)]
    around.records = [record()]
    later = await begin(database, jobs, around, back())
    await later.flush()
    assert await jobs.run_due() == 0


@pytest.mark.parametrize("was_saved", [True, False])
async def test_a_server_that_is_killed_under_the_hang_up_goes_on_with_it_when_it_is_back(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp], *, was_saved: bool
) -> None:
    ledger = await begin(database, jobs, around, CallArrived(at=NOON, arrival=CAME))
    await ledger.stand(CALL, MENU)
    if was_saved:
        await ledger.flush()
    await hear(ledger, ENDED)  # heard, and killed before it was written
    around.records = [record()]
    later = await begin(database, jobs, around, back())
    await later.flush()
    assert await jobs.run_due() == 1
    assert done == [HungUp(arrival=CAME, mark=MENU, at=ENDED.at)]


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.MENU])
async def test_who_hung_up_while_no_server_lived_is_gone_on_with(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp], phase: Phase
) -> None:
    around.records = [record(phase)]
    ledger = await begin(database, jobs, around, back())
    await ledger.flush()
    await jobs.run_due()
    assert [one.mark for one in done] == [MENU]


async def test_a_line_that_broke_counts_as_a_hang_up(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp]
) -> None:
    ledger = await begin(database, jobs, around, CallArrived(at=NOON, arrival=CAME))
    await ledger.stand(CALL, MENU)
    await hear(ledger, CallEnded(at=ENDED.at, call=CALL, reason=EndReason.MEDIA_LOST))
    await ledger.flush()
    await jobs.run_due()
    assert len(done) == 1


@pytest.mark.parametrize("what", ["message", "talk", "goodbye", "no flow", "rejected"])
async def test_of_whom_something_has_become_is_not_gone_on_with(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp], what: str
) -> None:
    ledger = await begin(database, jobs, around, CallArrived(at=NOON, arrival=CAME))
    await ledger.stand(CALL, None if what == "no flow" else MENU)
    around.has_message = what == "message"
    match what:
        case "talk":
            await hear(ledger, Joined(at=NOON, call=CALL, leg=LegId("leg-h-1.1-1"), agent=AgentId(7)))
        case "goodbye":
            await ledger.decide(CALL, Outcome.SELF_SERVED)
        case "rejected":
            await ledger.decide(CALL, Outcome.BLOCKED)
        case _:
            pass
    await hear(ledger, ENDED)
    await ledger.flush()
    assert (await jobs.run_due(), done) == (0, [])


async def test_an_end_that_cannot_be_written_leaves_nothing_until_it_can(
    database: Database, jobs: Jobs, around: Around, done: list[HungUp], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = await begin(database, jobs, around, CallArrived(at=NOON, arrival=CAME))
    await ledger.stand(CALL, MENU)
    await hear(ledger, ENDED)

    async def away(*_: object, **__: object) -> bool:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "add", away)
        await ledger.flush()
    assert await CallStore(database).find(CALL) is None
    assert (await jobs.run_due(), done) == (0, [])
    await ledger.flush()
    assert await jobs.run_due() == 1
    assert len(done) == 1
