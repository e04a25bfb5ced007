"""Joins what agents do with callers to the site's flows and experts, and to the rules of calling."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from acd.service import Routing
from agent_ui.sendings import Sendings, talk_routes
from infra.logging import mask_number
from infra.web import Route
from ivr.ports import QueueRequest
from kernel.errors import HotlineError, NotFound
from kernel.ids import AgentId
from outbound.errors import NoSuchNumber
from outbound.gate import CallingGate
from outbound.rules import Use
from outbound.service import CallingDesk
from server.calling_back import place_request
from server.installation import expert_directory, number_reader
from server.joining import SiteFlows
from server.parts import Foundation, Records, Talk
from server.settings import Settings
from staff.expert_http import expert_routes
from staff.experts import ExpertDirectory
from telephony.destinations import Outside


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
    """Has experts rung for callers whose flow wants them."""

    routing: Routing
    experts: ExpertDirectory
    gate: CallingGate
    language: str
    """In which people are asked to take a call who have none of their own."""

    async def reach(self, request: QueueRequest, expert: str) -> None:
        """Raises where the site has no such expert, or none of the numbers may be called."""
        outside = await _callable(self.experts, self.gate, expert, self.language)
        await self.routing.reach(place_request(request), outside)


def experts_for_flows(settings: Settings, talk: Talk) -> ExpertsForFlows:
    """What flows have of the site's experts."""
    language = settings.telephony.accept_language
    return ExpertsForFlows(
        routing=talk.routing, experts=expert_directory(settings), gate=talk.gate, language=language
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
