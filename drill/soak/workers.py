"""The agents of a soak: they talk, hold, send on, ask, take breaks, sign out, and lose their page."""

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

from aiohttp import ClientError, ClientResponseError
from typing_extensions import override

from drill.soak import site
from rig.agents import Agent, Manners
from rig.media import MediaClock

RING_S = 0.3
CARD_WITHIN_S = 0.5
"""Until the page shows whom the agent talks with."""
TALK_S, AWAY_S, BETWEEN_S = (2.0, 6.0), (2.0, 6.0), (20.0, 50.0)
HOLD_S, ASK_S, THREE_S = 1.5, 2.0, 1.5
SENT_WITHIN_S = 5.0
"""Whoever has sent a caller on is free; else they end the talk themselves."""
ASKED_S = 8.0
"""How long a colleague stays who was asked, unless let go before."""
TRY_AGAIN_S = 1.0
OWN_CALL_S = 10.0
"""Longer than anybody is rung and talked with whom an agent calls."""
LISTEN_S = 3.0
TAKEN_OVER_SHARE = 0.2
SHARES = (60, 12, 8, 6, 14)
"""Of a hundred talks: nothing else, a hold, sent into a queue, sent to a colleague, a colleague asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtWork(Manners):
    """Answers, and does in the talk what the agent has in mind."""

    through: Callable[[], Awaitable[None]]

    @override
    async def talk(self) -> None:
        await self.through()


class Worker:
    """One agent, until cancelled."""

    def __init__(self, agent: Agent, clock: MediaClock, tone_hz: int, chance: Random) -> None:
        self.agent = agent
        self.did: Counter[str] = Counter()
        """What was done how often, and what was refused."""
        self.called: list[str] = []
        """The calls that the agent placed, by the server's names for them."""
        self._is_calling = False
        self._clock = clock
        self._tone_hz = tone_hz
        self._chance = chance
        self._manners = AtWork(ring_s=RING_S, through=self._talk)

    async def start(self) -> None:
        """Comes to work."""
        await self.agent.start(self._clock, tone_hz=self._tone_hz, manners=self._manners)

    async def go_home(self) -> None:
        """For good."""
        await self._ask("DELETE", "/api/session")
        await self.agent.stop()

    async def come_and_go(self) -> None:
        """Now and then is away, in one way or another."""
        while True:
            await self._pause(BETWEEN_S)
            ways = (self._take_break, self._sign_out, self._lose_page, self._lose_connection, self._be_busy)
            way = self._chance.choice((*ways, self._call_somebody, self._call_somebody))
            self.did[way.__name__.strip("_")] += 1
            await way()

    async def _take_break(self) -> None:
        await self._ask("PUT", "/api/agent/state", {"state": "on_break", "reason": "training"})
        await self._pause(AWAY_S)
        await self._be_ready()

    async def _sign_out(self) -> None:
        if await self._ask("DELETE", "/api/session"):
            await self.agent.lose_page()
            await self._pause(AWAY_S)
            await self._again(self.start)

    async def _lose_page(self) -> None:
        await self.agent.lose_page()
        await self._pause(AWAY_S)
        await self._again(self._open_page)
        await self._be_ready()

    async def _open_page(self) -> None:
        await self.agent.open_page(self._clock, tone_hz=self._tone_hz, manners=self._manners)

    async def _lose_connection(self) -> None:
        assert self.agent.phone is not None, "is at work"
        await self.agent.phone.lose_connection()

    async def _be_busy(self) -> None:
        assert self.agent.phone is not None, "is at work"
        phone = self.agent.phone
        phone.manners = Manners(is_busy=True)
        await self._pause(AWAY_S)
        phone.manners = self._manners
        await self._be_ready()

    async def _call_somebody(self) -> None:
        number = f"137{self._chance.randrange(10**8):08}"
        order = {"number": number, "key": f"press-{self.agent.name}-{sum(self.did.values())}"}
        self._is_calling = True
        try:
            placed = await self.agent.call_api("POST", "/api/calls", order)
            self.called.append(str(placed["call_id"]))
            await asyncio.sleep(OWN_CALL_S)
        except (ClientError, TimeoutError) as refused:
            self.did[f"refused calls: {_reason(refused)}"] += 1
        finally:
            self._is_calling = False

    async def _be_ready(self) -> None:
        await self._ask("PUT", "/api/agent/state", {"state": "ready", "reason": ""})

    async def _again(self, begin: Callable[[], Awaitable[None]]) -> None:
        """As a person would, who finds that it did not work."""
        while True:
            try:
                await begin()
            except (ClientError, TimeoutError) as failure:
                self.did[f"had to begin anew: {_reason(failure)}"] += 1
                await self.agent.lose_page()
                await asyncio.sleep(TRY_AGAIN_S)
            else:
                return

    async def _talk(self) -> None:
        await asyncio.sleep(CARD_WITHIN_S)
        card = self.agent.board.get("call")
        while not self._is_calling and isinstance(card, dict) and card["phase"] == "dialling":
            await asyncio.sleep(CARD_WITHIN_S)
            card = self.agent.board.get("call")
        if self._is_calling or not isinstance(card, dict):
            await self._pause(TALK_S)
            return
        asked = card["consultation"]
        if asked and not asked["is_mine"]:
            await asyncio.sleep(ASKED_S)
            return
        ways = (self._just_talk, self._hold, self._send_to_queue, self._send_to_colleague, self._consult)
        way = self._chance.choices(ways, SHARES)[0]
        self.did[way.__name__.strip("_")] += 1
        await self._pause(TALK_S)
        await way(f"/api/calls/{card['call_id']}")

    async def _just_talk(self, _call: str) -> None:
        """And hangs up by what follows in any case."""

    async def _hold(self, _call: str) -> None:
        phone = self.agent.phone
        assert phone is not None, "is at work"
        with contextlib.suppress(TimeoutError):
            await phone.hold(on=True)
            await asyncio.sleep(HOLD_S)
            await phone.hold(on=False)
            await asyncio.sleep(HOLD_S)

    async def _send_to_queue(self, call: str) -> None:
        wish = {"to_queue": self._chance.choice(list(site.QUEUE_KEYS.values()))}
        if await self._ask("POST", f"{call}/transfer", wish):
            await asyncio.sleep(SENT_WITHIN_S)

    async def _send_to_colleague(self, call: str) -> None:
        colleague = await self._free_colleague()
        if colleague and await self._ask("POST", f"{call}/transfer", {"to_agent": colleague}):
            await asyncio.sleep(SENT_WITHIN_S)

    async def _consult(self, call: str) -> None:
        colleague = await self._free_colleague()
        if not colleague or not await self._ask("POST", f"{call}/consultation", {"to_agent": colleague}):
            return
        await asyncio.sleep(ASK_S)
        step = self._chance.choice(("take_back", "hand_over", "join_all"))
        self.did[step] += 1
        await self._ask("PUT", f"{call}/consultation", {"step": step})
        await asyncio.sleep(THREE_S)
        if step == "join_all":
            await self._ask("PUT", f"{call}/consultation", {"step": "leave"})
            await asyncio.sleep(THREE_S)

    async def _free_colleague(self) -> int | None:
        with contextlib.suppress(ClientError, TimeoutError):
            listed = (await self.agent.call_api("GET", "/api/colleagues"))["items"]
            assert isinstance(listed, list), "a list of colleagues"
            free = [int(one["id"]) for one in listed if one["state"] == "ready"]
            return self._chance.choice(free) if free else None
        return None

    async def _pause(self, span_s: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*span_s))

    async def _ask(self, method: str, path: str, body: object = None) -> bool:
        try:
            await self.agent.call_api(method, path, body)
        except (ClientError, TimeoutError) as refused:
            self.did[f"refused {path.rpartition('/')[2]}: {_reason(refused)}"] += 1
            return False
        return True


