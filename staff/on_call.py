"""On-call lists: who is rung on their mobiles at which time, one after another."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from infra.last_good import Edited
from kernel.calendar import MINUTES_PER_DAY, WEEK, WeekDay, minute_of_day
from kernel.site_yaml import Key, Strict, document_of, line_of
from kernel.written import Timezone, in_plain_words
from staff.errors import OnCallFileInvalid

PEOPLE_MAX = 20
SHIFTS_MAX = 100
_Text = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Person = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
_People = Annotated[tuple[_Person, ...], Field(max_length=PEOPLE_MAX)]


def _hours(written: object) -> object:
    if not isinstance(written, str):
        return written
    since, dash, until = written.partition("-")
    if not dash:
        raise ValueError(f"{written!r} is not a span such as 18:00-09:00")
    return minute_of_day(since), minute_of_day(until)


class Shift(Strict):
    """Who is on call at certain times."""

    days: tuple[WeekDay, ...] = WEEK
    since: date | None = None
    """The first day on which it counts."""
    until: date | None = None
    """The last one."""
    hours: Annotated[tuple[int, int], BeforeValidator(_hours)] = (0, MINUTES_PER_DAY)
    """In minutes of the day. Hours over midnight belong to the day on which they begin; from one time to the
    same time is a whole day."""
    people: _People = ()
    """Keys of experts, rung in this order. Nobody: then nobody is on call."""
    rota: _People = ()
    """They take turns instead: whose turn it is comes first, and then those after."""
    first_turn: date | None = None
    """The day on which the first one's first turn begins."""
    turn_days: Annotated[int, Field(ge=1, le=366)] = 7

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.rota) and "people" in self.model_fields_set:
            raise ValueError("has people, who are always rung in this order, or a rota: not both")
        if not self.rota and "people" not in self.model_fields_set:
            raise ValueError("needs people, or a rota; write people: [] where nobody is on call")
        if self.rota and self.first_turn is None:
            raise ValueError("a rota needs first_turn, the day on which the first turn begins")
        if self.since and self.until and self.since > self.until:
            raise ValueError("ends before it begins")
        return self

    def day_of(self, local: datetime) -> date | None:
        """The day to whose shift a moment belongs; None if it is in none."""
        day = self._begun(local)
        if day is None or WEEK[day.weekday()] not in self.days:
            return None
        is_within = (self.since or day) <= day <= (self.until or day)
        return day if is_within else None

    def _begun(self, local: datetime) -> date | None:
        since, until = self.hours
        minute = local.hour * 60 + local.minute
        if since < until:
            return local.date() if since <= minute < until else None
        if minute >= since:
            return local.date()
        return local.date() - timedelta(days=1) if minute < until else None

    def people_on(self, day: date) -> tuple[str, ...]:
        """Who is rung, in order."""
        if self.first_turn is None or not self.rota:
            return self.people
        turn = (day - self.first_turn).days // self.turn_days % len(self.rota)
        return (*self.rota[turn:], *self.rota[:turn])


class OnCallList(Strict):
    """Shifts of people; at any moment the first that fits decides."""

    name: _Text
    timezone: Timezone = "Asia/Shanghai"
    shifts: Annotated[tuple[Shift, ...], Field(min_length=1, max_length=SHIFTS_MAX)]

    def people_at(self, now: datetime) -> tuple[str, ...]:
        """The keys of those who are rung at this moment, in order; nobody where no shift fits."""
        local = now.astimezone(ZoneInfo(self.timezone))
        for shift in self.shifts:
            day = shift.day_of(local)
            if day is not None:
                return shift.people_on(day)
        return ()


OnCallLists = Mapping[str, OnCallList]
"""By key."""
OnCallDirectory = Edited[OnCallLists]


@dataclass(frozen=True, slots=True)
class UnknownPerson:
    """Somebody in a list whom the site does not know."""

    key: str
    line: int


def parse_on_call(text: str, *, name: str = "on_call.yaml") -> OnCallLists:
    """The on-call lists of a site; raises `OnCallFileInvalid` with file and line."""
    listed = _listed(text, name)
    return {key: _list_of(name, listed, key) for key in listed}


def unknown_people(
    text: str, known: frozenset[str] | None, *, name: str = "on_call.yaml"
) -> list[UnknownPerson]:
    """Who is in a list, and is no expert (`known`: None if that is not known): nobody would be rung.

    Raises as `parse_on_call`.
    """
    listed = _listed(text, name)
    return [
        UnknownPerson(person, line_of(listed, (key, "shifts", number, field)))
        for key, one in parse_on_call(text, name=name).items()
        for number, shift in enumerate(one.shifts)
        for field in ("people", "rota")
        for person in getattr(shift, field)
        if known is not None and person not in known
    ]


def _listed(text: str, name: str) -> dict[Any, Any]:
    document = document_of(text, name, OnCallFileInvalid)
    listed = document.get("on_call") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise OnCallFileInvalid(name, 1, "needs `on_call:` with the lists below it")
    return listed


def _list_of(name: str, listed: Any, key: Any) -> OnCallList:
    try:
        Key(key=key)
        return OnCallList.model_validate(listed[key])
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"] if first["loc"] != ("key",) else ()
        what = ".".join(str(part) for part in place) or "the list"
        line = line_of(listed, (key, *place))
        raise OnCallFileInvalid(name, line, f"{key}: {what}: {in_plain_words(first)}") from error
