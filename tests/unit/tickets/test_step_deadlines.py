"""The time limit of a step of a workflow, in business time, before that of the ticket's state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kernel.calendar import Calendar
from tickets.deadlines.engine import Looked, decide
from tickets.deadlines.model import About, Decided, Kind, MarkKind, Stage, StateChange, Story
from tickets.deadlines.rules_file import parse_deadlines
from tickets.model import Priority, State, TicketType

OFFICE = Calendar.model_validate(
    {"weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-18:00")}
)
POLICY = parse_deadlines(
    """
deadlines:
  calendar: office
  pause_in: [pending_feedback]
  remind: [30m, 5h]
  warn: [0m]
  rules:
    - {name: 其他, remind: [], steps: {pending_assignment: 30m, processing: 1h}}
"""
)
AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # 16:00 in Shanghai, a Tuesday
STAGE = Stage(workflow="quality", step="inspect", entered_at=AT, within=timedelta(hours=4), calendar="office")
STORY = Story(
    created_at=AT - timedelta(hours=2),
    state=State.PENDING_ASSIGNMENT,
    about=About(type=TicketType.COMPLAINT, priority=Priority.HIGH),
    stage=STAGE,
)


def decided(story: Story, now: datetime) -> Decided:
    looked = Looked(policy=POLICY, calendars={"office": OFFICE}, now=now, late_max=timedelta(days=1))
    return decide({}, story, looked)


def due(story: Story, now: datetime = AT) -> tuple[str | None, str, datetime | None]:
    (one,) = (one for one in decided(story, now).deadlines if one.kind is Kind.STEP)
    return one.step, one.rule, one.due_at


def test_a_step_is_due_within_its_own_time_of_the_calendar() -> None:
    assert due(STORY) == ("inspect", "quality", datetime(2026, 11, 25, 3, 0, tzinfo=UTC))


def test_taking_the_ticket_up_does_not_begin_the_steps_time_anew() -> None:
    taken_up = StateChange(
        at=AT + timedelta(hours=1), before=State.PENDING_ASSIGNMENT, after=State.PROCESSING
    )
    assert due(replace(STORY, state=State.PROCESSING, changes=(taken_up,))) == due(STORY)


def test_the_steps_time_stands_still_while_the_customer_is_waited_for() -> None:
    waits = StateChange(
        at=AT + timedelta(minutes=30), before=State.PENDING_ASSIGNMENT, after=State.PENDING_FEEDBACK
    )
    waiting = replace(STORY, state=State.PENDING_FEEDBACK, changes=(waits,))
    assert due(waiting, AT + timedelta(hours=1)) == ("inspect", "quality", None)
    goes_on = StateChange(
        at=AT + timedelta(minutes=90), before=State.PENDING_FEEDBACK, after=State.PROCESSING
    )
    went_on = replace(waiting, state=State.PROCESSING, changes=(waits, goes_on))
    assert due(went_on) == ("inspect", "quality", datetime(2026, 11, 25, 4, 0, tzinfo=UTC))


def test_without_a_limit_of_its_own_the_state_has_its_time() -> None:
    assert due(replace(STORY, stage=None))[:2] == ("pending_assignment", "其他")


def test_a_resolved_ticket_has_no_step_to_be_done() -> None:
    over = replace(STORY, state=State.RESOLVED)
    assert all(one.kind is not Kind.STEP for one in decided(over, AT).deadlines)


def test_people_are_told_as_the_sites_deadlines_say_and_never_before_the_time_begins() -> None:
    last_half_hour = datetime(2026, 11, 25, 2, 45, tzinfo=UTC)
    assert [one.mark.kind for one in decided(STORY, last_half_hour).gone_off] == [MarkKind.REMINDER]
    assert [one.mark.kind for one in decided(STORY, last_half_hour + timedelta(hours=1)).gone_off] == [
        MarkKind.WARNING
    ]
    assert decided(STORY, AT).gone_off == ()
