import asyncio
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from typing_extensions import override

from acd import model as acd
from acd.announcing import Announcing, Comfort, Outlook
from acd.promise_store import PromiseStore
from acd.service import Routing
from agent_ui.calls import CallBook
from customers.home import Homes, NumberAreas, RegionDirectory
from customers.model import Customer, KnownBy, Level, Recognised, Record
from customers.regions import parse_regions
from customers.service import Customers
from customers.settings import CustomerSettings
from infra.own_threads import Hanging, OwnThreads
from ivr.ports import QueueRequest, WaitOutlook
from kernel.clock import SystemClock
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, CustomerId, LegId, QueueId, SkillId, StaffId
from server.joining import Directory, KnownCallers, LineQueueing
from server.left_messages import LeftMessages
from staff import service as staff
from telephony import ledger_rules as rules
from telephony.ledger_rules import CallEntry, LegEntry
from telephony.model import (
    NOWHERE,
    Acquaintance,
    Arrival,
    Boost,
    BoostSource,
    EndReason,
    Home,
    HomeBy,
    LostWait,
    Outcome,
    PersonWanted,
)
from telephony.spool import Part
from telephony.spool_folder import SpoolFolder
from tickets.store import TicketStore

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Routes:
    """Routing that takes everybody."""

    entered: list[acd.QueueRequest] = field(default_factory=list)

    async def enter(self, request: acd.QueueRequest) -> None:
        self.entered.append(request)


async def test_what_a_flow_asks_for_reaches_routing_as_it_is() -> None:
    routes = Routes()
    known = Acquaintance(ticket_agents=(AgentId(7),))
    request = QueueRequest(
        arrival=Arrival(
            call=CallId("c"), at=NOW, caller_number="1", caller_name="", dialled="4008009000", trunk="t"
        ),
        queue=QueueId("sales"),
        language="zh",
        needs=((SkillId("english"), 2),),
        known=known,
        matter="outage",
        boosts=(Boost(BoostSource.NODE, 30),),
        home=Home("east", HomeBy.CHOICE),
        since=NOW,
    )
    assert await LineQueueing(routing=cast("Routing", routes)).enter(request) is None
    (entered,) = routes.entered
    assert (entered.known, entered.needs, entered.matter) == (known, {"english": 2}, "outage")
    assert (entered.boosts, entered.since, entered.home) == (request.boosts, NOW, request.home)


@dataclass
class Book:
    """The ledger of one caller."""

    entries: list[CallEntry]
    read: int = 0

    async def of_numbers(self, _: object) -> list[CallEntry]:
        self.read += 1
        return self.entries


class Accounts:
    """People whom a database gives, unless it is away."""

    def __init__(self) -> None:
        self.is_away = True

    async def all(self) -> list[object]:
        if self.is_away:
            raise DatabaseUnavailable("away")
        person = SimpleNamespace(display_name="李静", number="1001")
        return [SimpleNamespace(id=1, profile=person)]


async def test_names_that_could_not_be_read_are_asked_for_again() -> None:
    accounts = Accounts()
    directory = Directory(
        cast("staff.Accounts", accounts), cast("Routing", Routes()), SystemClock(), cast("Customers", None)
    )
    with pytest.raises(DatabaseUnavailable):
        await directory.colleagues()
    accounts.is_away = False
    assert (await directory.colleagues())[AgentId(1)].name == "李静"


async def test_the_ledger_does_not_wait_for_a_spool_that_hangs(tmp_path: Path) -> None:
    disk_is_back = threading.Event()

    class HangingSpool(SpoolFolder):
        @override
        def parts(self) -> list[Part]:
            disk_is_back.wait(10)
            return super().parts()

    threads = OwnThreads("spool", threads=1, work_max_s=0.05)
    messages = LeftMessages(
        spool=HangingSpool(tmp_path, min_s=1.0),
        threads=threads,
        store=cast("TicketStore", None),
        promises=cast("PromiseStore", None),
    )
    async with asyncio.timeout(5):
        for _ in range(3):
            with pytest.raises(Hanging):
                await messages.waits(CallId("h-1.1"))
    disk_is_back.set()


