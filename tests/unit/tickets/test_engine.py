"""The life of a ticket."""

from datetime import date
from itertools import product

import pytest

from kernel.ids import StaffId
from tickets.engine import DEFAULT_PRIORITY, NEXT_STATES, change, ticket_number
from tickets.errors import OwnerMissing, TransitionRefused
from tickets.model import ChangedField, Matter, Priority, State, TicketType

LI, WANG = StaffId(1), StaffId(2)
NEW = Matter(
    type=TicketType.COMPLAINT, priority=Priority.HIGH, state=State.PENDING_ASSIGNMENT, title="退款未到账"
)


def _in(state: State) -> Matter:
    return Matter(type=NEW.type, priority=NEW.priority, state=state, title=NEW.title, owner=LI)


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_only_the_ways_of_the_table_are_open(before: State, after: State) -> None:
    wishes = {"state": after, "owner": LI}
    if before is after or after in NEXT_STATES[before]:
        assert change(_in(before), wishes, LI)[0].state is after
    else:
        with pytest.raises(TransitionRefused):
            change(_in(before), wishes, LI)


def test_every_state_can_be_reached_and_left() -> None:
    reached = set().union(*NEXT_STATES.values())
    assert reached == set(State)
    assert all(NEXT_STATES[state] for state in State)


def test_who_starts_working_becomes_the_owner() -> None:
    changed, lines = change(NEW, {"state": State.PROCESSING}, WANG)
    assert changed.owner == WANG
    assert lines == [
        ChangedField(field="state", before="pending_assignment", after="processing"),
        ChangedField(field="owner", before="", after="2"),
    ]


def test_work_that_goes_back_to_be_assigned_has_no_owner() -> None:
    changed, _ = change(_in(State.PROCESSING), {"state": State.PENDING_ASSIGNMENT}, LI)
    assert changed.owner is None


def test_work_that_waits_to_be_accepted_needs_to_know_by_whom() -> None:
    with pytest.raises(OwnerMissing):
        change(NEW, {"state": State.PENDING_ACCEPTANCE}, LI)
    changed, _ = change(NEW, {"state": State.PENDING_ACCEPTANCE, "owner": WANG}, LI)
    assert changed.owner == WANG


def test_a_wish_that_changes_nothing_leaves_no_line() -> None:
    assert change(NEW, {"title": NEW.title}, LI) == (NEW, [])


def test_every_type_has_a_priority() -> None:
    assert set(DEFAULT_PRIORITY) == set(TicketType)


@pytest.mark.parametrize(
    ("serial", "number"), [(1, "CS202611220001"), (9999, "CS202611229999"), (10000, "CS2026112210000")]
)
def test_a_number_has_the_date_and_at_least_four_digits(serial: int, number: str) -> None:
    assert ticket_number(date(2026, 11, 22), serial) == number
