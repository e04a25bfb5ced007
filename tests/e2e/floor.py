"""The floor of a small contact centre: one installation, its people, its customers."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, expect

from rig.agents import Agent, Manners
from rig.browser import Desk
from rig.customers import Caller, Customer, dial
from rig.instance import ROOT, Instance
from rig.media import MediaClock
from rig.tones import in_words, tone_s
from server.simulated.api import Api
from tests.voices import MODELS

MAIN_NUMBER = "4008009000"
CLOSED_NUMBER = "4008009009"
"""A number of the tests' site whose office is never open."""
VIP_NUMBER = "13812345678"
"""张伟, a VIP of the example company."""
QUEUE_KEY = "2"
WRAP_UP_S = 3
SILENCE_S = 2
"""Ends a message."""
SIGNED_IN_WITHIN_S = 30
"""Until a phone is registered, on a machine that is busy with a new browser."""
PHONE_EXPIRES_S = 60
"""How long a registration of a phone holds unless it is renewed: the shortest that the settings allow."""
PARK_S = 6
"""How long a caller waits for the agent whose page was lost."""
LOG_SHOWN_CHARS = 20_000
SETTINGS = {
    "HOTLINE_ACD__PARK_S": str(PARK_S),
    "HOTLINE_TICKETS__SURVEY_ADDRESS": "https://hotline.example",
    "HOTLINE_TICKETS__SURVEY_AFTER_S": "0",
    # As fast as prompts may be spoken: stories hear them to their end, and are about something else.
    "HOTLINE_SPEECH__SYNTHESIS__WORDS_PER_MINUTE": "300",
    # Hashes that are quick to make and to check, for the first start and for signing in.
    "HOTLINE_STAFF__HASH_MEMORY_KIB": "64",
    "HOTLINE_WEB__PHONE_REGISTER_EXPIRES_S": str(PHONE_EXPIRES_S),
    "HOTLINE_SPEECH__RECOGNITION__MODELS": json.dumps({"zh": str(MODELS / "zh")}),
}

LONG_WORDS = {
    "main": "为了提升服务质量，您的通话将被录音。正在为您转接，请稍候。",
    "closed": "您好，维修中心现在已经下班。请在提示音后留言，我们会在上班后尽快回电。",
}
SHORT_WORDS = "请稍候。"
"""What a flow says before it rings somebody or takes a message: every story would hear the long words out."""

CLOSED_CALENDAR = """
  never:
    timezone: Asia/Shanghai
    weekly: {}
"""


def prepare_site(data: Path) -> None:
    """The example company in few words, with short wrap-ups, and a number whose office is never open."""
    site = data / "site"
    shutil.copytree(ROOT / "server" / "example" / "site", site)
    _change(site / "calendars.yaml", "calendars:\n", f"calendars:{CLOSED_CALENDAR}")
    workshop = (site / "flows" / "workshop.yaml").read_text(encoding="utf-8")
    (site / "flows" / "closed.yaml").write_text(
        workshop.replace("calendar: office", "calendar: never"), "utf-8"
    )
    for flow, words in LONG_WORDS.items():
        _change(site / "flows" / f"{flow}.yaml", words, SHORT_WORDS)
    _change(site / "flows" / "main.tests.yaml", "您的通话将被录音", "请稍候")
    _change(site / "flows" / "closed.yaml", "silence_s: 4", f"silence_s: {SILENCE_S}")
    _change(site / "numbers.yaml", "numbers:\n", f'numbers:\n  "{CLOSED_NUMBER}": {{flow: closed}}\n')
    for seconds in (20, 30):
        _change(site / "queues.yaml", f"wrap_up_s: {seconds}", f"wrap_up_s: {WRAP_UP_S}")


def _change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} of the example has changed: {old!r} is gone"
    file.write_text(text.replace(old, new), encoding="utf-8")


