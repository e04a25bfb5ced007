"""The rules of a ticket's life; pure.

The table below is all that can happen to a ticket's state. Who owns it follows the state: work
that waits to be assigned has no owner, and who starts working on it becomes its owner.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

from kernel.ids import StaffId
from tickets.errors import OwnerMissing, StepDecides, TransitionRefused
from tickets.model import OPEN_STATES, ChangedField, Matter, Priority, State, TicketType

NEXT_STATES: dict[State, frozenset[State]] = {
    State.PENDING_ASSIGNMENT: frozenset(
        {State.PENDING_ACCEPTANCE, State.PROCESSING, State.RESOLVED, State.CLOSED}
    ),
    State.PENDING_ACCEPTANCE: frozenset({State.PENDING_ASSIGNMENT, State.PROCESSING}),
    State.PROCESSING: frozenset(
        {State.PENDING_ASSIGNMENT, State.PENDING_ACCEPTANCE, State.PENDING_FEEDBACK, State.RESOLVED}
    ),
    State.PENDING_FEEDBACK: frozenset({State.PENDING_ASSIGNMENT, State.PROCESSING, State.RESOLVED}),
    # Somebody else may be asked to handle it once more.
    State.RESOLVED: frozenset({State.PENDING_ACCEPTANCE, State.PROCESSING, State.CLOSED}),
    State.CLOSED: frozenset({State.PENDING_ACCEPTANCE, State.PROCESSING}),
}

DEFAULT_PRIORITY: dict[TicketType, Priority] = {
    TicketType.COMPLAINT: Priority.HIGH,
    TicketType.TECHNICAL_SUPPORT: Priority.MEDIUM,
    TicketType.CALLBACK: Priority.MEDIUM,
    TicketType.INQUIRY: Priority.LOW,
    TicketType.SUGGESTION: Priority.LOW,
}

PREFIX = "CS"
"""How the numbers of tickets begin."""
SERIAL_DIGITS_MIN = 4


def ticket_number(day: date, serial: int) -> str:
    """Such as CS202611220001."""
    return f"{PREFIX}{day:%Y%m%d}{serial:0{SERIAL_DIGITS_MIN}}"


def change(matter: Matter, wishes: Mapping[str, Any], by: StaffId) -> tuple[Matter, list[ChangedField]]:
    """The matter with what a person wants different, and what that changed."""
    wished = replace(matter, **wishes)
    if wished.state is not matter.state and wished.state not in NEXT_STATES[matter.state]:
        raise TransitionRefused(f"a ticket cannot go from {matter.state} to {wished.state}")
    changed = _with_fitting_owner(wished, by)
    return changed, differences(matter, changed)


def states_by_hand(state: State, goal: State | None) -> frozenset[State]:
    """Where a person may put a ticket in this state; `goal` is what its workflow's step makes of it.

    In a workflow people assign, accept, wait for the customer and reopen; that it is over says the step.
    """
    following = NEXT_STATES[state]
    return following if goal is None else following & OPEN_STATES


def check_by_hand(matter: Matter, wishes: Mapping[str, Any], goal: State | None) -> None:
    """Raises `StepDecides` where a person wants a state that only a step can bring."""
    wished = wishes.get("state", matter.state)
    if wished in NEXT_STATES[matter.state] - states_by_hand(matter.state, goal):
        raise StepDecides(f"the ticket becomes {wished} by a step of its workflow; take that step")


def _with_fitting_owner(matter: Matter, by: StaffId) -> Matter:
    match matter.state:
        case State.PENDING_ASSIGNMENT:
            return replace(matter, owner=None)
        case State.PENDING_ACCEPTANCE if matter.owner is None:
            raise OwnerMissing("name who is to accept the ticket")
        case State.PROCESSING | State.PENDING_FEEDBACK if matter.owner is None:
            return replace(matter, owner=by)
        case _:
            return matter


def differences(before: Matter, after: Matter) -> list[ChangedField]:
    """Field by field, as the history shows it."""
    return [
        ChangedField(field=field.name, before=shown(old), after=shown(new))
        for field in fields(Matter)
        if (old := getattr(before, field.name)) != (new := getattr(after, field.name))
    ]


def shown(value: object) -> str:
    """As the history keeps it: whole, so that no word is lost that somebody replaces."""
    match value:
        case None:
            return ""
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds")
        case _:
            return str(value)
