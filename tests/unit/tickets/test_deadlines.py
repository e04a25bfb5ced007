"""What follows from a ticket's story for its deadlines."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from kernel.business_time import Pause
from kernel.calendar import Calendar
from server.installation import EXAMPLE_SITE
from tickets.deadlines.engine import Looked, decide
from tickets.deadlines.model import (
    About,
    Deadline,
    Decided,
    Kind,
    MarkKind,
    Policy,
    StateChange,
    Story,
)
from tickets.deadlines.rules_file import parse_deadlines
from tickets.errors import DeadlinesFileInvalid
from tickets.model import Priority, State, TicketType

OFFICE = Calendar.model_validate(
    {"weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "09:00-18:00")}
)
CALENDARS = {
    "office": OFFICE,
    "always": Calendar.model_validate(
        {
            "holidays": "none",
            "weekly": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00"),
        }
    ),
}
FILE = """
deadlines:
  calendar: office
  pause_in: [pending_feedback]
  remind: [30m]
  warn: [0m, 2h]
  escalate: [{after: 1h, to: [supervisors]}, {after: 4h, to: [admins, wangqiang]}]
  rules:
    - name: 紧急
      when: {priority: [urgent]}
      calendar: always
      first_response: {within: 10m, remind: [3m]}
    - name: 贵宾投诉
      when: {type: [complaint], level: [vip]}
      first_response: 1h
    - name: 其他
      first_response: 2h
      resolution: 9h
      steps: {pending_acceptance: {within: 1h, remind: []}}
