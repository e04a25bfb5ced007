"""Workflows of tickets as data, exactly as their YAML spells them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from kernel.access import Role
from kernel.functions import Kind
from kernel.site_yaml import KEY, Name, Strict
from kernel.written_expression import Written as Condition
from tickets.amounts import Amount
from tickets.model import State, TicketType

STEPS_MAX = 100
NEXT_MAX = 20
CHECKS_MAX = 50
FIELDS_MAX = 50
CASES_MAX = 20
FITS_MAX = 50
DIGEST_CHARACTERS = 16
STEP_KEY = r"^[a-z][a-z0-9_-]{0,29}$"

StepKey = Annotated[str, StringConstraints(pattern=STEP_KEY)]
Key = Annotated[str, StringConstraints(pattern=KEY)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""As expressions name it."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Calendar = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]
FieldType = Literal["text", "number", "date", "yes_no"]
Goal = Literal[State.PROCESSING, State.PENDING_FEEDBACK, State.RESOLVED, State.CLOSED]

KINDS: Mapping[FieldType, Kind] = {"text": "text", "number": "number", "date": "date", "yes_no": "truth"}
"""What expressions take the fields of a workflow for."""
FACTS: Mapping[str, Kind] = {
    "type": "text",
    "priority": "text",
    "title": "text",
    "description": "text",
    "department": "text",
    "channel": "text",
    "category": "text",
    "problem": "text",
    "severity": "text",
    "urgency": "text",
    "occurred_at": "date",
    "demand": "text",
    "product": "text",
    "order_number": "text",
    "region": "text",
    "level": "text",
}
"""What every ticket has, for conditions and as something to be filled in; `level` is its customer's."""
TAKEN = frozenset({*FACTS, "state", "owner", "customer", "created", "workflow", "step", "check", "visit"})
"""What a line of a ticket's history is about beside a workflow's own fields."""
NEVER_REQUIRED = frozenset({"type", "priority", "title", "channel", "level"})
"""What a ticket has from its beginning, or nobody can fill in at it."""


class Said(Strict):
    """A longer text for people, in both languages."""

    zh: Words
    en: Words


class Whom(Strict):
    """Who does a step: exactly one of these."""

    department: Key | None = None
    role: Role | None = None
    person: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9._-]{0,39}$")] | None = None
    """By the name they sign in with."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if sum(one is not None for one in (self.department, self.role, self.person)) != 1:
            raise ValueError("write one of: department, role, person")
        return self


class Case(Whom):
    """Who does it on a condition."""

    when: Condition


class ByRule(Strict):
    """Who does a step, by the first case that fits."""

    cases: tuple[Case, ...] = Field(min_length=1, max_length=CASES_MAX)
    otherwise: Whom | Literal["owner"] = "owner"


Handler = Literal["owner"] | Whom | ByRule
"""`owner` is whoever has the ticket, who keeps it."""


class OwnField(Strict):
    """Something that the workflow's people fill in, beside what every ticket has."""

    name: Name
    type: FieldType = "text"


class Check(Strict):
    """A point of a check list."""

    key: Key
    zh: Words
    en: Words


class Way(Strict):
    """An allowed next step."""

    to: StepKey
    name: Name | None = None
    """What the way is called; by itself as the step to which it leads."""
    when: Condition | None = None


class Step(Strict):
    """One step of a workflow."""

    name: Name
    handler: Handler = "owner"
    state: Goal = State.PROCESSING
    """The ticket's while it is at the step."""
    within: Amount | None = None
    """Of business time."""
    instruction: Said | None = None
    required: tuple[FieldName, ...] = Field(default=(), max_length=FIELDS_MAX)
    """What has to be filled in before it goes on: of the ticket, or of the workflow's own fields."""
    checks: tuple[Check, ...] = Field(default=(), max_length=CHECKS_MAX)
    """All have to be passed before it goes on."""
    visit: bool = False
    """Somebody comes to the customer; the agreed time has to be known before it goes on."""
    next: tuple[Way, ...] = Field(default=(), max_length=NEXT_MAX)

    @property
    def is_end(self) -> bool:
        """Whether the ticket's matter is over here."""
        return self.state in {State.RESOLVED, State.CLOSED}


class Fits(Strict):
    """Which tickets begin in it."""

    type: tuple[TicketType, ...] = Field(min_length=1, max_length=FITS_MAX)
    category: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = Field(
        default=(), max_length=FITS_MAX
    )
    """Of these categories alone; it comes before a workflow for all categories."""

    def pairs(self) -> Iterator[tuple[TicketType, str]]:
        """Each type with each category; "" is every one."""
        return ((type_, category) for type_ in self.type for category in self.category or ("",))


class Written(Strict):
    """All that a file says of a workflow."""

    name: Name
    tickets: Fits
    calendar: Calendar | None = None
    """In which the time limits of its steps count."""
    start: StepKey
    fields: dict[FieldName, OwnField] = Field(default_factory=dict, max_length=FIELDS_MAX)
    steps: dict[StepKey, Step] = Field(min_length=1, max_length=STEPS_MAX)


class Workflow(Strict):
    """A workflow that is right, under the name of its file."""

    key: Key
    written: Written
    text: str
    """As it is written."""

    @property
    def digest(self) -> str:
        """By which this version is told from others."""
        return sha256(self.text.encode()).hexdigest()[:DIGEST_CHARACTERS]

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What its expressions know."""
        own = {name: KINDS[field.type] for name, field in self.written.fields.items()}
        return {**FACTS, **own}

    def step(self, key: str) -> Step:
        """Raises `KeyError` where there is none."""
        return self.written.steps[key]

    def limit(self, key: str) -> tuple[timedelta, str] | None:
        """How long a step may take, and by which calendar."""
        within, calendar = self.step(key).within, self.written.calendar
        return (within, calendar) if within is not None and calendar is not None else None


def chosen(workflows: Mapping[str, Workflow], type_: TicketType, category: str) -> Workflow | None:
    """The workflow in which such a ticket begins: one for its category, else one for its type alone."""
    by_pair = {pair: one for one in workflows.values() for pair in one.written.tickets.pairs()}
    return by_pair.get((type_, category)) or by_pair.get((type_, ""))
