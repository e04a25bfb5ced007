"""Callers rate the conversation whose agent has hung up, on a real Asterisk and with real keys."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from typing_extensions import override

from acd.model import AgentState
from acd.rating import RatingRules
from ivr.ports import AfterTalk, RatingQuestion
from kernel.ids import CallId
from rig.agents import Manners
from rig.customers import Customer
from telephony.events import CallArrived, CallEnded
from telephony.model import CallMark, EndReason, Phase
from telephony.port import Line, LineEntry
from tests.asterisk.listening import hear_each_other, hears_music, hears_only
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange, prepare
from tests.asterisk.test_menu import PROMPT_HZ, LiveOffice
from tests.asterisk.test_routed_talks import ANSWERS, House
from tests.sim.house import LI
from tests.unit.acd.floor import rules

BYE_S = 3.0
QUESTION = RatingQuestion(text={"zh": "", "en": ""}, tries=2, wait_s=3, comment_s=0)


@dataclass
class RatedOffice(LiveOffice):
    """Ratings outlive the server, as in a database."""

    house: "RatedHouse | None" = None
    asks: RatingQuestion = QUESTION
    asked: list[CallId] = field(default_factory=list)

    @override
    async def after_talk(self, call: CallId) -> AfterTalk:
        assert self.house is not None
        return await self.house.now().after_talk(call)

    @override
    async def question_for(self, call: CallId, mark: CallMark) -> RatingQuestion | None:
        self.asked.append(call)
        score = self.scores[0] if self.scores else None
        return replace(self.asks, score=score, has_comment=bool(self.comments))


class RatedHouse(House):
    """A queue whose callers rate."""

    def __init__(self, it: Exchange, office: RatedOffice) -> None:
        super().__init__(it)
        self.rules = rules(wrap_up_s=60, rating=RatingRules())
        self.office, office.house = office, self
        self.service = office.service()

    @override
    async def line(self, line: Line) -> None:
        if line.entry is LineEntry.ARRIVED:
            await super().line(line)
        else:
            await self.service.handle(line)


@dataclass
class Rated:
    """Li talks with a customer."""

    house: RatedHouse
    office: RatedOffice
    customer: Customer
    call: CallId

    async def is_asked(self) -> None:
        await hears_only(self.customer, PROMPT_HZ)

    async def is_over(self) -> EndReason:
        ended = await self.house.it.heard.until(CallEnded)
        await self.customer.until_over(15)
        return ended.reason

    async def restarts(self) -> None:
        await self.house.die()
        await hears_music(self.customer)
        await self.house.begin()

    async def phase(self) -> Phase | None:
        (live,) = (await self.house.it.switch.snapshot()).calls
        return live.mark.phase if live.mark else None


@asynccontextmanager
async def talking(
    asterisk: PrivateAsterisk, folder: Path, *, asks: RatingQuestion = QUESTION, lis: Manners = ANSWERS
) -> AsyncIterator[Rated]:
    async def nobody(line: Line) -> None:
        await line.hold()

    async with exchange(asterisk, nobody) as it:
        office = RatedOffice(folder, asks=asks, prompt_s=2.0)
        house = RatedHouse(it, office)
        await it.server_dies()
        await house.begin()
        await house.comes(LI, lis)
        await house.is_ready(LI)
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        try:
            await hear_each_other(customer, house.phones[LI][1])
            yield Rated(house, office, customer, call)
        finally:
            await house.die()


@pytest.mark.parametrize("by_phone", [True, False])
async def test_whose_agent_hangs_up_presses_a_key(
    asterisk: PrivateAsterisk, tmp_path: Path, *, by_phone: bool
) -> None:
    lis = Manners(ring_s=0.1, talk_s=BYE_S) if by_phone else ANSWERS
    async with talking(asterisk, tmp_path, lis=lis) as rated:
        if not by_phone:
            await rated.house.now().hang_up(rated.call, LI)
        await rated.is_asked()
        assert rated.house.state(LI) is AgentState.WRAP_UP
        assert await rated.phase() is Phase.RATING
        rated.customer.press("4")
        assert await rated.is_over() is EndReason.HOTLINE_HUNG_UP
    assert (rated.office.scores, rated.office.asked) == ([4], [rated.call])
    assert rated.office.said[-1] == "感谢您的评价，再见。"


async def test_wrong_keys_lead_to_goodbye(asterisk: PrivateAsterisk, tmp_path: Path) -> None:
    async with talking(asterisk, tmp_path) as rated:
        await rated.house.now().hang_up(rated.call, LI)
        await rated.is_asked()
        rated.customer.press("9")
        await eventually(lambda: len(rated.office.said) > 1)
        await rated.is_asked()
        rated.customer.press("0")
        await rated.is_over()
    assert rated.office.scores == []
    assert rated.office.said[-1] == "感谢您的来电，再见。"


async def test_who_hangs_up_instead_has_not_rated_and_leaves_nothing_behind(
    asterisk: PrivateAsterisk, tmp_path: Path
) -> None:
    async with talking(asterisk, tmp_path) as rated:
        await rated.house.now().hang_up(rated.call, LI)
        await rated.is_asked()
        await rated.customer.hang_up()
        assert await rated.is_over() is EndReason.CALLER_HUNG_UP
        assert (await rated.house.it.switch.snapshot()).calls == ()
    assert rated.office.scores == []


async def test_a_server_that_dies_while_it_asks_asks_again_and_counts_once(
    asterisk: PrivateAsterisk, tmp_path: Path
) -> None:
    async with talking(asterisk, tmp_path) as rated:
        await rated.house.now().hang_up(rated.call, LI)
        await rated.is_asked()
        await rated.restarts()
        await rated.is_asked()
        rated.customer.press("5")
        await rated.is_over()
    assert rated.office.scores == [5]


async def test_a_comment_is_kept_though_the_server_dies_in_it(
    asterisk: PrivateAsterisk, tmp_path: Path
) -> None:
    async with talking(asterisk, tmp_path, asks=replace(QUESTION, comment_s=6)) as rated:
        await rated.house.now().hang_up(rated.call, LI)
        await rated.is_asked()
        rated.customer.press("2")
        comment = tmp_path / "comment.wav"
        await eventually(lambda: comment.exists() and comment.stat().st_size > 10_000)
        # The switch records on by itself, and asks the next server what follows.
        await rated.house.die()
        await rated.house.begin()
        await rated.is_over()
    assert rated.office.scores == [2]
    assert rated.office.comments[-1] == "kept"
    assert rated.office.said[-1] == "感谢您的评价，再见。"


async def test_who_is_asked_by_a_server_that_stays_away_rings_nobody_and_the_call_ends(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1)
    instance.start()
    try:
        async with talking(instance, tmp_path) as rated:
            await rated.house.it.switch.set_fallback(rated.house.phones[LI][0].id, is_ready=True)
            await rated.house.now().hang_up(rated.call, LI)
            await rated.is_asked()
            rings = len(rated.house.phones[LI][1].invites)
            await rated.house.die()
            await rated.customer.until_over(15)
            assert len(rated.house.phones[LI][1].invites) == rings
    finally:
        await asyncio.to_thread(instance.kill)
