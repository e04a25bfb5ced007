"""Entries of the blacklist and the warning list as rows of a CSV file. No I/O."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import StringIO

from customers.listing import REASON_MAX, Kind, Manner, Sort, Wish
from kernel.text import harmless

LINES_MAX = 2000
_COLUMNS: Mapping[str, str] = {
    "list": "list",
    "名单": "list",
    "kind": "kind",
    "类型": "kind",
    "number": "number",
    "号码": "number",
    "reason": "reason",
    "原因": "reason",
    "manner": "manner",
    "方式": "manner",
    "until": "until",
    "有效期至": "until",
}
_SORTS = {"blocked": Sort.BLOCKED, "黑名单": Sort.BLOCKED, "warned": Sort.WARNED, "警示名单": Sort.WARNED}
_KINDS = {
    "": Kind.NUMBER,
    "number": Kind.NUMBER,
    "号码": Kind.NUMBER,
    "prefix": Kind.PREFIX,
    "号段": Kind.PREFIX,
    "withheld": Kind.WITHHELD,
    "匿名": Kind.WITHHELD,
}
_MANNERS = {
    "": Manner.TEXT,
    "text": Manner.TEXT,
    "提示": Manner.TEXT,
    "reject": Manner.REJECT,
    "拒接": Manner.REJECT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of the file that can be read."""

    line: int
    """From 1, the line of the names of the columns."""
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line that cannot be used, and why."""

    line: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file, line by line."""

    rows: Sequence[Row]
    faults: Sequence[Fault]


def read_table(text: str) -> Table:
    """The rows, and every line that is wrong; columns are named in English or Chinese, in any order."""
    lines = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""))
    rows: list[Row] = []
    faults: list[Fault] = []
    try:
        head = [_COLUMNS.get(name.strip().lower(), "") for name in next(lines, [])]
        if not {"list", "number", "reason"} <= set(head):
            return Table(rows=(), faults=(Fault(line=1, code="columns_missing"),))
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) + len(faults) >= LINES_MAX:
                faults.append(Fault(line=lines.line_num, code="too_many_lines"))
                break
            named = dict(zip(head, (harmless(cell).strip() for cell in cells), strict=False))
            read = _wish(named)
            if isinstance(read, Wish):
                rows.append(Row(line=lines.line_num, wish=read))
            else:
                faults.append(Fault(line=lines.line_num, code=read))
    except csv.Error:
        faults.append(Fault(line=lines.line_num, code="not_csv"))
    return Table(rows=tuple(rows), faults=tuple(faults))


def _wish(cells: Mapping[str, str]) -> Wish | str:
    sort = _SORTS.get(cells["list"].lower())
    kind = _KINDS.get(cells.get("kind", "").lower())
    manner = _MANNERS.get(cells.get("manner", "").lower())
    if sort is None:
        return "unknown_list"
    if kind is None or manner is None:
        return "unknown_kind" if kind is None else "unknown_manner"
    if not 0 < len(cells.get("reason", "")) <= REASON_MAX:
        return "reason_missing"
    try:
        until = _until(cells.get("until", ""))
    except ValueError:
        return "not_a_moment"
    return Wish(
        sort=sort,
        kind=kind,
        value=cells.get("number", "")[:40],
        reason=cells["reason"],
        manner=manner,
        until=until,
    )


def _until(text: str) -> datetime | None:
    """With its offset, such as 2026-12-31T18:00+08:00: nothing is guessed of where it is meant."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("without an offset")
    return moment
