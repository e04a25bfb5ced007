"""A call's mark as channel variables, and the place it stands for in the emergency queue."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from kernel.ids import AgentId, QueueId
from telephony.model import CallMark, Outcome, Phase

MARK_VARIABLES = ("HL_MARK", "HL_LANG", "HL_PRIO", "HL_PHASE")
"""Few, because each costs Asterisk an order: HL_MARK is for a later server alone, the others are read by
the dialplan too. The phase comes last: the dialplan acts on it, so all else is in place by then."""

_BETWEEN = "*"
"""Stands between the parts of HL_MARK; texts are percent-encoded, so that it occurs in none."""
_PARTS = 11
_PRIORITIES_PER_TIER = 200_000_000
"""Steps of 100 ms, so that an order holds for 231 days; ten tiers fit Asterisk's 31 bits."""
_TIERS = 10


def to_variables(mark: CallMark) -> dict[str, str]:
    """The texts to be written, in the order in which they are to be written."""
    parts = (
        _encode(mark.flow),
        _encode(mark.node),
        _encode(mark.queue or ""),
        str(mark.tier),
        str(mark.key_ms),
        str(mark.sequence),
        str(mark.sticky_agent or ""),
        str(mark.agent or ""),
        _written(mark.waited_ms),
        _written(mark.talking_since_ms),
        mark.decided.value if mark.decided else "",  # the last, where extensions.conf looks for it
    )
    values = {
        "HL_MARK": _BETWEEN.join(parts),
        "HL_LANG": _encode(mark.language),
        "HL_PRIO": str(fallback_priority(mark.tier, mark.key_ms)),
        "HL_PHASE": mark.phase.value,
    }
    assert tuple(values) == MARK_VARIABLES
    return values


def to_mark(variables: Mapping[str, str]) -> CallMark | None:
    """The mark that was written, or None where none was yet."""
    try:
        phase = Phase(variables.get("HL_PHASE", ""))
    except ValueError:
        return None
    language = unquote(variables.get("HL_LANG", ""))
    written = variables.get("HL_MARK", "").split(_BETWEEN)
    if len(written) != _PARTS:  # the dialplan sets a phase for callers whom no server ever took
        return CallMark(phase=phase, language=language)
    flow, node, queue, tier, key_ms, sequence, sticky, agent, waited_ms, talking_since_ms, decided = written
    return CallMark(
        phase=phase,
        flow=unquote(flow),
        node=unquote(node),
        language=language,
        queue=QueueId(unquote(queue)) if queue else None,
        tier=int(tier),
        key_ms=int(key_ms),
        sequence=int(sequence),
        sticky_agent=AgentId(int(sticky)) if sticky else None,
        agent=AgentId(int(agent)) if agent else None,
        waited_ms=int(waited_ms) if waited_ms else None,
        talking_since_ms=int(talking_since_ms) if talking_since_ms else None,
        decided=Outcome(decided) if decided else None,
    )


def fallback_priority(tier: int, key_ms: int) -> int:
    """QUEUE_PRIO: larger is served first, so an earlier tier and an earlier key give a larger one."""
    slot = _TIERS - min(max(tier, 1), _TIERS)
    return slot * _PRIORITIES_PER_TIER + (_PRIORITIES_PER_TIER - 1 - key_ms // 100 % _PRIORITIES_PER_TIER)


def _written(figure: int | None) -> str:
    return "" if figure is None else str(figure)


def _encode(text: str) -> str:
    return quote(text, safe="")
