"""The wallboard: queues and agents, read from routing as a whole.

At most every so often, because with many agents each event touches it.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import structlog

from acd.events import AgentStateChanged
from acd.model import AgentFigures, Overview, QueueFigures
from acd.reserves import HelpStand
from agent_ui.board import EVERY_AGENT, SUPERVISORS, Audience, Board, only
from agent_ui.settings import WebSettings
from agent_ui.views import AgentCard, HelpView, LinesState, MyState, QueueRow, VoicesState
from kernel.briefs import Words
from kernel.ids import AgentId, QueueId, StaffId

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """How an agent is called on the wallboard."""

    name: str
    number: str


class Routing(Protocol):
    """Routing as the wallboard reads it."""

    def overview(self) -> Overview:
        """All queues and agents at this moment."""
        ...


class Staff(Protocol):
    """Who works here."""

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        """Everybody by id."""
        ...


class Voices(Protocol):
    """Who speaks to callers."""

    def faults(self) -> Mapping[str, str]:
        """Those that do not, by name, each with the reason."""
        ...


class Wall:
    """Keeps queues and agents on the board."""

    def __init__(
        self, *, board: Board, routing: Routing, staff: Staff, voices: Voices, settings: WebSettings
    ) -> None:
        self._board = board
        self._routing = routing
        self._staff = staff
        self._voices = voices
        self._settings = settings
        self._names: dict[QueueId, Words] = {}
        self._colleagues: Mapping[AgentId, Colleague] = {}
        self._rows: dict[Audience, frozenset[str]] = {}
        self._is_stale = asyncio.Event()
        self._is_stale.set()

    def renew(self) -> None:
        """Something in routing changed."""
        self._is_stale.set()

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name in both languages; its key when it is gone."""
        if queue not in self._names:
            self._names = {row.queue: _words(row) for row in self._routing.overview().queues}
        return self._names.get(queue, Words(zh=queue, en=queue))

    def agent_name(self, agent: AgentId) -> str:
        """What colleagues call an agent; "" until names were read."""
        known = self._colleagues.get(agent)
        return known.name if known else ""

    async def keep(self) -> None:
        """Brings the board up to date whenever something changed, and names all the time; until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.wall_names_s):
                    await self._is_stale.wait()
            self._is_stale.clear()
            try:
                await self._show()
            except Exception:
                log.exception("wallboard not brought up to date, trying again")
                self._is_stale.set()
            await asyncio.sleep(self._settings.wall_interval_s)

    async def _show(self) -> None:
        # Figures need no database; names that it does not give follow once it does.
        self._put(self._routing.overview())
        colleagues = await self._staff.colleagues()
        if colleagues != self._colleagues:
            self._colleagues = colleagues
            self._put(self._routing.overview())

    def _put(self, overview: Overview) -> None:
        self._names = {queue.queue: _words(queue) for queue in overview.queues}
        queues = {f"queue/{queue.queue}": _row(queue, self._names) for queue in overview.queues}
        agents = {
            f"agent/{agent.agent}": _agent_card(agent, self._colleagues.get(agent.agent))
            for agent in overview.agents
        }
        self._put_rows(queues, EVERY_AGENT)
        amiss = _lines(overview) | _broken(self._voices.faults())
        self._put_rows(queues | agents | amiss, SUPERVISORS)
        for agent in overview.agents:
            self._show_first_state(agent)

    def _put_rows(self, rows: Mapping[str, dict[str, object]], to: Audience) -> None:
        for key, row in rows.items():
            self._board.put(key, row, to)
        for key in self._rows.get(to, frozenset()) - rows.keys():
            self._board.remove(key, to)
        self._rows[to] = frozenset(rows)

    def _show_first_state(self, agent: AgentFigures) -> None:
        """After a start no event tells an agent's state until it changes."""
        audience = only(StaffId(agent.agent))
        if self._board.get("me", audience) is None:
            self._board.put("me", my_state(agent).model_dump(mode="json"), audience)


def my_state(agent: AgentFigures | AgentStateChanged) -> MyState:
    """An agent's own state as their page shows it."""
    return MyState(
        state=agent.state,
        since=agent.since,
        until=agent.until,
        reason=agent.reason,
        call_id=agent.call,
        planned=agent.planned,
        planned_reason=agent.planned_reason,
        missed_at=agent.missed_at,
        is_extended=agent.is_extended,
    )


def _words(queue: QueueFigures) -> Words:
    return Words(zh=queue.name_zh, en=queue.name_en)


def _lines(overview: Overview) -> dict[str, dict[str, object]]:
    until = overview.no_line_until
    return {} if until is None else {"lines": LinesState(no_line_until=until).model_dump(mode="json")}


def _broken(voices: Mapping[str, str]) -> dict[str, dict[str, object]]:
    return {"voices": VoicesState(broken=tuple(voices)).model_dump(mode="json")} if voices else {}


def _help(stand: HelpStand, names: Mapping[QueueId, Words]) -> HelpView:
    queues = tuple(names.get(queue, Words(zh=queue, en=queue)) for queue in stand.queues)
    return HelpView(help=stand.help, queues=queues, since=stand.since)


def _row(queue: QueueFigures, names: Mapping[QueueId, Words]) -> dict[str, object]:
    return QueueRow(
        id=queue.queue,
        name=_words(queue),
        waiting=queue.waiting,
        longest_since=queue.longest_since,
        service_level_today=queue.service_level_today,
        service_level_s=queue.service_level_s,
        answered_today=queue.answered_today,
        abandoned_today=queue.abandoned_today,
        agents={str(state): count for state, count in queue.agents.items()},
        help=_help(queue.help, names) if queue.help else None,
    ).model_dump(mode="json")


def _agent_card(agent: AgentFigures, colleague: Colleague | None) -> dict[str, object]:
    return AgentCard(
        id=str(agent.agent),
        name=colleague.name if colleague else "",
        number=colleague.number if colleague else "",
        state=agent.state,
        since=agent.since,
        until=agent.until,
        reason=agent.reason,
        call_id=agent.call,
    ).model_dump(mode="json")
