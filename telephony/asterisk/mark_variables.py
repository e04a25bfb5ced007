"""A call's mark as channel variables, and the place it stands for in the emergency queue."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from kernel.ids import AgentId, QueueId
from telephony.model import CallMark, Phase

MARK_VARIABLES = (
    "HL_FLOW",
    "HL_NODE",
    "HL_LANG",
    "HL_QUEUE",
    "HL_TIER",
    "HL_KEY",
    "HL_SEQ",
    "HL_STICKY",
    "HL_AGENT_LAST",
    "HL_PRIO",
    "HL_PHASE",
)
"""The phase comes last: the dialplan acts on it, so all else is in place by then."""

_PRIORITIES_PER_TIER = 200_000_000
"""Steps of 100 ms, so that an order holds for 231 days; ten tiers fit Asterisk's 31 bits."""
_TIERS = 10


def to_variables(mark: CallMark) -> dict[str, str]:
    """The texts to be written, in the order in which they are to be written."""
    values = {
        "HL_FLOW": _encode(mark.flow),
        "HL_NODE": _encode(mark.node),
        "HL_LANG": _encode(mark.language),
        "HL_QUEUE": _encode(mark.queue or ""),
        "HL_TIER": str(mark.tier),
        "HL_KEY": str(mark.key_ms),
        "HL_SEQ": str(mark.sequence),
        "HL_STICKY": "" if mark.sticky_agent is None else str(mark.sticky_agent),
        "HL_AGENT_LAST": "" if mark.agent is None else str(mark.agent),
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
    sticky, agent = variables.get("HL_STICKY", ""), variables.get("HL_AGENT_LAST", "")
    queue = unquote(variables.get("HL_QUEUE", ""))
    return CallMark(
        phase=phase,
        flow=unquote(variables.get("HL_FLOW", "")),
        node=unquote(variables.get("HL_NODE", "")),
        language=unquote(variables.get("HL_LANG", "")),
        queue=QueueId(queue) if queue else None,
        tier=_figure(variables, "HL_TIER", 1),
        key_ms=_figure(variables, "HL_KEY", 0),
        sequence=_figure(variables, "HL_SEQ", 0),
        sticky_agent=AgentId(int(sticky)) if sticky.isdecimal() else None,
        agent=AgentId(int(agent)) if agent.isdecimal() else None,
    )


def fallback_priority(tier: int, key_ms: int) -> int:
    """QUEUE_PRIO: larger is served first, so an earlier tier and an earlier key give a larger one."""
    slot = _TIERS - min(max(tier, 1), _TIERS)
    return slot * _PRIORITIES_PER_TIER + (_PRIORITIES_PER_TIER - 1 - key_ms // 100 % _PRIORITIES_PER_TIER)


def _encode(text: str) -> str:
    return quote(text, safe="")


def _figure(variables: Mapping[str, str], name: str, otherwise: int) -> int:
    text = variables.get(name, "")
    return int(text) if text.isdecimal() else otherwise
