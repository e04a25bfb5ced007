"""Joins what agents do with callers to the site's flows and experts, and to the rules of calling."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import structlog

from acd.service import Routing
from agent_ui.sendings import Sendings, talk_routes
from infra.logging import mask_number
from infra.web import Route
from ivr.ports import QueueRequest
from ivr.turn import Whom
from kernel.clock import Clock
from kernel.errors import HotlineError, NotFound
from kernel.ids import AgentId
from outbound.errors import NoSuchNumber
from outbound.gate import CallingGate
from outbound.rules import Use
from outbound.service import CallingDesk
from server.calling_back import place_request
from server.installation import expert_directory, number_reader, on_call_lists
from server.joining import SiteFlows
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from staff.errors import NobodyOnCall
from staff.expert_http import expert_routes
from staff.experts import NUMBERS_MAX, ExpertDirectory
from staff.on_call import OnCallDirectory
from telephony.destinations import Outside

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsidePeople:
    """Who outside may be rung for a caller: nobody whose number may not be called."""

    experts: ExpertDirectory
    calling: CallingDesk
    language: str
    """In which people are asked to take a call who have none of their own."""

    async def expert(self, key: str) -> Outside:
        """An expert, with those of their numbers that may be called."""
        return await _callable(self.experts, self.calling.gate, key, self.language)

    async def number(self, typed: str) -> Outside:
        """Whoever answers the number that an agent typed."""
        number = self.calling.people.spelled(typed)
        if not number:
            raise NoSuchNumber("This is no number that can be called; write it with its area code.")
        await self.calling.gate.require(number, Use.GUEST)
        return Outside(shown=mask_number(number), numbers=(number,), language=self.language)

    def counted(self, agent: AgentId, outside: Outside) -> AbstractAsyncContextManager[None]:
        """Has somebody outside called for the agent, within the agent's limits."""
        return self.calling.counted(agent, outside.numbers)


async def _callable(experts: ExpertDirectory, gate: CallingGate, key: str, language: str) -> Outside:
    """Raises where the site has no such expert, or none of the numbers may be called."""
    known = (await experts.all()).get(key)
    if known is None:
        raise NotFound("There is no such expert.")
    refusals: list[HotlineError] = []
    numbers = []
    for number in known.numbers:
        try:
            await gate.require(number, Use.EXPERT)
            numbers.append(number)
        except HotlineError as refused:
            refusals.append(refused)
    if not numbers:
        raise refusals[0]
    return Outside(shown=known.name, numbers=tuple(numbers), language=known.language or language)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertsForFlows:
    """Has experts rung for callers whose flow wants them, or those of them who are on call."""

    routing: Routing
    experts: ExpertDirectory
    on_call: OnCallDirectory
    gate: CallingGate
    clock: Clock
    language: str
    """In which people are asked to take a call who have none of their own."""

    async def reach(self, request: QueueRequest, whom: Whom) -> None:
        """Raises where nobody can be rung."""
        outside = await (self._on_call(whom.key) if whom.is_list else self._expert(whom.key))
        await self.routing.reach(place_request(request), outside)

    async def _expert(self, key: str) -> Outside:
        return await _callable(self.experts, self.gate, key, self.language)

    async def _on_call(self, key: str) -> Outside:
        """All who are on call as one, whose numbers are rung in turn."""
        wanted = (await self.on_call.all()).get(key)
        if wanted is None:
            raise NotFound("There is no such on-call list.")
        people = []
        for person in wanted.people_at(self.clock.now()):
            try:
                people.append(await self._expert(person))
            except HotlineError as refused:
                log.warning("somebody on call cannot be rung", person=person, reason=str(refused))
        if not people:
            raise NobodyOnCall(f"Nobody who can be rung is on call by {key!r} now.")
        numbers = [number for person in people for number in person.numbers]
        first = dict.fromkeys(numbers)
        return Outside(shown=wanted.name, numbers=tuple(first)[:NUMBERS_MAX], language=people[0].language)


def experts_for_flows(settings: Settings, talk: Talk, clock: Clock) -> ExpertsForFlows:
    """What flows have of the site's experts."""
    language = settings.telephony.accept_language
    return ExpertsForFlows(
        routing=talk.routing,
        experts=expert_directory(settings),
        on_call=on_call_lists(settings),
        gate=talk.gate,
        clock=clock,
        language=language,
    )


def own_phone_reader(settings: Settings, gate: CallingGate) -> Callable[[str], Awaitable[str]]:
    """Reads a number at which an agent wants calls to ring: an ordinary one that may be called at all."""
    read = number_reader(settings)

    async def callable_number(text: str) -> str:
        number = read(text)
        await gate.require(number, Use.OWN_PHONE)
        return number

    return callable_number


def routes_of_sending(
    foundation: Foundation, talk: Talk, records: Records, calling: CallingDesk
) -> list[Route]:
    """What agents do with their callers, and whom they can ask."""
    experts = expert_directory(foundation.settings)
    sendings = Sendings(
        routing=talk.routing,
        names=records.directory,
        book=SiteFlows(site=talk.site),
        outside=OutsidePeople(
            experts=experts,
            calling=calling,
            language=foundation.settings.telephony.accept_language,
        ),
    )
    return [*talk_routes(sendings), *expert_routes(experts)]