def _reason(failure: Exception) -> str:
    """The server's code for it, or what else there is."""
    words = failure.message if isinstance(failure, ClientResponseError) else ""
    with contextlib.suppress(ValueError, KeyError):
        return str(json.loads(words)["code"])
    return type(failure).__name__


class Chief(Worker):
    """A supervisor: hears others, and takes over now and then."""

    @override
    async def come_and_go(self) -> None:
        while True:
            await self._pause(TALK_S)
            if call := self._talk_of_another():
                await self._listen(f"/api/calls/{call}")

    async def _listen(self, call: str) -> None:
        mode = self._chance.choice(("listen", "whisper", "barge"))
        if not await self._ask("PUT", f"{call}/watch", {"mode": mode}):
            return
        self.did[mode] += 1
        await asyncio.sleep(LISTEN_S)
        if self._chance.random() < TAKEN_OVER_SHARE and await self._ask("POST", f"{call}/take-over"):
            self.did["take_over"] += 1
        else:
            await self._ask("DELETE", "/api/watch")

    def _talk_of_another(self) -> str | None:
        cards = (card for key, card in self.agent.board.items() if key.startswith("agent/"))
        talks = [card["call_id"] for card in cards if isinstance(card, dict) and card["state"] == "talking"]
        return str(self._chance.choice(talks)) if talks else None
