"""The simulated customer's own doings."""

import asyncio

import pytest

from rig.customers import Caller, NoAnswer, Trunk, dial
from rig.media import MediaClock
from telephony.port import Line
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange


async def test_a_customer_whose_phone_does_not_work_says_why() -> None:
    nowhere = Trunk(host="127.0.0.1", port=1, asterisk_host="nowhere.invalid", asterisk_port=5060)
    customer = await dial((MediaClock(), nowhere), Caller(number="13912345678"), to="4008009000")
    try:
        with pytest.raises(NoAnswer, match=nowhere.asterisk_host):
            await customer.first_sound()
    finally:
        await customer.vanish()


async def test_a_customer_speaks_as_soon_as_somebody_answers(asterisk: PrivateAsterisk) -> None:
    async def answers_and_says_nothing(line: Line) -> None:
        await line.answer()
        await asyncio.Event().wait()

    async with exchange(asterisk, answers_and_says_nothing) as found:
        customer = await found.call()
        await eventually(lambda: customer.end.far)
        assert customer.end.heard == []
