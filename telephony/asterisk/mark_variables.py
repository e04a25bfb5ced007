"""A call's mark as channel variables, and the place it stands for in the emergency queue."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from kernel.ids import AgentId, QueueId, SkillId
from telephony.destinations import Outside
from telephony.errors import UnsafeValue
from telephony.model import Boost, BoostSource, CallMark, HomeBy, Needs, Outcome, Phase

_PIECE_MAX = 500
"""Asterisk tells 511 characters of a variable, whatever it holds."""
_PIECES = ("HL_MARK", *(f"HL_MARK_{letter}" for letter in "BCDEFGH"))
"""One text after the other; all but the first are empty as a rule, and not written then."""
MARK_VARIABLES = (*_PIECES, "HL_LANG", "HL_PRIO", "HL_PHASE")
"""Few, because each costs Asterisk an order: HL_MARK is for a later server alone, the others are read by
the dialplan too. The phase comes last: the dialplan acts on it, so all else is in place by then."""

_BETWEEN = "#"
"""Stands between the parts of HL_MARK; texts are percent-encoded, so that it occurs in none."""
_PARTS = (
    "decided",
    "flow",
    "node",
    "queue",
    "tier",
    "key_ms",
    "sequence",
    "sticky_agent",
    "agent",
    "waited_ms",
    "talking_since_ms",
    "needs",
    "region",
    "boost_ms",
    "queued_ms",
    "boosts",
    "matter",
    "sent_by",
    "region_by",
    "level",
    "outside",
    "kept_by_flow",
)
"""In their order in HL_MARK; extensions.conf takes the first. A new part is put last, because calls outlive
their server: the next one may find marks of older code, which lack it, or of newer code, which have more."""
_BETWEEN_FORMERLY = "*"
_PARTS_FORMERLY = (*_PARTS[1:11], _PARTS[0])
"""How calls were marked before: those that go on while a server is replaced by one with this code."""
_WITHIN = "+"
"""Stands between the skills that are asked for, and their levels."""
_PRIORITIES_PER_TIER = 200_000_000
"""Steps of 100 ms, so that an order holds for 231 days; ten tiers fit Asterisk's 31 bits."""
_TIERS = 10


def to_variables(mark: CallMark) -> dict[str, str]:
    """The texts to be written, in the order in which they are to be written."""
    parts = {
        "decided": mark.decided or "",
        "flow": _encode(mark.flow),
        "node": _encode(mark.node),
        "queue": _encode(mark.queue or ""),
        "tier": str(mark.tier),
        "key_ms": str(mark.key_ms),
        "sequence": str(mark.sequence),
        "sticky_agent": _written(mark.sticky_agent),
        "agent": _written(mark.agent),
        "waited_ms": _written(mark.waited_ms),
        "talking_since_ms": _written(mark.talking_since_ms),
        "needs": _WITHIN.join(f"{_encode(skill)}{_WITHIN}{level}" for skill, level in mark.needs),
        "region": _encode(mark.region),
        "boost_ms": _written(mark.boost_ms),
        "queued_ms": _written(mark.queued_ms),
        "boosts": _WITHIN.join(f"{boost.source}{_WITHIN}{_seconds(boost)}" for boost in mark.boosts),
        "matter": _encode(mark.matter),
        "sent_by": _written(mark.sent_by),
        "region_by": mark.region_by or "",
        "level": _encode(mark.level),
        "outside": "" if mark.outside is None else _WITHIN.join(map(_encode, _outside_parts(mark.outside))),
        "kept_by_flow": _encode(mark.kept_by_flow),
    }
    assert tuple(parts) == _PARTS
    written = _BETWEEN.join(parts.values())
    values = {
        **{name: written[n * _PIECE_MAX : (n + 1) * _PIECE_MAX] for n, name in enumerate(_PIECES)},
        "HL_LANG": _encode(mark.language),
        "HL_PRIO": str(fallback_priority(mark.tier, mark.key_ms)),
        "HL_PHASE": mark.phase.value,
    }
    assert tuple(values) == MARK_VARIABLES
    if len(written) > _PIECE_MAX * len(_PIECES):
        raise UnsafeValue("the call's mark is longer than what can be written at it")
    return values


def to_mark(variables: Mapping[str, str]) -> CallMark | None:
    """The mark that was written, or None where none was yet, or what is there cannot be read.

    One call that cannot be read must not keep all others from being found.
    """
    try:
        return _read(variables)
    except ValueError:
        return None


