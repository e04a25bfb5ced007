"""Which agent a caller knows, as far as the queue cares."""

from collections.abc import Callable
from datetime import datetime

from acd.model import StickyRules
from kernel.ids import AgentId
from telephony.model import Acquaintance, Talk


def known_agent(
    rules: StickyRules, known: Acquaintance, now: datetime, serves: Callable[[AgentId], bool]
) -> AgentId | None:
    """Who holds the caller's open ticket, else who served them last; of those who serve this queue."""
    if rules.days <= 0:
        return None
    holders = (agent for agent in known.ticket_agents if serves(agent))
    return next(holders, None) or next(filter(serves, _served(rules, known, now)), None)


def _counts(rules: StickyRules, talk: Talk, now: datetime) -> bool:
    if talk.is_outgoing and not rules.counts_outgoing:
        return False
    return talk.talked_s >= rules.min_talk_s and rules.remembers(talk.at, now)


def _served(rules: StickyRules, known: Acquaintance, now: datetime) -> list[AgentId]:
    """For each call in which somebody talked long enough, and lately enough: who counts."""
    found = []
    for call in known.calls:
        talks = [talk for talk in call if _counts(rules, talk, now)]
        if talks:
            found.append((talks[0] if rules.is_first_agent else talks[-1]).agent)
    return found
