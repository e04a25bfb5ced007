"""What an event of a call that goes on changes in its entry."""

from collections.abc import Callable, Mapping
from typing import Any

from kernel.events import Event
from kernel.ids import CallId
from telephony import ledger_rules as rules
from telephony.events import (
    CallTransferred,
    Consulting,
    EndFailed,
    EndOrdered,
    HoldChanged,
    Joined,
    LegEnded,
    LegRinging,
    OutsideRung,
)
from telephony.ledger_rules import CallEntry, Sending

Change = Callable[[CallEntry], CallEntry]


def change_of(event: Event) -> tuple[CallId, Change] | None:
    """Which call's entry changes, and how; None for an event that changes none."""
    change = _CHANGES.get(type(event))
    return (event.call, lambda entry: change(entry, event)) if change else None  # type: ignore[attr-defined]


def _sending(event: CallTransferred) -> Sending:
    return Sending(
        at=event.at,
        agent=event.agent,
        to_agent=event.to_agent,
        to_queue=event.to_queue,
        note=event.note,
        to_flow=event.to_flow.flow if event.to_flow else "",
        to_outside=event.to_outside,
    )


_CHANGES: Mapping[type[Event], Callable[[CallEntry, Any], CallEntry]] = {
    LegRinging: lambda entry, event: rules.ring(entry, event.leg, event.agent, event.at),
    OutsideRung: lambda entry, event: rules.ring_outside(
        entry, event.leg, event.agent, event.shown, event.at
    ),
    Joined: lambda entry, event: rules.join(entry, event.leg, event.agent, event.at),
    Consulting: lambda entry, event: rules.consult(entry, event.leg, event.agent, event.at),
    HoldChanged: lambda entry, event: rules.hold(entry, event.leg, event.at, is_held=event.is_held),
    LegEnded: lambda entry, event: rules.end_leg(entry, event.leg, event.reason, event.at),
    CallTransferred: lambda entry, event: rules.transfer(entry, _sending(event), event.leg),
    EndOrdered: lambda entry, event: rules.order_end(entry, event.agent),
    EndFailed: lambda entry, _: rules.forget_order(entry),
}
"""All of them are about one call, by which its entry is found."""