def waits(call: str, minutes: float) -> CallEntry:
    came = Arrival(
        call=CallId(call),
        at=NOW + timedelta(minutes=minutes),
        caller_number="+861",
        caller_name="",
        dialled="4001",
        trunk="t",
    )
    return rules.want(CallEntry(arrival=came), PersonWanted(queue=QueueId("sales"), since=came.at))


class People:
    """Customers, and the agents who hold a ticket of each."""

    settings = CustomerSettings()

    def __init__(self, *customers: Customer) -> None:
        self.customers = customers
        self.said: dict[CallId, Recognised] = {}
        """Who callers have said to be."""
        self.chosen: dict[str, str] = {}
        """The languages that were chosen on the line."""

    async def find_by_number(self, number: str) -> Customer | None:
        return next((found for found in self.customers if number in found.record.numbers), None)

    async def recognise(self, call: CallId, number: str) -> Recognised | None:
        if call in self.said:
            return self.said[call]
        found = await self.find_by_number(number)
        return Recognised(customer=found, by=KnownBy.NUMBER) if found else None

    async def chosen_language(self, number: str) -> str:
        return self.chosen.get(number, "")

    async def holders_of_open(self, _: object, *, limit: int) -> list[StaffId]:
        return [StaffId(8)][:limit]


REGULAR = Customer(
    id=CustomerId(1),
    record=Record(name="张伟", level=Level.VIP, language="en", numbers=("+862", "+861")),
)


def callers(
    book: Book, *customers: Customer, recent: Callable[[Sequence[str]], list[CallEntry]] = lambda _: []
) -> KnownCallers:
    people = cast("Any", People(*customers))
    homes = Homes(RegionDirectory(REGIONS, lambda: None), NumberAreas(30), home_region="CN")
    return KnownCallers(
        customers=people, tickets=people, book=cast("CallBook", book), recent=recent, homes=homes
    )


REGIONS = parse_regions("regions: {east: {name: {zh: 华东, en: East}, places: [江苏]}}")


@pytest.mark.parametrize(
    ("number", "home"),
    [
        ("+8613812341234", Home("east", HomeBy.NUMBER)),
        ("+861065529988", NOWHERE),
        ("+862", Home("east", HomeBy.RECORD)),
    ],
)
async def test_a_caller_comes_with_the_region_of_the_record_or_of_the_number(number: str, home: Home) -> None:
    record = replace(REGULAR.record, region="江苏省苏州市")
    found = await callers(Book([]), replace(REGULAR, record=record)).find_caller(
        replace(waits("now", 0).arrival, caller_number=number)
    )
    assert (found.home if found else NOWHERE) == home


def talked(call: str, minutes: float, *legs: LegEntry) -> CallEntry:
    return replace(CallEntry(arrival=waits(call, minutes).arrival), legs=legs, outcome=Outcome.SERVED)


def leg(number: int, *, joined: bool = True, talked_s: float | None = 60) -> LegEntry:
    return LegEntry(
        leg=LegId(f"l{number}"),
        agent=AgentId(number),
        began_at=NOW,
        joined_at=NOW if joined else None,
        ended_at=None if talked_s is None else NOW + timedelta(seconds=talked_s),
    )


NEW = waits("now", 5).arrival


async def test_a_caller_knows_whom_they_talked_with_by_call_the_newest_first() -> None:
    written = [
        talked("b", 2, leg(1), leg(2, joined=False), leg(3, talked_s=5)),
        talked("a", 1, leg(4, talked_s=None)),
    ]
    found = await callers(Book(written)).find_caller(NEW)
    assert found
    assert [[(talk.agent, talk.talked_s) for talk in call] for call in found.known.calls] == [
        [(1, 60), (3, 5)],
        [(4, math.inf)],
    ]
    assert (found.name, found.known.ticket_agents) == ("", ())


async def test_a_talk_that_is_not_written_yet_is_known_too() -> None:
    just_ended = talked("c", 3, leg(9))
    known = callers(Book([talked("a", 1, leg(4))]), recent=lambda _: [just_ended])
    found = await known.find_caller(NEW)
    assert found
    assert [call[0].agent for call in found.known.calls] == [9, 4]


