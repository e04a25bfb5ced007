"""Pages that reload or die: the customer is never lost, and never alone for long."""

import asyncio
import time
from collections.abc import Callable
from itertools import pairwise

from playwright.async_api import expect

from rig.agents import Manners
from rig.browser import Browsers, Desk, kill_tabs
from rig.customers import Customer
from tests.e2e.floor import PARK_S, Floor, hears_tone, shows, until

AGENT_TONE_HZ = 1000
OTHER_AGENT_TONE_HZ = 1500
CUSTOMER_TONE_HZ = 440
TALKS_AGAIN_WITHIN_S = 5.0
MUSIC_WITHIN_S = 3.0
RUNG_AGAIN_WITHIN_S = PARK_S + 3.0
"""18 s at a site that keeps to the settings' own 15 s."""


async def _talking(floor: Floor, desk: Desk, number: str) -> Customer:
    customer = await floor.queued_customer(number, tone_hz=CUSTOMER_TONE_HZ)
    await desk.page.get_by_test_id("call-answer").click(timeout=20_000)
    await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=30)
    await hears_tone(customer, AGENT_TONE_HZ, within_s=30)
    return customer


def _heard_again_s(customer: Customer, tone_hz: int, since_s: float) -> float | None:
    """When, after a break that began after `since_s`, the customer heard the tone again."""
    broken = False
    for window in customer.listen():
        if window.at_s > since_s:
            is_tone = window.is_tone(tone_hz)
            if broken and is_tone:
                return window.at_s
            broken = broken or not is_tone
    return None


def _music_began_s(customer: Customer, tone_hz: int, since_s: float) -> float | None:
    """When the customer heard, after the tone, something that is neither it nor silence."""
    windows = [w for w in customer.listen() if w.at_s > since_s]
    for window, after in pairwise(windows):
        if not any(each.is_silent or each.is_tone(tone_hz) for each in (window, after)):
            return window.at_s
    return None


async def _moment(found: Callable[[], float | None], what: str) -> float:
    """When the customer heard it, as soon as it was heard."""
    await until(lambda: found() is not None, 15, f"the customer hears {what}")
    moment = found()
    assert moment is not None
    return moment


def _ledger(floor: Floor, number: str) -> list[tuple[object, ...]]:
    return floor.rows("SELECT id, outcome, ended_at FROM call WHERE caller_number = ?", f"+86{number}")


def _talked_with(floor: Floor, call: object) -> list[object]:
    query = (
        "SELECT staff.name FROM leg JOIN staff ON staff.id = leg.agent_id"
        " WHERE leg.call_id = ? AND leg.joined_at IS NOT NULL ORDER BY leg.joined_at"
    )
    return [name for (name,) in floor.rows(query, call)]


async def test_a_reloaded_page_talks_on_within_seconds(floor: Floor, browsers: Browsers) -> None:
    number = "13511110001"
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await _talking(floor, desk, number)

        why = await desk.page.get_by_test_id("call-why").inner_text()

        reloaded_at = time.monotonic()
        await desk.page.reload(wait_until="commit")
        await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=15)
        page_hears_s = time.monotonic() - reloaded_at
        heard_again_at = await _moment(lambda: _heard_again_s(customer, AGENT_TONE_HZ, reloaded_at), "voice")
        customer_hears_s = heard_again_at - reloaded_at

        assert max(page_hears_s, customer_hears_s) <= TALKS_AGAIN_WITHIN_S
        await shows(desk, "call-card", "data-phase", "talking")
        await expect(desk.page.get_by_test_id("call-why")).to_have_text(why, use_inner_text=True)
        [(call, _, ended_at)] = _ledger(floor, number)
        assert ended_at is None
        await desk.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0
        await until(lambda: _ledger(floor, number)[0][2] is not None, 10, "the ledger closes the call")
    assert [row[:2] for row in _ledger(floor, number)] == [(call, "served")]
    assert _talked_with(floor, call) == ["lijing", "lijing"]


async def test_a_killed_tab_leaves_the_customer_to_music_and_another_agent(
    floor: Floor, browsers: Browsers
) -> None:
    number = "13511110002"
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await _talking(floor, desk, number)
        was_heard = asyncio.Event()
        manners = Manners(ring_s=0.0, talk_s=0.0, may_hang_up=was_heard)
        other = await floor.ready_agent("wangqiang", tone_hz=OTHER_AGENT_TONE_HZ, manners=manners)
        assert other.phone is not None
        phone = other.phone

        killed_at = time.monotonic()
        await kill_tabs(context)
        music_s = (
            await _moment(lambda: _music_began_s(customer, AGENT_TONE_HZ, killed_at), "music") - killed_at
        )
        await until(lambda: len(phone.ends) == 1, RUNG_AGAIN_WITHIN_S + 10, "the other agent's phone rings")
        rung_s = time.monotonic() - killed_at
        assert _ledger(floor, number)[0][2] is None
        await hears_tone(customer, OTHER_AGENT_TONE_HZ)
        was_heard.set()
        assert await customer.until_over(20) == 0
        await until(lambda: _ledger(floor, number)[0][2] is not None, 10, "the ledger closes the call")

    assert music_s <= MUSIC_WITHIN_S
    assert rung_s <= RUNG_AGAIN_WITHIN_S
    [(call, outcome, _)] = _ledger(floor, number)
    assert outcome == "served"
    assert _talked_with(floor, call) == ["lijing", "wangqiang"]
