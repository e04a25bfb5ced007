"""Who calls, on a real Asterisk with the real lists: blocked, warned of, too often, withheld, known again."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
from typing_extensions import override

from customers.home import Homes, NumberAreas, RegionDirectory
from customers.identity import Claim, Identities, NotProven
from customers.limiter import Limits
from customers.limits_file import LimitBook, parse_limits
from customers.listing import Kind, Manner, Sort, Wish
from customers.listing_service import CallerLists
from customers.listing_store import ListingStore
from customers.model import Level, Record
from customers.regions import parse_regions
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.migrations import migrate
from infra.outbox import Outbox
from ivr.ports import ErrandOrder, KnownCaller, Verdict
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import ErrandDone
from kernel.clock import SystemClock
from rig.customers import Customer
from server.joining import KnownCallers, PopLookup
from server.screening import PastCalls, Screening
from telephony.events import CallArrived, CallEnded
from telephony.ledger_rules import CallEntry
from telephony.let_in import LetInCalls
from telephony.model import Arrival, EndReason, Outcome
from tests.asterisk.listening import hears_only
from tests.asterisk.private_asterisk import Exchange, Heard, PrivateAsterisk, exchange
from tests.asterisk.test_menu import PATIENCE_S, PROMPT_HZ, LiveOffice
from tests.db.test_listing import SUPERVISOR, Around
from tests.unit.ivr.scripted import EXAMPLE
from tests.unit.server.test_joining import Book

LINE, NUMBER, OTHER, WITHHELD = "4008009000", "013800138000", "013800138001", "anonymous"
GREETED, IN_ENGLISH = "您好，欢迎致电海蓝电器。", "Welcome to Hailan Appliances."
BLOCK = Wish(sort=Sort.BLOCKED, kind=Kind.NUMBER, value="138-0013 8000", reason="恶意骚扰")
MEMBER_FLOW = """\
start: ask
variables: {member: {type: digits}, four: {type: digits}}
nodes:
  ask: {type: collect, text: {zh: 会员号？, en: Member?}, into: member, max_digits: 8, check: luhn, next: who}
  who: {type: identify, member: member, proof: four, found: sales, missing: ask, unproven: prove}
  prove: {type: collect, text: {zh: 后四位？, en: Last four?}, into: four, max_digits: 4, next: who}
  sales: {type: queue, queue: sales}
"""


class Calls:
    """The ledger of the calls that the switch tells of, and the agents' page of calls, which has none yet."""

    heard: Heard

    def recent_from(self, numbers: Sequence[str]) -> list[CallEntry]:
        came = (event.arrival for event in self.heard.of(CallArrived))
        return [CallEntry(arrival=each) for each in came if each.caller_number in numbers]

    async def of_numbers(self, _: Sequence[str], *, limit: int) -> list[Any]:  # noqa: ARG002 - there is none
        return []


@dataclass
class Desk(LiveOffice):
    """An office with the customers, lists and limits of a real server; what they know is in its database."""

    site: Path = EXAMPLE
    limits: Limits = field(default_factory=Limits)
    calls: Calls = field(default_factory=Calls)
    database: Database | None = None

    async def begin(self) -> None:
        """A server: it knows what the database does; the one before has none any more."""
        await self.close()
        clock, self.database = SystemClock(), Database(f"sqlite:///{self.tmp_path / 'hotline.db'}")
        store = CustomerStore(self.database, Outbox(Jobs(self.database, clock)))
        self.customers = Customers(store=store, clock=clock, settings=CustomerSettings())
        around = Around()
        self.lists = CallerLists(
            store=ListingStore(self.database),
            customers=self.customers,
            calls=cast("Any", self.calls),
            spared=around,
            people=around,
            clock=around,
        )
        self.door = Screening(
            lists=self.lists,
            limits=LimitBook(self.limits, lambda: None),
            past=PastCalls(let_in=LetInCalls(self.database), ledger=cast("Any", self.calls)),
            customers=self.customers,
            tickets=cast("Any", None),
            clock=clock,
        )
        homes = Homes(
            RegionDirectory(parse_regions("regions: {}"), lambda: None), NumberAreas(30), home_region="CN"
        )
        self.known = KnownCallers(
            customers=self.customers,
            tickets=cast("Any", NoTickets()),
            book=cast("Any", Book([])),
            recent=lambda _: [],
            homes=homes,
        )
        self.identities = Identities(customers=self.customers)

    async def close(self) -> None:
        if self.database is not None:
            await self.database.close()

    async def limited(self, rules: str) -> None:
        """By a `callers.yaml` with these rules for everybody."""
        text = f"callers: {{default: {{{rules}}}}}"
        self.limits = parse_limits(text, spell=self.customers.spelled)
        await self.begin()

    @override
    async def judge(self, came: Arrival) -> Verdict:
        return await self.door.judge(came)

    @override
    async def find_caller(self, came: Arrival) -> KnownCaller | None:
        return await self.known.find_caller(came)

    @override
    async def keep_language(self, came: Arrival, language: str) -> None:
        await self.known.keep_language(came, language)
        self.languages_kept.append((came.caller_number, language))

    @override
    async def do(self, order: ErrandOrder) -> ErrandDone:
        claim = Claim(
            call=order.came.call,
            caller_number=order.came.caller_number,
            member_number=order.values["member"],
            proof=order.values.get("proof", ""),
        )
        try:
            found = await self.identities.identify(claim)
        except NotProven:
            return ErrandDone(way="unproven")
        return ErrandDone(way="found" if found else "missing")


