"""Who is where in the menus: now, today, and where calls end; no restart and no midnight miscounts."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from acd.events import CallConnected
from infra.bus import LocalBus
from infra.tasks import Tasks
from ivr.current_site import CurrentSite
from ivr.events import CallerAtNode
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from ivr.visits import Passed, Place, Visit, Visits
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, LegId, QueueId
from telephony.events import CallEnded
from telephony.model import CallMark, EndReason, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING, Office, ScriptedLine

CALL = CallId("hl-1")


class Shelf:
    """What was kept, by day."""

    def __init__(self) -> None:
        self.kept: dict[date, dict[Place, Passed]] = {}
        self.fails = False

    async def add_visits(self, day: date, counted: Mapping[Place, Passed], *, forget_before: date) -> None:
        assert forget_before < day
        if self.fails:
            raise DatabaseUnavailable("away")
        kept = self.kept.setdefault(day, {})
        for place, passed in counted.items():
            before = kept.get(place, Passed())
            kept[place] = Passed(came=before.came + passed.came, hung_up=before.hung_up + passed.hung_up)

    async def visits_of(self, day: date) -> Mapping[Place, Passed]:
        return self.kept.get(day, {})


class DrivenClock:
    def __init__(self) -> None:
        self.at = MONDAY_MORNING

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


class Scene:
    def __init__(self) -> None:
        self.shelf, self.clock = Shelf(), DrivenClock()
        self.start()

    def start(self) -> None:
        """As a server that begins, or begins again."""
        site = CurrentSite(SiteFiles(EXAMPLE, IvrSettings()), answer_max_s=2.0)
        self.bus = LocalBus(Tasks())
        self.visits = Visits(self.shelf, site, self.clock)
        self.visits.follow(self.bus)

    async def comes(self, *passed: str, call: CallId = CALL, node: str = "") -> None:
        places = tuple(("main", name) for name in passed)
        at = CallerAtNode(at=self.clock.at, call=call, flow="main", node=node or passed[-1], passed=places)
        self.bus.publish(at)
        await self.bus.settled()

    async def ends(self, reason: EndReason) -> None:
        self.bus.publish(CallEnded(at=self.clock.at, call=CALL, reason=reason))
        await self.bus.settled()


@pytest.fixture
async def scene() -> Scene:
    return Scene()


async def test_a_caller_is_at_one_node_and_came_by_all_before(scene: Scene) -> None:
    await scene.comes("welcome", "hours", "menu")
    await scene.comes("complaints")
    assert scene.visits.of("main") == {
        "welcome": Visit(came=1),
        "hours": Visit(came=1),
        "menu": Visit(came=1),
        "complaints": Visit(came=1, now=1),
    }


async def test_who_hangs_up_is_counted_where_they_did(scene: Scene) -> None:
    await scene.comes("menu")
    await scene.ends(EndReason.CALLER_HUNG_UP)
    await scene.ends(EndReason.CALLER_HUNG_UP)
    assert scene.visits.of("main") == {"menu": Visit(came=1, hung_up=1)}


async def test_whom_the_flow_parts_with_has_not_hung_up(scene: Scene) -> None:
    await scene.comes("bye")
    await scene.ends(EndReason.HOTLINE_HUNG_UP)
    assert scene.visits.of("main") == {"bye": Visit(came=1)}


async def test_who_talks_with_an_agent_is_in_no_menu_any_more(scene: Scene) -> None:
    await scene.comes("complaints")
    connected = CallConnected(
        at=scene.clock.at,
        call=CALL,
        queue=QueueId("complaints"),
        agent=AgentId(1),
        leg=LegId("leg"),
        waited_s=3.0,
        talking_since=scene.clock.at,
    )
    scene.bus.publish(connected)
    await scene.bus.settled()
    await scene.ends(EndReason.CALLER_HUNG_UP)
    assert scene.visits.of("main") == {"complaints": Visit(came=1)}


async def test_a_restart_goes_on_counting_and_counts_nobody_twice(scene: Scene) -> None:
    await scene.comes("menu")
    await scene.visits.begin()
    await scene.visits.keep()
    scene.start()
    await scene.comes(node="menu")
    await scene.visits.begin()
    assert scene.visits.of("main") == {"menu": Visit(came=1, now=1)}
    await scene.comes("menu", call=CallId("hl-2"))
    await scene.visits.keep()
    assert scene.shelf.kept[date(2026, 11, 23)] == {("main", "menu"): Passed(came=2)}


async def test_what_cannot_be_kept_now_is_kept_later(scene: Scene) -> None:
    await scene.comes("menu")
    scene.shelf.fails = True
    with pytest.raises(DatabaseUnavailable):
        await scene.visits.keep()
    await scene.comes("menu", call=CallId("hl-2"))
    scene.shelf.fails = False
    await scene.visits.keep()
    await scene.visits.keep()
    assert scene.shelf.kept[date(2026, 11, 23)] == {("main", "menu"): Passed(came=2)}


async def test_a_day_ends_at_midnight_of_the_site(scene: Scene) -> None:
    await scene.visits.begin()
    scene.clock.at = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    await scene.comes("menu")
    await scene.visits.keep()
    scene.clock.at += timedelta(minutes=2)
    assert scene.visits.of("main") == {"menu": Visit(now=1)}
    await scene.ends(EndReason.CALLER_HUNG_UP)
    assert scene.visits.of("main") == {"menu": Visit(hung_up=1)}


async def test_a_line_tells_where_its_caller_is_and_asks_again_without_counting(office: Office) -> None:
    await office.service().handle(ScriptedLine(keys=["7", "2"]))
    told = [event for event in office.published if isinstance(event, CallerAtNode)]
    assert [(event.node, [node for _, node in event.passed]) for event in told] == [
        ("menu", ["welcome", "opening_hours", "menu"]),
        ("menu", []),
        ("complaints", ["complaints"]),
    ]


async def test_a_line_that_is_back_is_at_its_node_without_having_come_again(office: Office) -> None:
    mark = CallMark(phase=Phase.MENU, flow="main", node="menu", language="zh")
    await office.service().handle(ScriptedLine(entry=LineEntry.NEXT, mark=mark, steps_left=2))
    (told, *_) = [event for event in office.published if isinstance(event, CallerAtNode)]
    assert (told.node, told.passed) == ("menu", ())
