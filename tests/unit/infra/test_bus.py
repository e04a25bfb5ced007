"""What subscribers of the bus can rely on."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.events import Event

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedTwice(Counted):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Other(Event):
    pass


@pytest.fixture
async def tasks():
    tasks = Tasks()
    yield tasks
    await tasks.close()


async def test_each_subscriber_gets_its_kinds_in_order(tasks: Tasks) -> None:
    bus = LocalBus(tasks)
    port: Bus = bus
    all_of_them: list[int] = []
    special: list[int] = []

    async def note(event: Counted) -> None:
        all_of_them.append(event.number)

    async def note_special(event: CountedTwice) -> None:
        special.append(event.number)

    port.subscribe(Counted, note)
    port.subscribe(CountedTwice, note_special)
    for number in range(50):
        port.publish(
            CountedTwice(at=NOW, number=number) if number % 10 == 0 else Counted(at=NOW, number=number)
        )
        port.publish(Other(at=NOW))
    await bus.settled()
    assert all_of_them == list(range(50))
    assert special == [0, 10, 20, 30, 40]


async def test_a_listener_hears_before_publish_returns_and_a_failing_one_harms_nobody(tasks: Tasks) -> None:
    bus = LocalBus(tasks)
    port: Bus = bus
    heard: list[Event] = []
    port.listen(Counted, lambda _: 1 / 0)  # type: ignore[arg-type]
    port.listen(Counted, heard.append)
    with capture_logs() as logs:
        port.publish(Counted(at=NOW, number=1))
        port.publish(Other(at=NOW))
    assert heard == [Counted(at=NOW, number=1)]
    assert [each["event"] for each in logs] == ["listener failed"]


async def test_a_failing_subscriber_is_logged_and_goes_on(tasks: Tasks) -> None:
    bus = LocalBus(tasks)
    seen: list[int] = []

    async def stumble(event: Counted) -> None:
        if event.number == 1:
            raise RuntimeError("线路忙")
        seen.append(event.number)

    bus.subscribe(Counted, stumble)
    with capture_logs() as logs:
        for number in range(3):
            bus.publish(Counted(at=NOW, number=number))
        await bus.settled()
    assert seen == [0, 2]
    assert [(each["event"], each["event_kind"]) for each in logs] == [("subscriber failed", "Counted")]


async def test_what_follows_from_an_event_is_settled_too(tasks: Tasks) -> None:
    bus = LocalBus(tasks)
    seen: list[int] = []

    async def count_down(event: Counted) -> None:
        seen.append(event.number)
        if event.number:
            bus.publish(Counted(at=NOW, number=event.number - 1))

    bus.subscribe(Counted, count_down)
    bus.publish(Counted(at=NOW, number=3))
    await bus.settled()
    assert seen == [3, 2, 1, 0]


async def test_a_subscriber_too_far_behind_loses_its_oldest_events_and_that_is_counted(tasks: Tasks) -> None:
    bus = LocalBus(tasks, queue_max=3)
    seen: list[int] = []

    async def note(event: Counted) -> None:
        seen.append(event.number)

    bus.subscribe(Counted, note)
    with capture_logs() as logs:
        for number in range(5):
            bus.publish(Counted(at=NOW, number=number))
    await bus.settled()
    assert seen == [2, 3, 4]
    assert bus.lost == 2
    assert [each["log_level"] for each in logs] == ["error", "error"]