def _read(variables: Mapping[str, str]) -> CallMark:
    phase = Phase(variables.get("HL_PHASE", ""))
    parts = _parts("".join(variables.get(name, "") for name in _PIECES))
    return CallMark(
        phase=phase,
        flow=unquote(parts["flow"]),
        node=unquote(parts["node"]),
        language=unquote(variables.get("HL_LANG", "")),
        queue=QueueId(unquote(parts["queue"])) if parts["queue"] else None,
        tier=int(parts["tier"] or 1),
        key_ms=int(parts["key_ms"] or 0),
        sequence=int(parts["sequence"] or 0),
        sticky_agent=AgentId(int(parts["sticky_agent"])) if parts["sticky_agent"] else None,
        agent=AgentId(int(parts["agent"])) if parts["agent"] else None,
        waited_ms=_figure(parts["waited_ms"]),
        talking_since_ms=_figure(parts["talking_since_ms"]),
        decided=Outcome(parts["decided"]) if parts["decided"] in set(Outcome) else None,
        needs=_needs(parts["needs"]),
        region=unquote(parts["region"]),
        boost_ms=_figure(parts["boost_ms"]),
        queued_ms=_figure(parts["queued_ms"]),
        boosts=_boosts(parts["boosts"]),
        matter=unquote(parts["matter"]),
        sent_by=AgentId(int(parts["sent_by"])) if parts["sent_by"].isdecimal() else None,
        region_by=HomeBy(parts["region_by"]) if parts["region_by"] in set(HomeBy) else None,
        level=unquote(parts["level"]),
        outside=_outside(parts["outside"]),
        kept_by_flow=unquote(parts["kept_by_flow"]),
    )


def _outside_parts(outside: Outside) -> tuple[str, ...]:
    return (outside.shown, outside.language, *outside.numbers)


def _outside(written: str) -> Outside | None:
    """Who outside takes part; nobody, of what other code wrote there."""
    shown, *rest = map(unquote, written.split(_WITHIN))
    return Outside(shown=shown, language=rest[0], numbers=tuple(rest[1:])) if len(rest) > 1 else None


def _parts(written: str) -> Mapping[str, str]:
    """The parts of HL_MARK by name, "" for those that are not there.

    None is where the dialplan set a phase for a caller whom no server ever took.
    """
    if _BETWEEN_FORMERLY in written:
        found = zip(_PARTS_FORMERLY, written.split(_BETWEEN_FORMERLY), strict=False)
    else:
        found = zip(_PARTS, written.split(_BETWEEN), strict=False)
    return dict.fromkeys(_PARTS, "") | dict(found)


def _needs(written: str) -> Needs:
    """The skills asked for; what other code wrote in their place asks for none."""
    pairs = _pairs(written)
    if not all(level.isdecimal() for _, level in pairs):
        return ()
    return tuple((SkillId(unquote(skill)), int(level)) for skill, level in pairs)


def _boosts(written: str) -> tuple[Boost, ...]:
    """What the call is credited with, and why; none of what other code wrote in their place."""
    return tuple(
        Boost(BoostSource(source), float(seconds) if seconds else None)
        for source, seconds in _pairs(written)
        if source in set(BoostSource) and (not seconds or seconds.replace(".", "", 1).isdecimal())
    )


def _seconds(boost: Boost) -> str:
    return "" if boost.seconds is None else f"{boost.seconds:.3f}"


def _pairs(written: str) -> list[tuple[str, str]]:
    texts = written.split(_WITHIN)
    return [] if len(texts) % 2 else list(zip(texts[::2], texts[1::2], strict=True))


def fallback_priority(tier: int, key_ms: int) -> int:
    """QUEUE_PRIO: larger is served first, so an earlier tier and an earlier key give a larger one."""
    slot = _TIERS - min(max(tier, 1), _TIERS)
    return slot * _PRIORITIES_PER_TIER + (_PRIORITIES_PER_TIER - 1 - key_ms // 100 % _PRIORITIES_PER_TIER)


def _figure(written: str) -> int | None:
    return int(written) if written else None


def _written(figure: int | None) -> str:
    return "" if figure is None else str(figure)


def _encode(text: str) -> str:
    return quote(text, safe="")
