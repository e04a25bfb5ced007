"""An agent whose page lies behind another tab, where browsers let it sleep."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rig.tab import Tab, sleepy_browser
from tests.e2e.floor import Floor

AGENT_TONE_HZ = 1000
SIGNED_IN_WITHIN_S = 20
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


@dataclass(frozen=True, slots=True)
class Sleeper:
    """The only agent of an installation, ready for calls."""

    floor: Floor
    tab: Tab


@asynccontextmanager
async def asleep(floor: Floor) -> AsyncIterator[Sleeper]:
    """Someone signs in, takes calls, and turns to another tab."""
    async with sleepy_browser(tone_hz=AGENT_TONE_HZ) as tabs:
        tab = await tabs.open()
        await _sign_in(floor, tab, "lijing")
        await tabs.open()
        await tab.until("document.hidden", 5)
        yield Sleeper(floor, tab)


async def _sign_in(floor: Floor, tab: Tab, name: str) -> None:
    """As a person does, but for typing: signed in, phone ready, taking calls, every ring noted."""
    base_url = floor.instance.base_url
    await tab.open(f"{base_url}/sign-in?audio=raw")
    sign_in = json.dumps({"name": name, "password": floor.password(name)})
    assert await tab.evaluate(ASK.format(method="POST", path="/api/session", body=json.dumps(sign_in))) == 200
    await tab.open(f"{base_url}/")
    await tab.until(
        "!!document.querySelector('[data-testid=phone-state][data-line=ready]')", SIGNED_IN_WITHIN_S
    )
    ready = json.dumps({"state": "ready", "reason": ""})
    asked = ASK.format(method="PUT", path="/api/agent/state", body=json.dumps(ready))
    assert await tab.evaluate(asked) in {200, 204}
    await tab.until(
        "!!document.querySelector('[data-testid=state-menu][data-state=ready]')", SIGNED_IN_WITHIN_S
    )
    await tab.evaluate(NOTE_RINGS)
