"""Queues and agents at one moment, as the wallboard shows them."""

from collections import Counter
from datetime import datetime

from acd.engine.state import Agent
from acd.engine.world import World
from acd.figures import DayFigures
from acd.model import AgentFigures, Overview, QueueFigures, QueueRules


def overview_of(world: World, figures: DayFigures, now: datetime) -> Overview:
    """Everything of a site at once; costs time by agents, memberships and waiting calls."""
    agents = tuple(_agent(agent, now) for agent in world.agents.values() if agent.queues)
    until = world.outage.until
    return Overview(
        queues=tuple(_queue(world, rules, figures, now) for rules in world.rules.values()),
        agents=agents,
        no_line_until=until if until is not None and until > now else None,
    )


def _agent(agent: Agent, now: datetime) -> AgentFigures:
    state, reason, call = agent.shown
    until, planned, planned_reason, missed_at, is_extended = agent.shown_aside
    return AgentFigures(
        agent=agent.id,
        state=state,
        reason=reason,
        since=agent.shown_since or now,
        until=until,
        call=call,
        queues=agent.queues,
        planned=planned,
        planned_reason=planned_reason,
        missed_at=missed_at,
        is_extended=is_extended,
    )


def _queue(world: World, rules: QueueRules, figures: DayFigures, now: datetime) -> QueueFigures:
    line = world.lines[rules.id]
    day = figures.of(rules.id, now)
    return QueueFigures(
        queue=rules.id,
        name_zh=rules.name_zh,
        name_en=rules.name_en,
        waiting=len(line.places),
        longest_since=min((world.calls[call].waiting_since for call in line.places), default=None),
        answered_today=day.answered,
        abandoned_today=day.abandoned,
        sent_away_today=day.sent_away,
        knew_agent_today=day.knew_agent,
        met_agent_today=day.met_agent,
        service_level_today=day.service_level,
        service_level_s=rules.service_level_s,
        help=world.help.get(rules.id),
        agents=Counter(world.agents[agent].state for agent in line.members),
    )