async def test_a_customer_comes_with_level_language_and_the_agent_who_holds_the_ticket() -> None:
    found = await callers(Book([]), REGULAR).find_caller(NEW)
    assert found
    assert (found.name, found.level, found.language) == ("张伟", Level.VIP, "en")
    assert found.known.ticket_agents == (AgentId(8),)


@pytest.mark.parametrize("number", ["+867", ""])
@pytest.mark.parametrize("by", [KnownBy.PROVEN, KnownBy.TYPED])
async def test_who_says_to_be_a_customer_is_one_and_hears_of_what_is_theirs_only_with_a_proof(
    by: KnownBy, number: str
) -> None:
    known = callers(Book([talked("a", 1, leg(4))]), REGULAR)
    cast("Any", known.customers).said[NEW.call] = Recognised(customer=REGULAR, by=by)
    found = await known.find_caller(replace(NEW, caller_number=number))
    assert found
    assert (found.level, found.known.ticket_agents) == (Level.VIP, (AgentId(8),))
    is_sure = by is KnownBy.PROVEN
    assert (found.name, found.numbers) == (("张伟", ("+862", "+861")) if is_sure else ("", ()))


@pytest.mark.parametrize("number", ["+862", "+867"])
async def test_what_was_chosen_on_the_line_the_last_time_counts_before_the_record(number: str) -> None:
    known = callers(Book([]), REGULAR)
    cast("Any", known.customers).chosen[number] = "zh"
    found = await known.find_caller(replace(NEW, caller_number=number))
    assert found
    assert found.language == "zh"


async def test_who_withholds_the_number_and_says_nothing_is_nobody() -> None:
    assert await callers(Book([]), REGULAR).find_caller(replace(NEW, caller_number="")) is None


async def test_the_calls_of_who_calls_are_read_once() -> None:
    book = Book([talked("a", 1, leg(4))])
    assert await callers(book, REGULAR).find_caller(NEW)
    assert await callers(book).find_caller(NEW)
    assert book.read == 2


async def test_a_stranger_who_calls_again_has_their_lost_wait_back_unless_another_call_has_it() -> None:
    lost = rules.close(waits("a", 0), EndReason.CALLER_HUNG_UP, NOW + timedelta(minutes=4))
    running: list[CallEntry] = [waits("now", 5)]
    known = callers(Book([lost]), recent=lambda numbers: running if "+861" in numbers else [])
    found = await known.find_caller(NEW)
    assert found
    assert found.lost_waits == (LostWait(since=NOW, until=NOW + timedelta(minutes=4)),)
    running.append(waits("second line", 4.5))
    assert await known.find_caller(NEW) is None


async def test_a_customers_lost_wait_is_theirs_on_each_of_their_numbers() -> None:
    lost = rules.close(waits("a", 0), EndReason.CALLER_HUNG_UP, NOW + timedelta(minutes=4))
    asked = []

    def running(numbers: Sequence[str]) -> list[CallEntry]:
        asked.append(tuple(numbers))
        return []

    known = callers(Book([lost]), REGULAR, recent=running)
    found = await known.find_caller(replace(NEW, caller_number="+862"))
    assert found
    assert found.lost_waits == (LostWait(since=NOW, until=NOW + timedelta(minutes=4)),)
    assert asked == [("+862", "+861")]


def test_what_a_caller_may_be_told_reaches_the_line_in_both_languages() -> None:
    announcing = Announcing(every_s=60, first_s=30, comfort=(Comfort(zh="请稍候。", en="Hold on."),))
    outlook = Outlook(announcing=announcing, position=3, expected_s=90.0)
    outlooks = {CallId("waits"): outlook}
    routing = cast("Routing", SimpleNamespace(outlooks=SimpleNamespace(of=outlooks.get)))
    found = LineQueueing(routing=routing).outlook(CallId("waits"))
    assert found == WaitOutlook(
        first_s=30, every_s=60, position=3, expected_s=90.0, comfort=({"zh": "请稍候。", "en": "Hold on."},)
    )
    assert LineQueueing(routing=routing).outlook(CallId("talks")) is None
