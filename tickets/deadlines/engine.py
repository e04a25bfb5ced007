"""What follows from a ticket's story for its deadlines; pure.

Everything is found anew from the story each time, so that it does not matter how often, how late or in
which order anybody looks. What is remembered is only of which marks somebody was told. A mark goes off
again only when its deadline was moved so that the mark lies in the future once more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kernel.business_time import Pause, due
from kernel.calendar import WEEK, Calendar
from tickets.deadlines.model import Deadline, Decided, GoneOff, Kind, Mark, MarkKind, Policy, Story, Target
from tickets.model import OPEN_STATES, State

AROUND_THE_CLOCK = Calendar.model_validate(
    {"timezone": "UTC", "holidays": "none", "weekly": dict.fromkeys(WEEK, "00:00-24:00")}
)
"""Counts where a calendar was taken away that a rule names: rather too early than never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clock:
    """Something that has to be done in time, and when it was."""

    kind: Kind
    started_at: datetime
    ended_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Under which circumstances a look is taken."""

    policy: Policy
    calendars: Mapping[str, Calendar]
    now: datetime
    late_max: timedelta
    """Of a deadline that is seen for the first time nobody is told what is older than this."""


def decide(known: Mapping[Kind, Deadline], story: Story, looked: Looked) -> Decided:
    """The deadlines of a ticket as they are now, and of whom somebody is to be told."""
    deadlines, gone_off, wakes = [], [], []
    for clock in _clocks(story, looked.policy):
        found = _target(clock.kind, story, looked.policy)
        if found is None:
            continue
        rule, target = found
        calendar = looked.calendars.get(target.calendar, AROUND_THE_CLOCK)
        deadline = _deadline(clock, rule, target, calendar, story)
        before = known.get(clock.kind)
        told, keys, wake = _marks(deadline, before, target, calendar, looked)
        deadlines.append(replace(deadline, gone_off=keys))
        gone_off += [
            GoneOff(kind=clock.kind, step=deadline.step, mark=mark, due_at=deadline.due_at) for mark in told
        ]
        wakes += [wake] if wake is not None else []
    return Decided(deadlines=tuple(deadlines), gone_off=tuple(gone_off), wake_at=min(wakes, default=None))


def _target(kind: Kind, story: Story, policy: Policy) -> tuple[str, Target] | None:
    stage = story.stage
    if kind is not Kind.STEP or stage is None:
        return policy.target(kind, story.state, story.about)
    marks = tuple(mark for mark in policy.marks if -mark.offset < stage.within)
    return stage.workflow, Target(within=stage.within, calendar=stage.calendar, marks=marks)


def _clocks(story: Story, policy: Policy) -> list[_Clock]:
    waiting = _times_in(story, policy.pausing)
    done = _times_in(story, frozenset(State) - OPEN_STATES)
    since = story.created_at
    if policy.is_from_change and story.reclassified_at is not None:
        since = max(since, story.reclassified_at)
    is_over = story.state not in OPEN_STATES
    over_at = done[-1].since if is_over and done else (story.created_at if is_over else None)
    answered = [*(at for at in story.contacts if at >= story.created_at), *(one.since for one in done)]
    clocks = [
        _Clock(
            kind=Kind.FIRST_RESPONSE,
            started_at=since,
            ended_at=min(answered, default=over_at),
            pauses=waiting,
        ),
        # What was resolved and comes back goes on from there: the time between counts for nobody.
        _Clock(kind=Kind.RESOLUTION, started_at=since, ended_at=over_at, pauses=_in_order([*waiting, *done])),
    ]
    stage = story.stage
    if not is_over and stage is not None:
        pauses = tuple(pause for pause in waiting if pause.until is None or pause.until > stage.entered_at)
        clocks.append(_Clock(kind=Kind.STEP, started_at=stage.entered_at, pauses=pauses))
    elif not is_over and story.state not in policy.pausing:
        entered = max((change.at for change in story.changes), default=story.created_at)
        clocks.append(_Clock(kind=Kind.STEP, started_at=max(entered, since)))
    return clocks


def _times_in(story: Story, states: frozenset[State]) -> tuple[Pause, ...]:
    """When the ticket was in one of the states; the last time may last."""
    times: list[Pause] = []
    first = story.changes[0].before if story.changes else story.state
    since = story.created_at if first in states else None
    for change in story.changes:
        if since is None and change.after in states:
            since = change.at
        elif since is not None and change.after not in states:
            times.append(Pause(since, max(change.at, since)))
            since = None
    if since is not None:
        times.append(Pause(since))
    return tuple(times)


def _in_order(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    return tuple(sorted(pauses, key=lambda pause: pause.since))


def _deadline(clock: _Clock, rule: str, target: Target, calendar: Calendar, story: Story) -> Deadline:
    return Deadline(
        kind=clock.kind,
        step=_step(story) if clock.kind is Kind.STEP else None,
        rule=rule,
        calendar=target.calendar,
        started_at=clock.started_at,
        amount=target.within,
        pauses=clock.pauses,
        ended_at=clock.ended_at,
        due_at=due(clock.started_at, target.within, calendar, _until(clock.pauses, clock.ended_at)),
    )


def _step(story: Story) -> str:
    return story.stage.step if story.stage is not None else str(story.state)


def _until(pauses: Sequence[Pause], ended_at: datetime | None) -> tuple[Pause, ...]:
    """Of what is done it stays known by when it had to be: a ticket that is resolved waits for nothing."""
    if ended_at is None:
        return tuple(pauses)
    return tuple(pause for pause in pauses if pause.since < ended_at)


def _marks(
    deadline: Deadline, before: Deadline | None, target: Target, calendar: Calendar, looked: Looked
) -> tuple[list[Mark], frozenset[str], datetime | None]:
    """Which go off now, which have by then, and when the next one will."""
    told = before.gone_off if before is not None and _is_same(before, deadline) else frozenset()
    if deadline.ended_at is not None:
        return [], told, None
    has_moved = before is None or before.due_at != deadline.due_at
    now, gone, reached, wakes = looked.now, set[str](), [], []
    for mark in target.marks:
        at = due(deadline.started_at, target.within + mark.offset, calendar, deadline.pauses)
        is_past = at is not None and at <= now
        if mark.key in told and (is_past or not has_moved):
            gone.add(mark.key)
        elif is_past:
            gone.add(mark.key)
            if before is not None or (at is not None and at >= now - looked.late_max):
                reached.append(mark)
        elif at is not None:
            wakes.append(at)
    return _worth_telling(reached, deadline, now), frozenset(gone), min(wakes, default=None)


def _is_same(before: Deadline, deadline: Deadline) -> bool:
    return (before.step, before.started_at) == (deadline.step, deadline.started_at)


def _worth_telling(reached: Sequence[Mark], deadline: Deadline, now: datetime) -> list[Mark]:
    """Of what went by while the server was down: the last reminder or warning, and each escalation."""
    by_offset = sorted(reached, key=lambda mark: mark.offset)
    escalations = [mark for mark in by_offset if mark.kind is MarkKind.ESCALATION]
    warnings = [mark for mark in by_offset if mark.kind is MarkKind.WARNING]
    reminders = [mark for mark in by_offset if mark.kind is MarkKind.REMINDER]
    is_late = deadline.due_at is not None and deadline.due_at <= now
    return [*([] if is_late else reminders[-1:]), *warnings[-1:], *escalations]