@dataclass
class Floor:
    """Everything a story needs; people and customers leave when the story is over."""

    instance: Instance
    clock: MediaClock
    agents: list[Agent] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """Stories of branches in which something failed."""

    @asynccontextmanager
    async def branch(self, folder: Path, **settings: str) -> AsyncIterator["Floor"]:
        """Another installation, for a story that needs settings or a folder of its own."""
        branch = Floor(Instance(folder, {**SETTINGS, **settings}), self.clock)
        prepare_site(branch.instance.data)
        try:
            await branch.instance.start()
            yield branch
        except BaseException:
            self.told.append(branch.story())  # now, for its folder may go before the report is written
            raise
        finally:
            await branch.clear()
            await branch.instance.stop()

    def password(self, name: str) -> str:
        """The password that the first start made for a person of the example company."""
        sign_ins = json.loads((self.instance.data / "secrets" / "first_sign_ins.json").read_text("utf-8"))
        return str(sign_ins[name])

    @asynccontextmanager
    async def as_supervisor(self, name: str) -> AsyncIterator[None]:
        """An agent is a supervisor as well for a while."""
        async with Api(self.instance.base_url, None) as chen:
            await chen.sign_in("chen", self.password("chen"))
            staff = (await chen.ask("GET", "/api/staff"))["items"]
            path = f"/api/staff/{next(one['id'] for one in staff if one['name'] == name)}"
            await chen.ask("PATCH", path, {"roles": ["agent", "supervisor"]})
            try:
                yield
            finally:
                await chen.ask("PATCH", path, {"roles": ["agent"]})

    async def customer(self, number: str, *, to: str = MAIN_NUMBER, tone_hz: int | None = 440) -> Customer:
        """Someone dials, and hears the menu begin."""
        customer = await dial(
            (self.clock, self.instance.trunk), Caller(number=number), to=to, tone_hz=tone_hz
        )
        self.customers.append(customer)
        await customer.first_sound()
        return customer

    async def queued_customer(self, number: str, *, tone_hz: int = 440) -> Customer:
        """Someone dials and presses the key of the complaints' queue."""
        customer = await self.customer(number, tone_hz=tone_hz)
        customer.press(QUEUE_KEY)
        return customer

    async def ready_desk(self, name: str, context: BrowserContext) -> Desk:
        """Someone signs in with a browser and takes calls."""
        desk = Desk(await context.new_page(), self.instance.base_url)
        await desk.sign_in(name, self.password(name))
        await shows(desk, "phone-state", "data-line", "ready", within_s=SIGNED_IN_WITHIN_S)
        await desk.become_ready()
        await shows(desk, "state-menu", "data-state", "ready")
        return desk

    async def ready_agent(self, name: str, *, tone_hz: int, manners: Manners) -> Agent:
        """Someone takes calls on a phone without a page."""
        agent = Agent(self.instance.base_url, name, self.password(name))
        self.agents.append(agent)
        await agent.start(self.clock, tone_hz=tone_hz, manners=manners)
        return agent

    def story(self) -> str:
        """What the customers heard, and the end of what the server said: for whoever reads of a failure."""
        heard = [f"{each.number} heard: {in_words(each.listen())}" for each in self.customers]
        return "\n".join((*self.told, *heard, self.instance.log("server")[-LOG_SHOWN_CHARS:]))

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database holds."""
        with contextlib.closing(sqlite3.connect(self.instance.data / "hotline.db")) as database:
            return list(database.execute(query, values))

    async def clear(self) -> None:
        """Everyone goes home."""
        for customer in self.customers:
            await customer.leave()
        for agent in self.agents:
            await agent.stop()
        self.customers.clear()
        self.agents.clear()
        self.told.clear()


async def until(holds: Callable[[], bool | Awaitable[bool]], within_s: float, what: str) -> None:
    """Returns when something holds; fails, saying what was missed, when it does not in time."""
    deadline = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < deadline:
        result = holds()
        if await result if isinstance(result, Awaitable) else result:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{what}: not within {within_s} s")


async def hears_tone(
    customer: Customer, tone_hz: int, *, at_least_s: float = 1.0, within_s: float = 10.0
) -> None:
    """Returns when the customer has heard the tone for long enough."""
    await until(
        lambda: tone_s(customer.listen(), tone_hz) >= at_least_s, within_s, f"the customer hears {tone_hz} Hz"
    )


async def shows(desk: Desk, test_id: str, attribute: str, value: str, *, within_s: float = 10.0) -> None:
    """Returns when an element of the desk is in a state."""
    await expect(desk.page.get_by_test_id(test_id)).to_have_attribute(
        attribute, value, timeout=within_s * 1000
    )
