"""A page that nobody has looked at for long: it rings all the same."""

from datetime import UTC, datetime, timedelta

from tests.e2e.floor import PHONE_EXPIRES_S, Floor, hears_tone, until
from tests.e2e.sleeper import AGENT_TONE_HZ, Sleeper

RINGS_WITHIN_S = 2.0
SLEEPY_TICKS_PER_S_MAX = 1.5
"""How often a timer of a tenth of a second may run if the tab really sleeps."""


def _offered_at(floor: Floor, number: str) -> datetime | None:
    """When an agent was first rung for the caller."""
    query = 'SELECT offered_at FROM acd_offer o JOIN "call" c ON c.id = o."call" WHERE c.caller_number = ?'
    found = floor.rows(query, f"+86{number}")
    return datetime.fromisoformat(str(found[0][0])).replace(tzinfo=UTC) if found else None


async def test_a_tab_that_sleeps_in_the_background_still_rings_in_time(sleeper: Sleeper) -> None:
    """Hidden behind another tab for longer than its registration lasts, its timers throttled.

    Ten minutes do no more to a tab: the step that browsers take after five is here taken after some seconds.
    """
    number, floor, tab = "13511110003", sleeper.floor, sleeper.tab
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
