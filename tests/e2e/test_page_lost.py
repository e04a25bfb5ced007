"""Pages that reload, die or sleep: the customer is never lost, and never alone for long."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from rig.agents import Manners
from rig.browser import Desk, browser, kill_tabs
from rig.customers import Customer
from rig.tab import Tab, sleepy_browser
from tests.e2e.floor import PHONE_EXPIRES_S, Floor, hears_tone, shows, until

AGENT_TONE_HZ = 1000
OTHER_AGENT_TONE_HZ = 1500
CUSTOMER_TONE_HZ = 440
TALKS_AGAIN_WITHIN_S = 5.0
MUSIC_WITHIN_S = 3.0
RUNG_AGAIN_WITHIN_S = 18.0
RINGS_WITHIN_S = 2.0
SLEEPY_TICKS_PER_S_MAX = 1.5
"""How often a timer of a tenth of a second may run if the tab really sleeps."""

ASK = """
fetch("{path}", {{
  method: "{method}", headers: {{"X-Hotline": "1", "Content-Type": "application/json"}}, body: {body},
}}).then((reply) => reply.status)
"""
NOTE_RINGS = """
window.rigRangAt = 0;
window.rigTicks = 0;
window.rigHiddenSince = 0;
window.rigHiddenS = () => rigHiddenSince ? (Date.now() - rigHiddenSince) / 1000 : 0;
setInterval(() => rigTicks += 1, 100);
document.addEventListener('visibilitychange', () => {
  rigHiddenSince = document.hidden ? Date.now() : 0;
  rigTicks = 0;
});
new MutationObserver(() => {
  const card = document.querySelector('[data-testid=call-card][data-phase=ringing]');
  if (card?.querySelector('[data-testid=call-customer]') && !rigRangAt) rigRangAt = Date.now();
}).observe(document.body, { subtree: true, childList: true, attributes: true });
"""


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


def _offered_at(floor: Floor, number: str) -> datetime | None:
    """When an agent was first rung for the caller."""
    query = 'SELECT offered_at FROM acd_offer o JOIN "call" c ON c.id = o."call" WHERE c.caller_number = ?'
    found = floor.rows(query, f"+86{number}")
    return datetime.fromisoformat(str(found[0][0])).replace(tzinfo=UTC) if found else None


async def test_a_reloaded_page_talks_on_within_seconds(floor: Floor) -> None:
    number = "13511110001"
    async with browser(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await _talking(floor, desk, number)

        reloaded_at = time.monotonic()
        await desk.page.reload(wait_until="commit")
        await desk.heard_tone(CUSTOMER_TONE_HZ, within_s=15)
        page_hears_s = time.monotonic() - reloaded_at
        heard_again_at = await _moment(lambda: _heard_again_s(customer, AGENT_TONE_HZ, reloaded_at), "voice")
        customer_hears_s = heard_again_at - reloaded_at

        assert max(page_hears_s, customer_hears_s) <= TALKS_AGAIN_WITHIN_S
        await shows(desk, "call-card", "data-phase", "talking")
        [(call, _, ended_at)] = _ledger(floor, number)
        assert ended_at is None
        await desk.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0
        await until(lambda: _ledger(floor, number)[0][2] is not None, 10, "the ledger closes the call")
    assert [row[:2] for row in _ledger(floor, number)] == [(call, "served")]
    assert _talked_with(floor, call) == ["lijing", "lijing"]


async def test_a_killed_tab_leaves_the_customer_to_music_and_another_agent(floor: Floor) -> None:
    number = "13511110002"
    async with browser(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await _talking(floor, desk, number)
        other = await floor.ready_agent(
            "wangqiang", tone_hz=OTHER_AGENT_TONE_HZ, manners=Manners(ring_s=0.0, talk_s=3.0)
        )
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
        assert await customer.until_over(20) == 0
        await until(lambda: _ledger(floor, number)[0][2] is not None, 10, "the ledger closes the call")

    assert music_s <= MUSIC_WITHIN_S
    assert rung_s <= RUNG_AGAIN_WITHIN_S
    [(call, outcome, _)] = _ledger(floor, number)
    assert outcome == "served"
    assert _talked_with(floor, call) == ["lijing", "wangqiang"]


async def _sign_in(floor: Floor, tab: Tab, name: str) -> None:
    """As a person does, but for typing: signed in, phone ready, taking calls, every ring noted."""
    base_url = floor.instance.base_url
    await tab.open(f"{base_url}/sign-in?audio=raw")
    sign_in = json.dumps({"name": name, "password": floor.password(name)})
    assert await tab.evaluate(ASK.format(method="POST", path="/api/session", body=json.dumps(sign_in))) == 200
    await tab.open(f"{base_url}/")
    await tab.until("!!document.querySelector('[data-testid=phone-state][data-line=ready]')", 20)
    ready = json.dumps({"state": "ready", "reason": ""})
    asked = ASK.format(method="PUT", path="/api/agent/state", body=json.dumps(ready))
    assert await tab.evaluate(asked) in {200, 204}
    await tab.until("!!document.querySelector('[data-testid=state-menu][data-state=ready]')", 20)
    await tab.evaluate(NOTE_RINGS)


async def test_a_tab_that_sleeps_in_the_background_still_rings_in_time(floor: Floor) -> None:
    """Hidden behind another tab for longer than its registration lasts, its timers throttled.

    Ten minutes do no more to a tab: the step that browsers take after five is here taken after some seconds.
    """
    number = "13511110003"
    async with sleepy_browser(tone_hz=AGENT_TONE_HZ) as tabs:
        tab = await tabs.open()
        await _sign_in(floor, tab, "lijing")
        await tabs.open()
        await tab.until("document.hidden", 5)
        await tab.until(f"rigHiddenS() > {PHONE_EXPIRES_S + 5}", 120)
        assert await tab.evaluate("rigTicks / rigHiddenS()") <= SLEEPY_TICKS_PER_S_MAX

        customer = await floor.queued_customer(number)
        await tab.until("rigRangAt > 0", 30)
        await until(lambda: _offered_at(floor, number) is not None, 5, "the offer is in the database")
        rang_at = datetime.fromtimestamp(await tab.evaluate("rigRangAt / 1000"), UTC)
        assert rang_at - (_offered_at(floor, number) or rang_at) <= timedelta(seconds=RINGS_WITHIN_S)
        await tab.evaluate("document.querySelector('[data-testid=call-answer]').click()")
        await hears_tone(customer, AGENT_TONE_HZ)
        assert await tab.evaluate("document.hidden")
