"""Asterisk's own records of ended calls (`calls.csv`), for the time when the server was dead."""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from kernel.ids import CallId, LegId
from telephony.asterisk.status import arrival_of
from telephony.ledger_rules import SwitchRecord
from telephony.model import Outcome, Phase
from telephony.trunks import NumberRules

READ_BYTES_MAX = 16 * 1024 * 1024
"""The newest part of the file: some 80000 calls."""
MARGIN = timedelta(minutes=5)
_REJECTED = "rejected"
"""What the dialplan notes as the phase of a call that it turned away; no call stands there."""
_FIELDS = ("call", "phase", "leg", "began", "ended", "HL_FROM", "HL_TO", "HL_TRUNK", "HL_CALL", "decided")

_log = structlog.get_logger(__name__)


class CallRecords:
    """Reads the file that `cdr_custom.conf` describes."""

    def __init__(self, file: Path, rules: Mapping[str, NumberRules]) -> None:
        self._file = file
        self._rules = rules

    def since(self, moment: datetime | None) -> list[SwitchRecord]:
        """Calls that ended after `moment` (less a margin); of all that the file's end tells without one."""
        if not self._file.exists():
            return []
        records = read_records(_tail(self._file), self._rules)
        return [record for record in records if moment is None or record.ended_at >= moment - MARGIN]


def read_records(lines: Iterable[str], rules: Mapping[str, NumberRules]) -> list[SwitchRecord]:
    """The calls in these lines. A call has a line for each of its parts; the last tells how it ended."""
    parts: dict[str, list[dict[str, str]]] = {}
    for values in csv.reader(lines):
        if len(values) == len(_FIELDS) - 1:
            values.append("")  # written before the switch noted what was decided
        if len(values) != len(_FIELDS):
            _log.warning("call_record_unreadable", fields=len(values))
            continue
        part = dict(zip(_FIELDS, values, strict=True))
        if part["HL_CALL"] not in {"", part["call"]}:
            continue  # the leg of an agent, to which Asterisk copied what its caller's end noted
        parts.setdefault(part["call"], []).append(part)
    return [_record(call, found, rules) for call, found in parts.items() if found[-1]["HL_TRUNK"]]


def _record(call: str, parts: list[dict[str, str]], rules: Mapping[str, NumberRules]) -> SwitchRecord:
    last = parts[-1]
    began = _moment(parts[0]["began"])
    return SwitchRecord(
        arrival=arrival_of(CallId(call), began, "", last, rules),
        phase=Phase(last["phase"]) if last["phase"] in set(Phase) else None,
        joined_leg=LegId(last["leg"]) if last["leg"] else None,
        decided=Outcome(last["decided"]) if last["decided"] in set(Outcome) else None,
        is_rejected=last["phase"] == _REJECTED,
        ended_at=_moment(last["ended"]),
    )


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _tail(file: Path) -> list[str]:
    with file.open("rb") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(0, size - READ_BYTES_MAX))
        lines = stream.read().decode("utf-8", "replace").splitlines()
    return lines[1:] if size > READ_BYTES_MAX else lines