class NoTickets:
    async def holders_of_open(self, _: object, *, limit: int) -> list[Any]:  # noqa: ARG002 - there is none
        return []


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    await migrate(f"sqlite:///{tmp_path / 'hotline.db'}")
    desk = Desk(tmp_path, prompt_s=0.5, awaited=GREETED)
    await desk.begin()
    yield desk
    await desk.close()


async def greeted(desk: Desk, it: Exchange, number: str = NUMBER) -> None:
    """Somebody calls, hears the greeting, and hangs up."""
    desk.was_said.clear()
    customer = await it.call(to=LINE, number=number, patience_s=8.0)
    async with asyncio.timeout(PATIENCE_S):
        await desk.was_said.wait()
    await customer.vanish()


async def types_number(it: Exchange, number: str) -> Customer:
    """Somebody who withholds their number types it."""
    customer = await it.call(to=LINE, number=WITHHELD, patience_s=20.0)
    await customer.first_sound()
    for key in f"{number[1:]}#":
        customer.press(key)
    return customer


async def refused(desk: Desk, it: Exchange, text: SystemText, number: str = NUMBER) -> None:
    """Somebody calls, and hears nothing but why not."""
    desk.said.clear()
    customer = await it.call(to=LINE, number=number, patience_s=20.0)
    await customer.until_over(2 * PATIENCE_S)
    assert any(window.is_tone(PROMPT_HZ) for window in customer.listen())
    assert set(SYSTEM_TEXTS[text].values()) <= set(desk.said)
    assert not desk.entered.is_set()


async def test_who_chose_english_is_greeted_in_it_by_the_next_server_and_nobody_else_is(
    asterisk: PrivateAsterisk, desk: Desk
) -> None:
    async with exchange(asterisk, desk.handler()) as it:
        desk.awaited = "For sales"
        customer = await it.call(to=LINE, number=NUMBER, patience_s=12.0)
        await customer.first_sound()
        customer.press("9")
        async with asyncio.timeout(PATIENCE_S):
            await desk.was_said.wait()
        await customer.vanish()
        await it.server_dies()
        await desk.begin()
        await it.server_starts(desk.handler())
        for awaited, number in ((IN_ENGLISH, NUMBER), (GREETED, OTHER)):
            desk.awaited = awaited
            await greeted(desk, it, number)
    assert desk.languages_kept == [("+8613800138000", "en")]


async def test_a_blocked_caller_hears_so_in_both_languages(asterisk: PrivateAsterisk, desk: Desk) -> None:
    await desk.lists.add(SUPERVISOR, BLOCK)
    async with exchange(asterisk, desk.handler()) as it:
        await refused(desk, it, SystemText.BLOCKED)
        assert (await it.heard.until(CallEnded)).reason is EndReason.HOTLINE_HUNG_UP
        await greeted(desk, it, OTHER)
    assert desk.outcomes[0] is Outcome.BLOCKED


async def test_a_blocked_caller_may_be_rejected_without_a_word(asterisk: PrivateAsterisk, desk: Desk) -> None:
    wish = Wish(sort=BLOCK.sort, kind=BLOCK.kind, value=NUMBER, reason="骚扰", manner=Manner.REJECT)
    await desk.lists.add(SUPERVISOR, wish)
    async with exchange(asterisk, desk.handler()) as it:
        await it.call(to=LINE, number=NUMBER, patience_s=20.0)
        await it.heard.until(CallEnded)
    assert (desk.outcomes, desk.said) == ([Outcome.BLOCKED], [])


