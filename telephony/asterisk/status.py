"""What is alive in Asterisk, from one `Status` action."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from panoramisk.message import Message

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.ami import Answer, required, variables_of
from telephony.asterisk.caller_text import clean_text
from telephony.asterisk.mark_variables import MARK_VARIABLES, to_mark
from telephony.model import (
    NUMBER_LENGTH_MAX,
    Arrival,
    Direction,
    LiveCall,
    LiveLeg,
    LiveWatch,
    Snapshot,
    WatchMode,
)
from telephony.placed import direction_of, placed_at
from telephony.trunks import AT_HOME, NumberRules

ARRIVAL_VARIABLES = ("HL_FROM", "HL_TO", "HL_TRUNK")
ON_HOLD = "HL_ON_HOLD"
"""Written by the server that heard of it. Asterisk's own CHANNEL(rtp,hold,audio) must not be asked for here:
it waits for the phone's thread with the channel locked, and at times both wait for ever, and all behind."""
DIALS = "HL_DIALS"
"""Of an agent's leg that waits for a customer: `DIALS_ORDERED`, and another word once it hears the tone."""
DIALS_ORDERED = "ordered"
STATUS_VARIABLES = (
    "HL_CALL",
    "HL_AGENT",
    "HL_DEVICE",
    "HL_ASKED_BY",
    "HL_WATCHED",
    DIALS,
    ON_HOLD,
    *ARRIVAL_VARIABLES,
    *MARK_VARIABLES,
)
_STATE_UP = "6"
_UNSET = {"", "(null)"}
_NAMELESS = {"unknown", "<unknown>"}
"""What AGI and AMI say of a caller without a name."""
_EPOCH = re.compile(r"(?:.*-)?(\d{9,11})\.\d+")


@dataclass(frozen=True, slots=True)
class _Row:
    """One channel."""

    id: str
    name: str
    caller_name: str
    is_up: bool
    is_in_queue: bool
    bridge: str
    exten: str
    """Where in the dialplan it stands."""
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alive:
    """The calls and legs, and the channels of callers who wait in the emergency queue."""

    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]
    watches: tuple[LiveWatch, ...]
    fallback_channels: tuple[str, ...]
    variables: Mapping[CallId, Mapping[str, str]]
    """The marks as they are written, by call."""


def read_status(answer: Answer, rules: Mapping[str, NumberRules]) -> Alive:
    """The neutral picture of a `Status` reply that was asked with `STATUS_VARIABLES`."""
    rows = [_row(event) for event in answer.events if event.get("Event") == "Status"]
    callers = [row for row in rows if row.variables.get("HL_CALL") == row.id]
    legs = _legs(rows)
    with_caller = {leg.call: leg for leg in reversed(legs.values()) if leg.is_with_caller}
    return Alive(
        calls=tuple(_call(row, with_caller.get(CallId(row.id)), rules) for row in callers),
        legs=tuple(legs.values()),
        watches=tuple(watch for row in rows if (watch := _watch(row, legs))),
        fallback_channels=tuple(row.name for row in callers if row.is_in_queue and not row.bridge),
        variables={CallId(row.id): row.variables for row in callers},
    )


def with_newcomers(seen: Snapshot, newcomers: Iterable[Arrival], ended: Collection[str]) -> Snapshot:
    """The picture, with the calls that came while it was being taken and have not ended since.

    Without them everybody would believe that these calls are over: they would wait unknown to all.
    """
    known = {live.arrival.call for live in seen.calls}
    missing = tuple(
        LiveCall(arrival=arrival, mark=None, talks_with=None)
        for arrival in newcomers
        if arrival.call not in known and arrival.call not in ended
    )
    return replace(seen, calls=seen.calls + missing)


def arrival_time(call: CallId) -> datetime:
    """When a call arrived or was placed, as its id tells; a second's precision."""
    if placed := placed_at(call):
        return placed
    found = _EPOCH.fullmatch(call)
    return datetime.fromtimestamp(int(found[1]) if found else 0, UTC)


