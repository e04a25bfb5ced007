"""How a ticket goes through its workflow; pure: what happens, and when, gives what follows."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from kernel.access import Principal, Role
from kernel.expression import parse_expression
from kernel.functions import Value, is_sayable
from kernel.ids import StaffId
from tickets.engine import shown
from tickets.model import ChangedField, Matter, State
from tickets.workflow.errors import NoSuchStep, NotYourStep, StepUnfinished, WayClosed, WrongEntry
from tickets.workflow.model import ByRule, Case, FieldType, Way, Whom, Workflow
from tickets.workflow.place import (
    CHECK,
    STARTED,
    STEP,
    VISIT,
    Effect,
    Event,
    Filled,
    Hands,
    Notes,
    Place,
    Reopened,
    Stands,
    Taken,
)

TEXT_MAX = 2_000
"""Characters of an entry."""
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The ticket, as its workflow sees it."""

    matter: Matter
    level: str = ""
    """Of the customer; "" where nobody knows who it is."""


def begin(workflow: Workflow, about: About, now: datetime) -> list[Effect]:
    """The ticket enters the first step."""
    start = workflow.written.start
    place = Place(
        workflow=workflow.key,
        digest=workflow.digest,
        step=start,
        goal=workflow.step(start).state,
        begun_at=now,
        entered_at=now,
    )
    begun = Notes(change=ChangedField(field=STARTED, before="", after=workflow.key))
    entered = Notes(change=ChangedField(field=STEP, before="", after=start))
    # Who has it already keeps it as it is, where the step is the owner's.
    follows = [one for one in _arriving(workflow, place, about) if not isinstance(one, Hands) or one.to]
    return [begun, entered, *follows]


def handle(workflow: Workflow, place: Place, event: Event, about: About, now: datetime) -> list[Effect]:
    """What follows from an event; raises a refusal that says what is missing."""
    match event:
        case Filled():
            check_may(workflow, place, event.by, about)
            return _filled(workflow, place, event)
        case Taken():
            check_may(workflow, place, event.by, about)
            _check_way(workflow, place, event.to, about)
            return _going(workflow, place, event.to, about, now, why=event.why)
        case Reopened():
            if not workflow.step(place.step).is_end:
                return []
            return _going(workflow, place, workflow.written.start, about, now)


def values_of(workflow: Workflow, place: Place, about: About) -> dict[str, Value]:
    """What conditions know; what is not filled in is not among them."""
    matter = about.matter
    found: dict[str, Value] = {"level": about.level} if about.level else {}
    for name in workflow.kinds.keys() - workflow.written.fields.keys() - {"level"}:
        value = getattr(matter, name)
        if isinstance(value, datetime):
            found[name] = value.date()
        elif value:
            found[name] = str(value)
    for name, field in workflow.written.fields.items():
        if name in place.values:
            found[name] = read(field.type, place.values[name])
    return found


def read(type_: FieldType, kept: str) -> Value:
    """An entry as it is kept; raises `WrongEntry` for what is none of this type."""
    match type_:
        case "number":
            return _number(kept)
        case "date":
            try:
                return date.fromisoformat(kept)
            except ValueError as error:
                raise WrongEntry(f"{kept!r} has to be a date, such as 2026-11-24") from error
        case "yes_no":
            if kept not in {YES, NO}:
                raise WrongEntry(f"{kept!r} has to be yes or no")
            return kept == YES
        case "text":
            if len(kept) > TEXT_MAX:
                raise WrongEntry(f"a text has at most {TEXT_MAX} characters")
            return kept


def _number(kept: str) -> Decimal:
    try:
        number = Decimal(kept)
    except InvalidOperation as error:
        raise WrongEntry(f"{kept!r} has to be a number, such as 12.5") from error
    if not number.is_finite() or not is_sayable(number):
        raise WrongEntry(f"{kept!r} is no number that can be meant")
    return number


def missing(workflow: Workflow, place: Place, about: About) -> list[str]:
    """The required fields of the step that nothing is filled in for."""
    known = values_of(workflow, place, about)
    return [name for name in workflow.step(place.step).required if name not in known]


def unchecked(workflow: Workflow, place: Place) -> list[str]:
    """The points of the step's check list that were not passed."""
    return [check.key for check in workflow.step(place.step).checks if check.key not in place.passed]


def lacks_visit(workflow: Workflow, place: Place) -> bool:
    """A time has to be agreed with the customer, and was not."""
    return workflow.step(place.step).visit and place.visit_at is None


def open_ways(workflow: Workflow, place: Place, about: About) -> Iterator[tuple[Way, bool]]:
    """The ways from the step, each with whether its condition holds."""
    values = values_of(workflow, place, about)
    for way in workflow.step(place.step).next:
        yield way, way.when is None or parse_expression(way.when).value(values) is True


def handler_of(workflow: Workflow, step: str, values: Mapping[str, Value]) -> Whom | None:
    """Who does a step; None is whoever has the ticket."""
    handler = workflow.step(step).handler
    if isinstance(handler, ByRule):
        for case in handler.cases:
            if parse_expression(case.when).value(values) is True:
                return case
        handler = handler.otherwise
    return handler if isinstance(handler, Whom) else None


def may(workflow: Workflow, place: Place, by: Principal, about: About) -> bool:
    """Whether this person may do the step: who has the ticket, or may take it up; supervisors always."""
    if by.has(Role.SUPERVISOR):
        return True
    whom = handler_of(workflow, place.step, values_of(workflow, place, about))
    if whom is not None and whom.role is not None and whom.role not in by.roles:
        return False
    if whom is not None and whom.person is not None and whom.person != by.name:
        return False
    return about.matter.owner in {None, by.staff_id}


