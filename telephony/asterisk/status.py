"""What is alive in Asterisk, from one `Status` action."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from panoramisk.message import Message

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.ami import Answer, required, variables_of
from telephony.asterisk.caller_text import clean_text
from telephony.asterisk.mark_variables import MARK_VARIABLES, to_mark
from telephony.model import NUMBER_LENGTH_MAX, Arrival, LiveCall, LiveLeg, Snapshot
from telephony.trunks import AT_HOME, NumberRules

ARRIVAL_VARIABLES = ("HL_FROM", "HL_TO", "HL_TRUNK")
STATUS_VARIABLES = ("HL_CALL", "HL_AGENT", "HL_DEVICE", *ARRIVAL_VARIABLES, *MARK_VARIABLES)
_STATE_UP = "6"
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
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Alive:
    """The calls and legs, and the channels of callers who wait in the emergency queue."""

    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]
    fallback_channels: tuple[str, ...]
    variables: Mapping[CallId, Mapping[str, str]]
    """The marks as they are written, by call."""


def read_status(answer: Answer, rules: Mapping[str, NumberRules]) -> Alive:
    """The neutral picture of a `Status` reply that was asked with `STATUS_VARIABLES`."""
    rows = [_row(event) for event in answer.events if event.get("Event") == "Status"]
    legs = {row.id: leg for row in rows if (leg := _leg(row))}
    callers = [row for row in rows if row.variables.get("HL_CALL") == row.id]
    in_bridge = {row.bridge: legs[row.id] for row in rows if row.id in legs and row.bridge}
    return Alive(
        calls=tuple(_call(row, in_bridge.get(row.bridge) if row.bridge else None, rules) for row in callers),
        legs=tuple(legs.values()),
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
    """When a call arrived, as its id tells; a second's precision."""
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
    )


def _row(event: Message) -> _Row:
    return _Row(
        id=required(event, "Uniqueid"),
        name=required(event, "Channel"),
        caller_name=str(event.get("CallerIDName", "")),
        is_up=required(event, "ChannelState") == _STATE_UP,
        is_in_queue=event.get("Application") == "Queue",
        bridge=str(event.get("BridgeID", "")),
        variables=variables_of(event, "Variable"),
    )


def _leg(row: _Row) -> LiveLeg | None:
    call, agent = row.variables.get("HL_CALL", ""), row.variables.get("HL_AGENT", "")
    if not call or call == row.id or not agent.isdecimal():
        return None
    return LiveLeg(
        leg=LegId(row.id),
        call=CallId(call),
        agent=AgentId(int(agent)),
        device=DeviceId(row.variables.get("HL_DEVICE", "")),
        is_answered=row.is_up,
    )


def _call(row: _Row, talks_with: LiveLeg | None, rules: Mapping[str, NumberRules]) -> LiveCall:
    call = CallId(row.id)
    return LiveCall(
        arrival=arrival_of(call, arrival_time(call), row.caller_name, row.variables, rules),
        mark=to_mark(row.variables),
        talks_with=talks_with.leg if talks_with else None,
    )