def arrival_of(
    call: CallId,
    at: datetime,
    caller_name: str,
    variables: Mapping[str, str],
    rules: Mapping[str, NumberRules],
) -> Arrival:
    """An arrival from what the dialplan noted, its number read by the rules of its line, else of ""."""
    trunk = variables.get("HL_TRUNK", "")
    read = (rules.get(trunk) or rules.get("", AT_HOME)).read
    return Arrival(
        call=call,
        at=at,
        caller_number=read(variables.get("HL_FROM", ""))[:NUMBER_LENGTH_MAX],
        caller_name="" if caller_name in _NAMELESS else clean_text(caller_name),
        dialled=variables.get("HL_TO", "")[:NUMBER_LENGTH_MAX],
        trunk=trunk,
        direction=direction_of(call),
    )


def _row(event: Message) -> _Row:
    return _Row(
        id=required(event, "Uniqueid"),
        name=required(event, "Channel"),
        caller_name=str(event.get("CallerIDName", "")),
        is_up=required(event, "ChannelState") == _STATE_UP,
        is_in_queue=event.get("Application") == "Queue",
        bridge=str(event.get("BridgeID", "")),
        exten=str(event.get("Exten", "")),
        variables=variables_of(event, "Variable"),
    )


def _legs(rows: Sequence[_Row]) -> dict[str, LiveLeg]:
    """The legs by their channels, whoever was asked behind who asked, with whom they share a bridge."""
    found = {row.id: leg for row in rows if (leg := _leg(row))}
    members: dict[str, set[str]] = {}
    for row in rows:
        if row.bridge:
            members.setdefault(row.bridge, set()).add(row.id)
    together = {member: others for others in members.values() for member in others}
    order = sorted(found, key=lambda leg: (found[leg].asked_by is not None, leg))
    return {leg: _with(found[leg], together.get(leg, set()) - {leg}, found) for leg in order}


def _with(leg: LiveLeg, others: Collection[str], legs: Mapping[str, LiveLeg]) -> LiveLeg:
    if leg.call in others:
        return replace(leg, is_with_caller=True)
    own = [legs[other].leg for other in sorted(others) if other in legs and legs[other].call == leg.call]
    return replace(leg, is_with_leg=own[0] if own else None)


def _leg(row: _Row) -> LiveLeg | None:
    call, agent = row.variables.get("HL_CALL", ""), row.variables.get("HL_AGENT", "")
    if not call or call == row.id or not agent.isdecimal():
        return None
    return LiveLeg(
        leg=LegId(row.id),
        call=CallId(call),
        agent=AgentId(int(agent)),
        device=DeviceId(row.variables.get("HL_DEVICE", "")),
        is_answered=row.is_up and row.variables.get(DIALS) != DIALS_ORDERED,
        dials=_is_set(row, DIALS),
        asked_by=LegId(row.variables["HL_ASKED_BY"]) if _is_set(row, "HL_ASKED_BY") else None,
        is_holding=row.variables.get(ON_HOLD) == "1",
    )


def _watch(row: _Row, legs: Mapping[str, LiveLeg]) -> LiveWatch | None:
    """A supervisor's leg; one that outlives the leg it hears is about to end, and is nothing any more."""
    watched, agent = legs.get(row.variables.get("HL_WATCHED", "")), row.variables.get("HL_AGENT", "")
    if watched is None or not agent.isdecimal():
        return None
    return LiveWatch(
        leg=LegId(row.id),
        watched=watched.leg,
        call=watched.call,
        agent=AgentId(int(agent)),
        mode=WatchMode(row.exten) if row.is_up and row.exten in list(WatchMode) else None,
    )


def _is_set(row: _Row, name: str) -> bool:
    return row.variables.get(name, "") not in _UNSET


def _call(row: _Row, talks_with: LiveLeg | None, rules: Mapping[str, NumberRules]) -> LiveCall:
    call = CallId(row.id)
    return LiveCall(
        arrival=arrival_of(call, arrival_time(call), row.caller_name, row.variables, rules),
        mark=to_mark(row.variables),
        talks_with=talks_with.leg if talks_with else None,
        is_answered=row.is_up or direction_of(call) is Direction.IN,
    )
