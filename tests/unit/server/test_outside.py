"""Who outside is rung: for an agent, asked in which language and counted; for a flow, who is on call."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from agent_ui.sendings import ConsultWish, Sendings, TransferWish
from ivr.ports import QueueRequest
from ivr.turn import Whom
from kernel.errors import HotlineError, NotFound
from kernel.ids import AgentId, CallId, QueueId
from outbound.rules import Use
from server.calling_back import place_request
from server.outside import ExpertsForFlows, OutsidePeople
from staff.errors import NobodyOnCall
from staff.experts import Expert, ExpertDirectory
from staff.on_call import OnCallDirectory, parse_on_call
from telephony.destinations import Outside
from telephony.model import Arrival

LI, CALL = AgentId(7), CallId("hl-1.1")
ZHAO = Expert(key="zhao", name="赵工", numbers=("+8613800009001", "+862158880001"))
MILLER = Expert(key="miller", name="Anna Miller", numbers=("+442079460123",), language="en")


class Around:
    """Routing and the rules of calling, which let everything pass and note what they were asked."""

    def __init__(self) -> None:
        self.people = self.gate = self
        self.ordered: list[tuple[str, object]] = []
        self.counting: list[Collection[str]] = []

    def spelled(self, typed: str) -> str:
        return f"+86{typed}"

    async def require(self, number: str, use: Use) -> None:
        assert number.startswith("+")
        assert use is (Use.GUEST if number.startswith("+8613900001111") else Use.EXPERT)

    @asynccontextmanager
    async def counted(self, agent: AgentId, numbers: Collection[str]) -> AsyncIterator[None]:
        assert agent == LI
        self.counting.append(numbers)
        yield
        self.ordered.append(("counted", numbers))

    async def reach(self, request: object, outside: Outside) -> None:
        assert request == place_request(REQUEST)
        self.ordered.append(("reach", outside))

    async def transfer(self, call: CallId, by: AgentId, *, to: object, note: str) -> None:
        assert (call, by, note) == (CALL, LI, "")
        self.ordered.append(("transfer", to))

    async def consult(self, call: CallId, by: AgentId, *, to: object, note: str) -> None:
        assert (call, by, note) == (CALL, LI, "")
        self.ordered.append(("consult", to))


def sendings(around: Around) -> Sendings:
    directory = ExpertDirectory({one.key: one for one in (ZHAO, MILLER)}, lambda: None)
    outside = OutsidePeople(experts=directory, calling=cast("Any", around), language="zh")
    parts = cast("Any", around)
    return Sendings(routing=parts, names=parts, book=parts, outside=outside)


async def test_experts_are_asked_in_their_own_language_and_everybody_else_in_the_sites() -> None:
    outside = sendings(Around()).outside
    found = [
        await outside.expert("zhao"),
        await outside.expert("miller"),
        await outside.number("13900001111"),
    ]
    assert [one.language for one in found] == ["zh", "en", "zh"]


async def test_who_is_sent_a_caller_or_asked_outside_counts_and_a_colleague_does_not() -> None:
    around = Around()
    desk = sendings(around)
    await desk.transfer(CALL, LI, TransferWish(to_expert="zhao"))
    await desk.consult(CALL, LI, ConsultWish(to_number="13900001111"))
    await desk.consult(CALL, LI, ConsultWish(to_agent=8))
    zhao = Outside(shown="赵工", numbers=ZHAO.numbers)
    driver = Outside(shown="86139****1111", numbers=("+8613900001111",))
    assert around.ordered == [
        ("transfer", zhao),
        ("counted", ZHAO.numbers),
        ("consult", driver),
        ("counted", ("+8613900001111",)),
        ("consult", AgentId(8)),
    ]
    assert around.counting == [ZHAO.numbers, ("+8613900001111",)]


MONDAY_NIGHT = datetime.fromisoformat("2026-11-23T22:00:00+08:00")
NIGHT = """\
on_call:
  night:
    name: 夜间值班
    shifts: [{hours: 18:00-09:00, people: [gone, miller, zhao]}]
"""


@dataclass
class At:
    """A clock that stands."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


def for_flows(around: Around, on_call: str = NIGHT, now: datetime = MONDAY_NIGHT) -> ExpertsForFlows:
    parts = cast("Any", around)
    return ExpertsForFlows(
        routing=parts,
        experts=ExpertDirectory({one.key: one for one in (ZHAO, MILLER)}, lambda: None),
        on_call=OnCallDirectory(parse_on_call(on_call), lambda: None),
        gate=parts,
        clock=At(now),
        language="zh",
    )


ARRIVAL = Arrival(
    call=CALL,
    at=MONDAY_NIGHT,
    caller_number="+8613900001111",
    caller_name="",
    dialled="4008009000",
    trunk="main",
)
REQUEST = QueueRequest(arrival=ARRIVAL, queue=QueueId("technical"), language="zh", flow="main", node="duty")


async def test_a_flow_has_all_rung_who_are_on_call_as_one_in_their_order() -> None:
    around = Around()
    await for_flows(around).reach(REQUEST, Whom("night", is_list=True))
    numbers = (*MILLER.numbers, *ZHAO.numbers)
    assert around.ordered == [("reach", Outside(shown="夜间值班", numbers=numbers, language="en"))]


async def test_a_flow_has_one_expert_rung_by_name() -> None:
    around = Around()
    await for_flows(around).reach(REQUEST, Whom("zhao"))
    assert around.ordered == [("reach", Outside(shown="赵工", numbers=ZHAO.numbers))]


@pytest.mark.parametrize(
    ("whom", "on_call", "now", "why"),
    [
        (Whom("day", is_list=True), NIGHT, MONDAY_NIGHT, NotFound),
        (Whom("nobody"), NIGHT, MONDAY_NIGHT, NotFound),
        (Whom("night", is_list=True), NIGHT, MONDAY_NIGHT - timedelta(hours=8), NobodyOnCall),
        (Whom("night", is_list=True), NIGHT.replace("miller, zhao", "chen"), MONDAY_NIGHT, NobodyOnCall),
    ],
)
async def test_where_nobody_can_be_rung_the_flow_hears_so(
    whom: Whom, on_call: str, now: datetime, why: type[HotlineError]
) -> None:
    around = Around()
    with pytest.raises(why):
        await for_flows(around, on_call, now).reach(REQUEST, whom)
    assert around.ordered == []
