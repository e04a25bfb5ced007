"""Asterisk's own records of ended calls (`calls.csv`), for the time when the server was dead."""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import structlog

from kernel.ids import CallId, LegId
from telephony.asterisk.end_reasons import reason_of_record
from telephony.asterisk.mark_variables import to_mark
from telephony.asterisk.status import arrival_of
from telephony.ledger_rules import SwitchRecord
from telephony.model import CallMark, EndReason, Outcome, Phase
from telephony.trunks import NumberRules

READ_BYTES_MAX = 64 * 1024 * 1024
"""The newest part of a file: some 300,000 calls."""
BLOCK_BYTES = 64 * 1024
"""Some 300 lines, which are read at a time."""
MARGIN = timedelta(minutes=5)
_REJECTED = "rejected"
"""What the dialplan notes as the phase of a call that it turned away; no call stands there."""

_log = structlog.get_logger(__name__)


class _Part(NamedTuple):
    """One line, as `cdr_custom.conf` describes it."""

    call: str
    phase: str
    leg: str
    began_at: datetime
    ended_at: datetime
    caller_number: str
    dialled: str
    trunk: str
    noted_call: str
    decided: str = ""
    """This and the next are missing in what was written before the switch noted them."""
    mark: str = ""
    cause: str = ""


class CallRecords:
    """Reads the file that `cdr_custom.conf` describes, and the one that was put aside before it."""

    def __init__(self, file: Path, rules: Mapping[str, NumberRules], *, bytes_max: int) -> None:
        self._file = file
        self._aside = file.with_suffix(".csv.1")
        self._rules = rules
        self._bytes_max = bytes_max
        self._one_at_a_time = Lock()
        """No file changes its name under somebody who reads one after the other."""

    def since(self, moment: datetime | None) -> list[SwitchRecord]:
        """Calls that ended after `moment` (less a margin); of all that the file's end tells without one."""
        wanted_from = moment - MARGIN if moment else None
        blocks: list[list[_Part]] = []
        with self._one_at_a_time:
            for lines in chain(_blocks(self._file), _blocks(self._aside)):
                blocks.append(parts := _parts(lines))
                # A whole block, for a line alone may be older than those before it: it is written when its
                # call has ended, and may tell of that call's first part.
                if wanted_from and parts and max(part.ended_at for part in parts) < wanted_from:
                    break
        return _records(chain.from_iterable(reversed(blocks)), self._rules, wanted_from)

    def trim(self, told_until: datetime) -> None:
        """Puts the file aside if it has grown long, and what was put aside before goes.

        It is renamed, for Asterisk opens it anew for every line: none is lost, and the next begins a new one.
        What was put aside stays as long as calls in it that ended after `told_until` (less a margin) may be
        asked for.
        """
        with self._one_at_a_time:
            if _size(self._file) <= self._bytes_max:
                return
            if self._aside.exists() and _last_written(self._aside) >= told_until - MARGIN:
                _log.warning("call_records_long", told_until=told_until.isoformat())
                return
            self._file.replace(self._aside)


def _records(
    parts: Iterable[_Part], rules: Mapping[str, NumberRules], wanted_from: datetime | None
) -> list[SwitchRecord]:
    """A call has a line for each of its parts; the last tells how it ended.

    A conversation stands in the line of the agent's leg alone, to which Asterisk copied what its caller's end
    noted: a call goes on as long as that.
    """
    calls: dict[str, list[_Part]] = {}
    talked_until: dict[str, datetime] = {}
    for part in parts:
        if part.noted_call in {"", part.call}:
            calls.setdefault(part.call, []).append(part)
        else:
            known = talked_until.get(part.noted_call, part.ended_at)
            talked_until[part.noted_call] = max(known, part.ended_at)
    found = []
    for call, lines in calls.items():
        last = lines[-1]
        ended_at = max(last.ended_at, talked_until.get(call, last.ended_at))
        if last.trunk and (wanted_from is None or ended_at >= wanted_from):
            found.append(_record(lines[0], last, ended_at, rules))
    return found


def _record(first: _Part, last: _Part, ended_at: datetime, rules: Mapping[str, NumberRules]) -> SwitchRecord:
    noted = {"HL_FROM": last.caller_number, "HL_TO": last.dialled, "HL_TRUNK": last.trunk}
    return SwitchRecord(
        arrival=arrival_of(CallId(last.call), first.began_at, "", noted, rules),
        phase=Phase(last.phase) if last.phase in set(Phase) else None,
        joined_leg=LegId(last.leg) if last.leg else None,
        decided=Outcome(last.decided) if last.decided in set(Outcome) else None,
        mark=_mark(last),
        is_rejected=last.phase == _REJECTED,
        why=_why(last),
        ended_at=ended_at,
    )


def _why(last: _Part) -> EndReason | None:
    """Of a customer who was called and did not answer."""
    if last.phase != Phase.DIALLING or not last.cause.isdecimal():
        return None
    return reason_of_record(int(last.cause))


def _mark(last: _Part) -> CallMark | None:
    return to_mark({"HL_MARK": last.mark, "HL_PHASE": last.phase}) if last.mark else None


def _parts(lines: Iterable[str]) -> list[_Part]:
    found = []
    for line in filter(None, lines):
        try:
            # Each by itself: a line that a full disk cut off may open a quote that nothing closes.
            call, phase, leg, began, ended, *noted = next(csv.reader([line]))
            found.append(_Part(call, phase, leg, _moment(began), _moment(ended), *noted))
        except (TypeError, ValueError, OverflowError, csv.Error):
            _log.warning("call_record_unreadable", characters=len(line))
    return found


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _blocks(file: Path) -> Iterator[list[str]]:
    """The file's lines, a block at a time, the newest block first."""
    if not file.exists():
        return
    with file.open("rb") as stream:
        start = stream.seek(0, os.SEEK_END)
        last = max(0, start - READ_BYTES_MAX)
        cut = b""
        while start > last:
            size = min(BLOCK_BYTES, start - last)
            start -= size
            stream.seek(start)
            block = stream.read(size) + cut
            cut, _, whole = block.partition(b"\n") if start else (b"", b"", block)
            yield whole.decode("utf-8", "replace").split("\n")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _last_written(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
