"""The table of cases in `due_times.md`, read."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from kernel.business_time import Pause
from kernel.calendar import Calendar

TABLE = Path(__file__).parent / "due_times.md"
NO_MOMENTS = {"never", "paused"}


@dataclass(frozen=True)
class Case:
    name: str
    calendar: Calendar
    start: datetime
    amount: timedelta
    pauses: tuple[Pause, ...]
    due: datetime | None


def cases() -> list[Case]:
    text = TABLE.read_text(encoding="utf-8")
    calendars = _calendars(text)
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line.startswith("| ")]
    return [_case([cell.strip() for cell in row], calendars) for row in rows[2:]]


def _calendars(text: str) -> Mapping[str, Calendar]:
    found = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert found is not None
    written = YAML(typ="safe").load(StringIO(found[1]))
    return {name: Calendar.model_validate(one) for name, one in written.items()}


def _case(row: list[str], calendars: Mapping[str, Calendar]) -> Case:
    name, calendar, start, amount, pauses, due = row
    zone = ZoneInfo(calendars[calendar].timezone)
    return Case(
        name=name,
        calendar=calendars[calendar],
        start=_moment(start, zone),
        amount=_amount(amount),
        pauses=tuple(_pauses(pauses, zone)),
        due=None if due in NO_MOMENTS else _moment(due, zone),
    )


def _moment(text: str, zone: ZoneInfo) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _amount(text: str) -> timedelta:
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?", text)
    assert found, text
    return timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))


def _pauses(text: str, zone: ZoneInfo) -> Iterator[Pause]:
    for written in filter(None, text.split(", ")):
        since, until = written.split("–")
        yield Pause(_moment(since.strip(), zone), _moment(until.strip(), zone) if until.strip() else None)