def check_may(workflow: Workflow, place: Place, by: Principal, about: About) -> None:
    """Raises `NotYourStep`."""
    if not may(workflow, place, by, about):
        raise NotYourStep("this step is somebody else's; take the ticket over first, or ask a supervisor")


def handed(matter: Matter, hands: Hands, *, person: StaffId | None, by: StaffId | None) -> Matter:
    """The ticket with whoever does the step; the named `person` is unknown where it is None.

    What goes to a department or a role waits there for somebody to take it up; what is over waits for nobody.
    """
    whom, goal = hands.to, hands.goal
    if whom is not None and whom.department is not None:
        is_theirs = matter.department == whom.department and matter.owner is not None
        matter = replace(matter, department=whom.department)
        whom = None if is_theirs else whom
    if goal in {State.RESOLVED, State.CLOSED}:
        return replace(matter, state=goal)
    if whom is None:
        owner = matter.owner if matter.owner is not None else by
        is_assigned = matter.state is not State.PENDING_ACCEPTANCE or matter.owner == by
        if owner is None:
            return replace(matter, state=State.PENDING_ASSIGNMENT)
        return replace(matter, owner=owner, state=goal) if is_assigned else matter
    if whom.person is not None and person is not None:
        is_own = person in {by, matter.owner}
        return replace(matter, owner=person, state=goal if is_own else State.PENDING_ACCEPTANCE)
    return replace(matter, owner=None, state=State.PENDING_ASSIGNMENT)


def _filled(workflow: Workflow, place: Place, event: Filled) -> list[Effect]:
    values, notes = _entered(workflow, place, event.values)
    passed, checked = _checked(workflow, place, event.passed)
    visit_at = event.visit_at or place.visit_at
    if visit_at != place.visit_at:
        if not workflow.step(place.step).visit:
            raise WrongEntry("nobody visits the customer at this step")
        checked.append(ChangedField(field=VISIT, before=shown(place.visit_at), after=shown(visit_at)))
    changes = [*notes, *checked]
    if not changes:
        return []
    now = replace(place, values=values, passed=passed, visit_at=visit_at, version=place.version + 1)
    return [*(Notes(change=change) for change in changes), Stands(place=now)]


def _entered(
    workflow: Workflow, place: Place, written: Mapping[str, str]
) -> tuple[dict[str, str], list[ChangedField]]:
    values, changes = dict(place.values), list[ChangedField]()
    for name, text in written.items():
        before, kept = values.get(name, ""), _entry(workflow, name, text)
        if kept != before:
            changes.append(ChangedField(field=name, before=before, after=kept))
            values[name] = kept
    return {name: kept for name, kept in values.items() if kept}, changes


def _checked(
    workflow: Workflow, place: Place, said: Mapping[str, bool]
) -> tuple[frozenset[str], list[ChangedField]]:
    points = {check.key for check in workflow.step(place.step).checks}
    passed, changes = place.passed, list[ChangedField]()
    for key, is_passed in said.items():
        if key not in points:
            raise WrongEntry(f"the check list of this step has no point {key!r}")
        if is_passed != (key in passed):
            before, after = ("", key) if is_passed else (key, "")
            changes.append(ChangedField(field=CHECK, before=before, after=after))
            passed = passed | {key} if is_passed else passed - {key}
    return passed, changes


def _entry(workflow: Workflow, name: str, written: str) -> str:
    field = workflow.written.fields.get(name)
    if field is None:
        listed = ", ".join(workflow.written.fields) or "none"
        raise WrongEntry(f"the workflow has no field {name!r} of its own (there: {listed})")
    kept = written.strip()
    if kept:
        read(field.type, kept)
    return kept


def _check_way(workflow: Workflow, place: Place, to: str, about: About) -> None:
    ways = {way.to: is_open for way, is_open in open_ways(workflow, place, about)}
    if to not in ways:
        raise NoSuchStep(f"no way leads from {place.step!r} to {to!r} (there: {', '.join(ways) or 'none'})")
    lacking = {
        "fields": missing(workflow, place, about),
        "checks": unchecked(workflow, place),
        "visit": lacks_visit(workflow, place),
    }
    if any(lacking.values()):
        raise StepUnfinished("the step is not done yet; fill in what is missing", lacking)
    if not ways[to]:
        raise WayClosed("the way's condition does not hold; take another, or correct what was filled in")


def _going(  # noqa: PLR0913 - a step's parts
    workflow: Workflow, place: Place, to: str, about: About, now: datetime, *, why: str = ""
) -> list[Effect]:
    change = ChangedField(field=STEP, before=place.step, after=to)
    arrived = replace(
        place,
        step=to,
        goal=workflow.step(to).state,
        entered_at=now,
        passed=frozenset(),
        visit_at=None,
        version=place.version + 1,
    )
    return [Notes(change=change, why=why), *_arriving(workflow, arrived, about)]


def _arriving(workflow: Workflow, place: Place, about: About) -> list[Effect]:
    whom = handler_of(workflow, place.step, values_of(workflow, place, about))
    if isinstance(whom, Case):
        whom = Whom(department=whom.department, role=whom.role, person=whom.person)
    return [Stands(place=place), Hands(to=whom, goal=place.goal)]
