"""How far tickets are: told to whose they are, and to nobody else, however often they try."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from infra.database import Database
from kernel.ids import CallId, CustomerId
from tests.db.ticket_parts import LI, NUMBER, ZHANG, Site
from tickets.model import State, TicketFilter, TicketType
from tickets.progress import Asked, NotProven, Progress
from tickets.service import Draft, Left
from tickets.settings import TicketSettings

STRANGER, CALL = "+8613900001111", CallId("site1-7.7")


class Numbers:
    """One customer with two numbers, and a stranger who has called."""

    async def of_customer(self, customer: CustomerId) -> Sequence[str]:
        return (NUMBER, "+862162345678") if customer == ZHANG.id else ()

    async def of_call(self, call: CallId) -> str:
        return STRANGER if call == CALL else ""

    async def customer_of(self, number: str) -> CustomerId | None:
        return ZHANG.id if number == NUMBER else None

    def spelled(self, number: str) -> str:
        return number


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


@pytest.fixture
def progress(site: Site) -> Progress:
    return Progress(
        store=site.tickets.store,
        numbers=Numbers(),
        clock=site.clock,
        settings=TicketSettings(proof_tries_max=3),
    )


async def made(site: Site) -> str:
    draft = Draft(type=TicketType.COMPLAINT, title="退款未到账", customer=ZHANG.id)
    return (await site.tickets.create(draft, LI)).number


async def test_the_customers_number_is_enough(site: Site, progress: Progress) -> None:
    number = await made(site)
    asked = Asked(call=CALL, caller_number=NUMBER, ticket=number.removeprefix("CS"))
    found = await progress.tell(asked)
    assert found is not None
    assert (found.number, found.matter.state) == (number, State.PROCESSING)


async def test_without_a_number_the_newest_open_one_of_the_caller_is_told(
    site: Site, progress: Progress
) -> None:
    await made(site)
    site.clock.time += timedelta(minutes=1)
    newest = await made(site)
    found = await progress.tell(Asked(call=CALL, caller_number=NUMBER))
    assert found is not None
    assert found.number == newest
    assert await progress.tell(Asked(call=CALL, caller_number=STRANGER)) is None
    assert await progress.tell(Asked(call=CALL, caller_number="")) is None


@pytest.mark.parametrize("caller", [STRANGER, ""])
async def test_who_calls_from_elsewhere_shows_that_it_is_theirs(
    site: Site, progress: Progress, caller: str
) -> None:
    asked = Asked(call=CALL, caller_number=caller, ticket=await made(site))
    with pytest.raises(NotProven):
        await progress.tell(asked)
    assert await progress.tell(replace(asked, proof="9999")) is None
    found = await progress.tell(replace(asked, proof="5678"))
    assert found is not None


async def test_what_does_not_exist_looks_like_somebody_elses(progress: Progress) -> None:
    asked = Asked(call=CALL, caller_number=STRANGER, ticket="202601010001")
    with pytest.raises(NotProven):
        await progress.tell(asked)
    assert await progress.tell(replace(asked, proof="1234")) is None


@pytest.mark.parametrize("proof", ["", "4", "34", "341234", "+8613812341234"])
async def test_only_four_digits_are_a_proof(site: Site, progress: Progress, proof: str) -> None:
    asked = Asked(call=CALL, caller_number=STRANGER, ticket=await made(site), proof=proof)
    try:
        assert await progress.tell(asked) is None
    except NotProven:
        assert proof == ""


@pytest.mark.parametrize("same", ["call", "caller", "ticket"])
async def test_who_tries_too_often_is_told_nothing_even_if_right(
    site: Site, progress: Progress, same: str
) -> None:
    number = await made(site)
    for count in range(3):
        wrong = Asked(
            call=CALL if same == "call" else CallId(f"other-{count}"),
            caller_number=STRANGER if same == "caller" else f"+86139000022{count}0",
            ticket=number if same == "ticket" else f"20260101000{count}",
            proof="0000",
        )
        assert await progress.tell(wrong) is None
    right = Asked(
        call=CALL if same == "call" else CallId("new"),
        caller_number=STRANGER if same == "caller" else "+8613900009999",
        ticket=number,
        proof="1234",
    )
    assert await progress.tell(right) is None
    site.clock.time += timedelta(hours=25)
    assert await progress.tell(right) is not None


async def test_a_ticket_is_that_of_who_the_caller_has_said_to_be(site: Site) -> None:
    site.directory.said[CALL] = ZHANG.id
    left = Left(key="k", call=CALL, caller_number=STRANGER, type=TicketType.CALLBACK, title="请回电")
    await site.tickets.leave(left)
    found, _ = await site.tickets.store.find(TicketFilter(customer=ZHANG.id))
    assert [ticket.matter.title for ticket in found] == ["请回电"]


async def test_a_strangers_ticket_is_told_to_the_number_that_left_it(site: Site, progress: Progress) -> None:
    left = Left(key="k", call=CALL, caller_number=STRANGER, type=TicketType.CALLBACK, title="请回电")
    number = await site.tickets.leave(left)
    assert await progress.tell(Asked(call=CallId("x"), caller_number=STRANGER, ticket=number)) is not None
    with pytest.raises(NotProven):
        await progress.tell(Asked(call=CallId("x"), caller_number=NUMBER, ticket=number))
