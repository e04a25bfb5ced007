"""Who outside is rung for an agent: asked in which language, and counted among the agent's calls."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, cast

from agent_ui.sendings import ConsultWish, Sendings, TransferWish
from kernel.ids import AgentId, CallId
from outbound.rules import Use
from server.outside import OutsidePeople
from staff.experts import Expert, ExpertDirectory
from telephony.destinations import Outside

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
