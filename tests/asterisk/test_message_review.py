"""Callers who listen to their message, speak it anew or are cut off meanwhile, on a live Asterisk."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rig.customers import Customer
from telephony.events import CallArrived
from telephony.model import Outcome
from telephony.spool import BYTES_PER_SECOND, Part
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import CUSTOMER_HZ, LiveOffice, strongest_hz
from tests.unit.ivr.node_trials import write_site
from tests.unit.ivr.scripted import SUNDAY
from tests.unit.ivr.test_taking_messages import ASKED

NUMBER = "4009"
PATIENCE_S = 15.0


@pytest.fixture
def office(tmp_path: Path) -> LiveOffice:
    write_site(tmp_path / "site", {NUMBER: "voicemail/reviewed"})
    return LiveOffice(tmp_path, now=SUNDAY, site=tmp_path / "site")


@asynccontextmanager
async def asked(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> AsyncIterator[tuple[Exchange, Customer, Part]]:
    """A caller who has spoken, and is asked what to do with it."""
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to=NUMBER, number="013800138000", tone_hz=CUSTOMER_HZ)
        await it.heard.until(CallArrived)
        part = (await spoken(office, 1))[0]
        customer.press("#")
        await eventually(lambda: ASKED in office.said)
        yield it, customer, part


async def spoken(office: LiveOffice, count: int) -> list[Part]:
    """The parts, once there are so many and the last is a message."""
    spool = office.spool

    def found() -> list[Part]:
        parts = spool.parts()
        is_long = len(parts) == count and len(spool.sound(parts[-1])) > 1.5 * BYTES_PER_SECOND
        return parts if is_long else []

    return await eventually(found)


async def test_a_caller_listens_and_speaks_anew(asterisk: PrivateAsterisk, office: LiveOffice) -> None:
    async with asked(asterisk, office) as (_, customer, first):
        customer.press("2")
        await eventually(lambda: any(window.is_tone(CUSTOMER_HZ) for window in customer.listen()))
        customer.press("3")
        _, second = await spoken(office, 2)
        customer.press("#")
        await eventually(lambda: office.said.count(ASKED) == 3)
        customer.press("1")
        await eventually(lambda: office.imported)
        parts = office.spool.parts()
    assert (office.imported, parts) == ([second], [second])
    assert first != second
    assert strongest_hz(office.spool.sound(second)) == pytest.approx(CUSTOMER_HZ, abs=5)


async def test_who_hangs_up_while_asked_has_left_the_message(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    async with asked(asterisk, office) as (_, customer, part):
        await customer.leave()
        await eventually(lambda: office.imported)
        await eventually(lambda: office.sessions == 0)
    assert office.imported == [part]
    assert office.outcomes == [Outcome.VOICEMAIL]


async def test_whose_server_dies_while_asked_has_left_it_and_the_switch_says_goodbye(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    async with asked(asterisk, office) as (it, customer, part):
        await it.server_dies()
        await customer.until_over(PATIENCE_S)
    assert office.spool.parts() == [part]
    assert office.spool.is_message(part)
    assert office.spool.was_spoken(part.call)


async def test_whose_server_dies_while_they_speak_anew_has_left_both_and_goes_on(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    async with asked(asterisk, office) as (it, customer, _):
        customer.press("3")
        parts = await spoken(office, 2)
        await it.server_dies()
        await it.server_starts(office.handler())
        customer.press("#")
        await eventually(lambda: "请按1、2或3。" in office.said, within_s=PATIENCE_S)
        assert customer.is_on_the_phone
    assert office.imported == parts
    assert set(office.outcomes) == {Outcome.VOICEMAIL}