"""
POLICY = parse_deadlines(FILE)
ORDINARY = About(type=TicketType.COMPLAINT, priority=Priority.HIGH)
URGENT = replace(ORDINARY, priority=Priority.URGENT)
LATE_MAX = timedelta(hours=24)


def at(text: str) -> datetime:
    """A moment in Shanghai, in the week of Monday the 23rd."""
    day, _, time = text.partition(" ")
    return datetime.fromisoformat(f"2026-11-{day}T{time}+08:00")


CREATED = at("23 09:00")
NEW = Story(created_at=CREATED, state=State.PROCESSING, about=ORDINARY)


def look(
    story: Story,
    now: str,
    known: Decided | None = None,
    *,
    policy: Policy = POLICY,
    calendars: Mapping[str, Calendar] = CALENDARS,
) -> Decided:
    before = {one.kind: one for one in known.deadlines} if known else {}
    looked = Looked(policy=policy, calendars=calendars, now=at(now), late_max=LATE_MAX)
    return decide(before, story, looked)


def of(decided: Decided, kind: Kind) -> Deadline:
    (found,) = (one for one in decided.deadlines if one.kind is kind)
    return found


def told(decided: Decided) -> list[tuple[Kind, MarkKind, int]]:
    return [
        (one.kind, one.mark.kind, round(one.mark.offset.total_seconds() / 60)) for one in decided.gone_off
    ]


def moved(story: Story, *steps: tuple[str, State]) -> Story:
    changes, state = list(story.changes), story.state
    for moment, after in steps:
        changes.append(StateChange(at=at(moment), before=state, after=after))
        state = after
    return replace(story, changes=tuple(changes), state=state)


@pytest.mark.parametrize(
    ("about", "due"),
    [
        (ORDINARY, "23 11:00"),
        (URGENT, "23 09:10"),
        (replace(ORDINARY, level="vip"), "23 10:00"),
        (replace(URGENT, level="vip"), "23 09:10"),
        (replace(ORDINARY, type=TicketType.INQUIRY, level="vip"), "23 11:00"),
    ],
)
def test_the_first_rule_that_fits_decides(about: About, due: str) -> None:
    assert of(look(replace(NEW, about=about), "23 09:00"), Kind.FIRST_RESPONSE).due_at == at(due)


def test_a_rule_that_says_nothing_of_a_deadline_leaves_it_to_those_below() -> None:
    decided = look(replace(NEW, about=URGENT), "23 09:00")
    assert of(decided, Kind.RESOLUTION).due_at == at("23 18:00")
    assert (of(decided, Kind.FIRST_RESPONSE).rule, of(decided, Kind.RESOLUTION).rule) == ("紧急", "其他")


def test_without_rules_nothing_is_due() -> None:
    assert look(NEW, "23 09:00", policy=Policy()) == Decided(deadlines=(), gone_off=(), wake_at=None)


def test_each_mark_goes_off_once_in_its_time() -> None:
    heard, decided, moment = [], look(NEW, "23 09:00"), CREATED
    while decided.wake_at is not None:
        moment = decided.wake_at
        decided = look(NEW, f"{moment.astimezone(CREATED.tzinfo):%d %H:%M}", decided)
        heard += [(f"{moment.astimezone(CREATED.tzinfo):%d %H:%M}", *one) for one in told(decided)]
        again = look(NEW, f"{moment.astimezone(CREATED.tzinfo):%d %H:%M}", decided)
        assert (again.gone_off, again.wake_at) == ((), decided.wake_at)
    response, resolution = Kind.FIRST_RESPONSE, Kind.RESOLUTION
    assert heard == [
        ("23 10:30", response, MarkKind.REMINDER, -30),
        ("23 11:00", response, MarkKind.WARNING, 0),
        ("23 12:00", response, MarkKind.ESCALATION, 60),
        ("23 13:00", response, MarkKind.WARNING, 120),
        ("23 15:00", response, MarkKind.ESCALATION, 240),
        ("23 17:30", resolution, MarkKind.REMINDER, -30),
        ("23 18:00", resolution, MarkKind.WARNING, 0),
        # Escalations count business time, too: nobody is woken at night for a matter of office hours.
        ("24 10:00", resolution, MarkKind.ESCALATION, 60),
        ("24 11:00", resolution, MarkKind.WARNING, 120),
        ("24 13:00", resolution, MarkKind.ESCALATION, 240),
    ]


def test_after_a_time_without_server_nobody_hears_what_is_overtaken() -> None:
    known = look(NEW, "23 09:00")
    decided = look(NEW, "23 14:00", known)
    assert told(decided) == [
        (Kind.FIRST_RESPONSE, MarkKind.WARNING, 120),
        (Kind.FIRST_RESPONSE, MarkKind.ESCALATION, 60),
    ]
    assert look(NEW, "23 14:00", decided).gone_off == ()


def test_of_old_tickets_from_before_there_were_deadlines_nobody_is_told() -> None:
    decided = look(NEW, "30 09:00")
    assert decided.gone_off == ()
    assert of(decided, Kind.RESOLUTION).is_overdue(at("30 09:00"))


def test_the_first_contact_ends_the_wait_for_it_and_what_was_late_stays_late() -> None:
    known = look(NEW, "23 09:00")
    in_time = look(replace(NEW, contacts=(at("23 11:00"),)), "23 15:00", known)
    late = look(replace(NEW, contacts=(at("23 11:01"), at("23 12:00"))), "23 15:00", known)
    response = [of(decided, Kind.FIRST_RESPONSE) for decided in (in_time, late)]
    assert [one.ended_at for one in response] == [at("23 11:00"), at("23 11:01")]
    assert [one.is_overdue(at("25 09:00")) for one in response] == [False, True]
    assert told(in_time) == told(late) == []


def test_taking_a_ticket_up_is_no_contact() -> None:
    taken = moved(replace(NEW, state=State.PENDING_ACCEPTANCE), ("23 09:05", State.PROCESSING))
    assert of(look(taken, "23 09:06"), Kind.FIRST_RESPONSE).ended_at is None


def test_a_call_from_before_the_ticket_is_no_answer_to_it() -> None:
    early = replace(NEW, contacts=(at("20 15:00"),))
    assert of(look(early, "23 09:06"), Kind.FIRST_RESPONSE).ended_at is None


def test_time_stands_still_while_the_customer_is_waited_for() -> None:
    waiting = moved(NEW, ("23 10:00", State.PENDING_FEEDBACK))
    paused = look(waiting, "23 17:00", look(NEW, "23 09:00"))
    assert of(paused, Kind.RESOLUTION).due_at is None
    assert of(paused, Kind.RESOLUTION).paused_since == at("23 10:00")
    assert (paused.due_at, paused.wake_at, told(paused)) == (None, None, [])
    answered = look(moved(waiting, ("24 16:00", State.PROCESSING)), "24 16:00", paused)
    assert of(answered, Kind.RESOLUTION).due_at == at("25 15:00")
    assert of(answered, Kind.FIRST_RESPONSE).due_at == at("24 17:00")
    assert answered.wake_at == at("24 16:30")


def test_a_reminder_from_before_a_pause_is_not_repeated_after_it() -> None:
    reminded = look(NEW, "23 10:40", look(NEW, "23 09:00"))
    assert told(reminded) == [(Kind.FIRST_RESPONSE, MarkKind.REMINDER, -30)]
    waiting = moved(NEW, ("23 10:50", State.PENDING_FEEDBACK))
    paused = look(waiting, "23 12:00", reminded)
    answered = look(moved(waiting, ("23 13:00", State.PROCESSING)), "23 13:00", paused)
    assert (told(paused), told(answered)) == ([], [])
    assert answered.wake_at == of(answered, Kind.FIRST_RESPONSE).due_at == at("23 13:10")


def test_a_step_begins_with_its_state_and_ends_with_it() -> None:
    pending = replace(NEW, state=State.PENDING_ACCEPTANCE)
    first = look(pending, "23 09:00")
    assert of(first, Kind.STEP).due_at == at("23 10:00")
    warned = look(pending, "23 10:00", first)
    assert told(warned) == [(Kind.STEP, MarkKind.WARNING, 0)]
    back = moved(pending, ("23 10:05", State.PROCESSING), ("23 10:10", State.PENDING_ACCEPTANCE))
    again = look(back, "23 10:10", warned)
    assert (of(again, Kind.STEP).due_at, told(again)) == (at("23 11:10"), [])
    assert told(look(back, "23 11:10", again)) == [
        (Kind.FIRST_RESPONSE, MarkKind.WARNING, 0),
        (Kind.STEP, MarkKind.WARNING, 0),
    ]


def test_resolved_in_time_and_reopened_goes_on_from_there() -> None:
    known = look(NEW, "23 09:00")
    resolved = moved(NEW, ("23 17:00", State.RESOLVED))
    done = look(resolved, "25 09:00", known)
    assert of(done, Kind.RESOLUTION).ended_at == at("23 17:00")
    assert of(done, Kind.RESOLUTION).due_at == at("23 18:00")
    assert (done.due_at, done.wake_at, told(done)) == (None, None, [])
    reopened = look(moved(resolved, ("25 10:00", State.PROCESSING)), "25 10:00", done)
    assert of(reopened, Kind.RESOLUTION).ended_at is None
    assert of(reopened, Kind.RESOLUTION).due_at == at("25 11:00")


@pytest.mark.parametrize(
    ("counts_from", "changed", "due"),
    [
        # 升级为紧急：从创建时算，或从变更时算
        ("start", "23 09:05", "23 09:10"),
        ("start", "23 10:20", "23 09:10"),
        ("change", "23 09:05", "23 09:15"),
        ("change", "23 10:20", "23 10:30"),
        ("change", "23 20:00", "23 20:10"),
    ],
)
def test_made_urgent_half_way(counts_from: str, changed: str, due: str) -> None:
    policy = parse_deadlines(
        FILE.replace("calendar: office", f"counts_from: {counts_from}\n  calendar: office", 1)
    )
    known = look(NEW, "23 09:00", policy=policy)
    story = replace(NEW, about=URGENT, reclassified_at=at(changed))
    decided = look(story, changed, known, policy=policy)
    assert of(decided, Kind.FIRST_RESPONSE).due_at == at(due)
    # Who is late already by the new priority is warned at once.
    warned = (Kind.FIRST_RESPONSE, MarkKind.WARNING, 0)
    assert (warned in told(decided)) == (at(due) <= at(changed))


def test_made_less_urgent_after_the_warning_warns_again_when_it_is_missed_again() -> None:
    urgent = replace(NEW, about=URGENT)
    warned = look(urgent, "23 09:10", look(urgent, "23 09:00"))
    assert (Kind.FIRST_RESPONSE, MarkKind.WARNING, 0) in told(warned)
    calmer = replace(NEW, reclassified_at=at("23 09:20"))
    calmed = look(calmer, "23 09:20", warned)
    assert (of(calmed, Kind.FIRST_RESPONSE).due_at, told(calmed)) == (at("23 11:00"), [])
    assert (Kind.FIRST_RESPONSE, MarkKind.WARNING, 0) in told(look(calmer, "23 11:00", calmed))


def test_a_changed_calendar_moves_what_is_due_and_repeats_nothing_that_is_past() -> None:
    closed = OFFICE.model_copy(update={"exceptions": {at("24 00:00").date(): ()}})
    story = replace(NEW, created_at=at("23 15:00"))
    before = look(story, "23 15:00")
    after = look(story, "23 15:30", before, calendars=CALENDARS | {"office": closed})
    assert of(before, Kind.RESOLUTION).due_at == at("24 15:00")
    assert (of(after, Kind.RESOLUTION).due_at, told(after)) == (at("25 15:00"), [])
    reminded = look(story, "23 16:30", look(story, "23 15:00"))
    assert told(reminded) == [(Kind.FIRST_RESPONSE, MarkKind.REMINDER, -30)]
    assert told(look(story, "23 16:40", reminded, calendars=CALENDARS | {"office": closed})) == []


def test_a_calendar_that_is_gone_counts_day_and_night() -> None:
    decided = look(replace(NEW, created_at=at("23 20:00")), "23 20:00", calendars={})
    assert of(decided, Kind.FIRST_RESPONSE).due_at == at("23 22:00")


def test_a_clock_that_is_put_back_repeats_nothing() -> None:
    warned = look(NEW, "23 11:00", look(NEW, "23 09:00"))
    earlier = look(NEW, "23 10:00", warned)
    assert told(earlier) == []
    assert told(look(NEW, "23 11:00", earlier)) == []
    assert earlier.wake_at == at("23 12:00")


def test_pauses_are_kept_apart_from_what_is_done() -> None:
    story = moved(
        NEW,
        ("23 10:00", State.PENDING_FEEDBACK),
        ("23 11:00", State.PROCESSING),
        ("23 12:00", State.RESOLVED),
    )
    resolution = of(look(story, "23 13:00"), Kind.RESOLUTION)
    assert resolution.pauses[0] == Pause(at("23 10:00"), at("23 11:00"))
    assert resolution.due_at == at("24 10:00")


def test_the_examples_file_is_right_and_says_who_is_told() -> None:
    policy = parse_deadlines((EXAMPLE_SITE / "deadlines.yaml").read_text(encoding="utf-8"))
    found = policy.target(Kind.FIRST_RESPONSE, State.PROCESSING, URGENT)
    assert found is not None
    assert found[1].within == timedelta(minutes=10)
    assert [(mark.kind, mark.to) for mark in found[1].marks] == [
        (MarkKind.REMINDER, ("owner",)),
        (MarkKind.WARNING, ("owner", "supervisors")),
        (MarkKind.ESCALATION, ("supervisors",)),
        (MarkKind.ESCALATION, ("admins",)),
    ]


BEGIN = "deadlines:\n  calendar: office\n"


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        ("rules: []\n", 1, "needs `deadlines:`"),
        ("deadlines:\n  rules: [\n", 3, "not YAML"),
        ("deadlines:\n  rules: []\n", 1, "calendar"),
        (f"{BEGIN}  pause_in: [resolved]\n", 3, "end of a ticket"),
        (f"{BEGIN}  pause_in: [sleeping]\n", 3, "pause_in"),
        (f"{BEGIN}  rules:\n    - name: a\n      first_response: 2 hours\n", 5, "such as 30m"),
        (f"{BEGIN}  rules:\n    - name: a\n      first_response: 90\n", 5, "such as 30m"),
        (f"{BEGIN}  rules:\n    - name: a\n      resolution: 0m\n", 5, "no time"),
        (f"{BEGIN}  rules:\n    - name: a\n      resolution: 99999h\n", 5, "at most"),
        (
            f"{BEGIN}  remind: [2h]\n  rules:\n    - name: a\n      first_response: 2h\n",
            6,
            "before the time has begun",
        ),
        (f"{BEGIN}  rules:\n    - name: a\n    - name: a\n", 5, "two rules"),
        (f"{BEGIN}  rules:\n    - name: a\n      when: {{priority: [hot]}}\n", 5, "priority"),
        (f"{BEGIN}  rules:\n    - name: a\n      steps: {{asleep: 2h}}\n", 5, "asleep"),
        (f"{BEGIN}  escalate:\n    - {{after: 2h, to: []}}\n", 4, "to"),
        (f"{BEGIN}  escalate:\n    - {{after: 2h, to: [ADMINS]}}\n", 4, "characters"),
        (f"{BEGIN}  reminder: [2h]\n", 3, "reminder"),
    ],
)
def test_a_mistake_is_named_with_its_line(written: str, line: int, said: str) -> None:
    with pytest.raises(DeadlinesFileInvalid) as refused:
        parse_deadlines(written)
    problem: Any = refused.value
    assert (problem.line, said in str(problem)) == (line, True), str(problem)