async def test_a_caller_warned_of_comes_in_and_the_agent_reads_why(
    asterisk: PrivateAsterisk, desk: Desk
) -> None:
    wish = Wish(sort=Sort.WARNED, kind=BLOCK.kind, value=BLOCK.value, reason="多次辱骂坐席")
    await desk.lists.add(SUPERVISOR, wish)
    calls = cast("Any", desk.calls)
    pop = PopLookup(
        customers=desk.customers,
        lists=desk.lists,
        histories=cast("Any", None),
        calls=calls,
        last_calls_shown=3,
        open_tickets_shown=3,
    )
    async with exchange(asterisk, desk.handler()) as it:
        customer = await it.call(to=LINE, number=NUMBER, patience_s=12.0)
        await customer.first_sound()
        customer.press("1")
        async with asyncio.timeout(PATIENCE_S):
            await desk.entered.wait()
    (request,) = desk.requests
    card = await pop.look_up(request.arrival.call, request.arrival.caller_number)
    assert card.warnings == ("多次辱骂坐席",)


async def test_who_calls_too_often_hears_so_and_nobody_else_does(
    asterisk: PrivateAsterisk, desk: Desk
) -> None:
    await desk.limited("per_hour: 1")
    async with exchange(asterisk, desk.handler()) as it:
        desk.calls.heard = it.heard
        await greeted(desk, it)
        await refused(desk, it, SystemText.CALLED_TOO_OFTEN)
        await greeted(desk, it, OTHER)


async def test_who_withholds_the_number_is_refused_where_the_company_wants_that(
    asterisk: PrivateAsterisk, desk: Desk
) -> None:
    await desk.limited("withheld: rejected")
    async with exchange(asterisk, desk.handler()) as it:
        desk.calls.heard = it.heard
        await refused(desk, it, SystemText.BLOCKED, WITHHELD)
        await greeted(desk, it)


async def test_who_withholds_the_number_types_one_by_which_the_lists_go(
    asterisk: PrivateAsterisk, desk: Desk
) -> None:
    await desk.limited("withheld: type_number")
    await desk.lists.add(SUPERVISOR, BLOCK)
    async with exchange(asterisk, desk.handler()) as it:
        desk.calls.heard = it.heard
        customer = await types_number(it, OTHER)
        async with asyncio.timeout(PATIENCE_S):
            await desk.was_said.wait()
        await customer.vanish()
        desk.was_said.clear()
        blocked = await types_number(it, NUMBER)
        await blocked.until_over(2 * PATIENCE_S)
        assert not desk.was_said.is_set()
    assert desk.outcomes[-1] is Outcome.BLOCKED
    assert [choice.zh for choice in desk.choices] == ["匿名来电，输入号码 +8613800138001"]


@pytest.mark.parametrize("dies", [False, True])
async def test_a_member_who_withholds_the_number_is_known_by_theirs_also_past_a_dead_server(
    asterisk: PrivateAsterisk, desk: Desk, *, dies: bool
) -> None:
    shutil.copytree(EXAMPLE, desk.tmp_path / "site", ignore=shutil.ignore_patterns("*.tests.yaml"))
    desk.site = desk.tmp_path / "site"
    (desk.site / "flows" / "main.yaml").write_text(MEMBER_FLOW, encoding="utf-8")
    zhang = Record(name="张伟", level=Level.VIP, numbers=("13812345678",), member_number="80010010")
    await desk.customers.create(zhang)
    async with exchange(asterisk, desk.handler()) as it:
        desk.awaited, desk.prompt_s = "后四位？", 2.0
        customer = await it.call(to=LINE, number=WITHHELD, patience_s=30.0)
        await customer.first_sound()
        for key in "80010010":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await desk.was_said.wait()
        if dies:
            desk.was_said.clear()
            await it.server_dies()
            await desk.begin()
            await it.server_starts(desk.handler())
            async with asyncio.timeout(PATIENCE_S):
                await desk.was_said.wait()
        await hears_only(customer, PROMPT_HZ)
        for key in "5678":
            customer.press(key)
        async with asyncio.timeout(PATIENCE_S):
            await desk.entered.wait()
    (request,) = desk.requests
    assert (request.level, request.arrival.caller_number) == ("vip", "")
