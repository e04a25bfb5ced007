"""The site's `deadlines.yaml`: read, checked, and every mistake named with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError

from kernel.site_yaml import Strict, document_of, line_of
from kernel.written import in_plain_words
from tickets.amounts import Amount
from tickets.deadlines.model import OWNER, SUPERVISORS, Mark, MarkKind, Policy, Rule, Target
from tickets.errors import DeadlinesFileInvalid
from tickets.model import OPEN_STATES, Priority, State, TicketType

RULES_MAX = 200
MARKS_MAX = 10
"""Of one kind, of one deadline."""


def _target(written: object) -> object:
    """A time alone needs no more words."""
    return {"within": written} if isinstance(written, str | int) else written


_Amounts = Annotated[list[Amount], Field(max_length=MARKS_MAX)]
_CalendarName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
_Whom = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,39}$")]
_RuleName = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]


class _Escalation(Strict):
    after: Amount
    to: Annotated[list[_Whom], Field(min_length=1, max_length=MARKS_MAX)]


class _Habits(Strict):
    """What a rule takes from the file, and a deadline from its rule, where it says nothing itself."""

    calendar: _CalendarName | None = None
    remind: _Amounts | None = None
    warn: _Amounts | None = None
    escalate: Annotated[list[_Escalation], Field(max_length=MARKS_MAX)] | None = None


class _Target(_Habits):
    within: Amount


_WrittenTarget = Annotated[_Target, BeforeValidator(_target)]


class _When(Strict):
    type: list[TicketType] = Field(default_factory=list)
    priority: list[Priority] = Field(default_factory=list)
    level: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]] = Field(default_factory=list)


class _Rule(_Habits):
    name: _RuleName
    when: _When = Field(default_factory=_When)
    first_response: _WrittenTarget | None = None
    resolution: _WrittenTarget | None = None
    steps: dict[State, _WrittenTarget] = Field(default_factory=dict)


class _Deadlines(_Habits):
    calendar: _CalendarName
    pause_in: list[State] = Field(default_factory=list)
    counts_from: Literal["start", "change"] = "start"
    rules: list[_Rule] = Field(default_factory=list, max_length=RULES_MAX)


def parse_deadlines(text: str, *, name: str = "deadlines.yaml") -> Policy:
    """The deadlines of a site; raises `DeadlinesFileInvalid` with file and line."""
    document = document_of(text, name, DeadlinesFileInvalid)
    listed: Any = document.get("deadlines") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise DeadlinesFileInvalid(name, 1, "needs `deadlines:` with calendar and rules below it")
    try:
        written = _Deadlines.model_validate(listed)
    except ValidationError as error:
        raise _refusal(name, listed, error) from error
    _refuse_senseless(name, listed, written)
    return Policy(
        rules=tuple(_rule(rule, written) for rule in written.rules),
        pausing=frozenset(written.pause_in),
        marks=_marks(written),
        is_from_change=written.counts_from == "change",
    )


@dataclass(frozen=True, slots=True)
class Named:
    """Something that stands in another file, or is Hotline's own, by its name."""

    kind: Literal["calendar", "level"]
    key: str
    line: int


def named_in(text: str) -> Iterator[Named]:
    """The calendars and customers' levels that a right file names, wherever it does."""
    yield from _named(document_of(text, "deadlines.yaml", DeadlinesFileInvalid)["deadlines"])


def _named(node: Any) -> Iterator[Named]:
    if isinstance(node, dict):
        if "calendar" in node:
            yield Named("calendar", str(node["calendar"]), line_of(node, ("calendar",)))
        for place, level in enumerate(node["level"] if isinstance(node.get("level"), list) else ()):
            yield Named("level", str(level), line_of(node, ("level", place)))
    parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for part in parts:
        yield from _named(part)


def _refusal(name: str, listed: Any, error: ValidationError) -> DeadlinesFileInvalid:
    first = error.errors()[0]
    place = tuple(part for part in first["loc"] if part != "[key]")
    what = ".".join(str(part) for part in place) or "deadlines"
    return DeadlinesFileInvalid(name, line_of(listed, place), f"{what}: {in_plain_words(first)}")


def _refuse_senseless(name: str, listed: Any, written: _Deadlines) -> None:
    for place, state in enumerate(written.pause_in):
        if state not in OPEN_STATES:
            what = f"pause_in: {state} is the end of a ticket, which waits for nothing"
            raise DeadlinesFileInvalid(name, line_of(listed, ("pause_in", place)), what)
    names: set[str] = set()
    for place, rule in enumerate(written.rules):
        here = ("rules", place)
        if rule.name in names:
            line = line_of(listed, (*here, "name"))
            raise DeadlinesFileInvalid(name, line, f"there are two rules with the name {rule.name}")
        names.add(rule.name)
        for where, target in _targets(rule):
            _refuse_senseless_target(name, listed, (*here, *where), _made(target, rule, written))


def _refuse_senseless_target(name: str, listed: Any, place: tuple[Any, ...], target: Target) -> None:
    line, what = line_of(listed, place), place[-1]
    if not target.within:
        raise DeadlinesFileInvalid(name, line, f"{what}: nothing can be done within no time")
    for mark in target.marks:
        if -mark.offset >= target.within:
            minutes = round(-mark.offset.total_seconds() / 60)
            said = f"{what}: a reminder {minutes}m before it is due comes before the time has begun"
            raise DeadlinesFileInvalid(name, line, said)


def _targets(rule: _Rule) -> list[tuple[tuple[str, ...], _Target]]:
    found: list[tuple[tuple[str, ...], _Target | None]] = [
        (("first_response",), rule.first_response),
        (("resolution",), rule.resolution),
        *((("steps", state), target) for state, target in rule.steps.items()),
    ]
    return [(place, target) for place, target in found if target is not None]


def _rule(rule: _Rule, file: _Deadlines) -> Rule:
    return Rule(
        name=rule.name,
        types=frozenset(rule.when.type),
        priorities=frozenset(rule.when.priority),
        levels=frozenset(rule.when.level),
        first_response=_made(rule.first_response, rule, file) if rule.first_response else None,
        resolution=_made(rule.resolution, rule, file) if rule.resolution else None,
        steps={state: _made(target, rule, file) for state, target in rule.steps.items()},
    )


def _made(target: _Target, rule: _Rule, file: _Deadlines) -> Target:
    habits = (target, rule, file)
    return Target(within=target.within, calendar=_habit("calendar", *habits), marks=_marks(*habits))


def _habit(field: str, *habits: _Habits) -> Any:
    """What the first says that says something of it."""
    said = (getattr(one, field) for one in habits)
    return next((one for one in said if one is not None), ())


def _marks(*habits: _Habits) -> tuple[Mark, ...]:
    remind, warn, escalate = (_habit(field, *habits) for field in ("remind", "warn", "escalate"))
    return (
        *(Mark(kind=MarkKind.REMINDER, offset=-before, to=(OWNER,)) for before in remind),
        *(Mark(kind=MarkKind.WARNING, offset=after, to=(OWNER, SUPERVISORS)) for after in warn),
        *(Mark(kind=MarkKind.ESCALATION, offset=step.after, to=tuple(step.to)) for step in escalate),
    )
