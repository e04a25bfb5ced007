"""Experts: people elsewhere who take no calls of queues, and know what agents ask about."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from infra.last_good import Edited
from kernel.errors import InvalidInput
from kernel.site_yaml import Key, Strict, document_of, line_of
from kernel.written import SkillLevel, SkillName, in_plain_words
from staff.errors import ExpertsFileInvalid

NUMBERS_MAX = 5
ReadNumber = Callable[[str], str]
"""A number in its one spelling; raises `InvalidInput` for what is none."""
EXPERT_NAME_MAX = 80
_Line = Annotated[str, Field(max_length=EXPERT_NAME_MAX, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Number = Annotated[str, Field(min_length=1, max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expert:
    """Somebody who knows what agents ask about."""

    key: str
    name: str
    numbers: tuple[str, ...]
    """In their one spelling, in the order in which they are to be tried."""
    skills: Mapping[str, int] = field(default_factory=dict)
    department: str = ""
    note: str = ""
    language: str = ""
    """In which they are asked to press the key that takes a call; "": the site's."""


Experts = Mapping[str, Expert]
"""By key."""
ExpertDirectory = Edited[Experts]


class _Written(Strict):
    name: Annotated[_Line, Field(min_length=1)]
    numbers: Annotated[list[_Number], Field(min_length=1, max_length=NUMBERS_MAX)]
    skills: dict[SkillName, SkillLevel] = Field(default_factory=dict)
    department: _Line = ""
    note: _Line = ""
    language: Literal["zh", "en"] | None = None


def parse_experts(text: str, read_number: ReadNumber, *, name: str = "experts.yaml") -> Experts:
    """The experts of a site; raises `ExpertsFileInvalid` with file and line."""
    document = document_of(text, name, ExpertsFileInvalid)
    listed = document.get("experts") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise ExpertsFileInvalid(name, 1, "needs `experts:` with the people below it")
    return {key: _expert(name, listed, key, read_number) for key in listed}


def _expert(name: str, listed: Any, key: Any, read_number: ReadNumber) -> Expert:
    try:
        Key(key=key)
        written = _Written.model_validate(listed[key])
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"] if first["loc"] != ("key",) else ()
        what = ".".join(str(part) for part in place) or "the expert"
        line = line_of(listed, (key, *place))
        raise ExpertsFileInvalid(name, line, f"{key}: {what}: {in_plain_words(first)}") from error
    try:
        numbers = tuple(map(read_number, written.numbers))
    except InvalidInput as error:
        line = line_of(listed, (key, "numbers"))
        raise ExpertsFileInvalid(name, line, f"{key}: numbers: {error}") from error
    return Expert(
        key=key,
        name=written.name,
        numbers=numbers,
        skills=written.skills,
        department=written.department,
        note=written.note,
        language=written.language or "",
    )


def found(experts: Iterable[Expert], text: str, skill: str = "") -> Sequence[Expert]:
    """Who has the text in what is known of them, and the skill: who has it most first, then by name."""
    wanted = text.casefold().strip()
    fits = (one for one in experts if _matches(one, wanted) and (not skill or skill in one.skills))
    return sorted(fits, key=lambda one: (-one.skills.get(skill, 0), one.name, one.key))


def _matches(expert: Expert, wanted: str) -> bool:
    known = (expert.key, expert.name, expert.department, expert.note, *expert.skills)
    digits = "".join(filter(str.isdigit, wanted)).lstrip("0")
    is_number = bool(digits) and not any(map(str.isalpha, wanted))
    has_number = is_number and any(digits in number for number in expert.numbers)
    return has_number or any(wanted in part.casefold() for part in known)
