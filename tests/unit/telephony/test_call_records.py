"""Asterisk's own records of calls, as the ledger reads them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telephony.asterisk import call_records
from telephony.asterisk.call_records import MARGIN, CallRecords
from telephony.ledger_rules import SwitchRecord
from telephony.model import NUMBER_LENGTH_MAX, Outcome, Phase
from telephony.trunks import NumberRules

MB = 1_000_000
Read = Callable[..., list[SwitchRecord]]
CALL, LEG = "hotline-1795327588.11", "leg-hotline-1795327588.11-1"
NOTED = '"13930000001","4000","network"'
FIRST_PART = f'"{CALL}","","","1795327588.342656","1795327599.264053","","","",""'
LAST_PART = f'"{CALL}","served","{LEG}","1795327603.244887","1795327603.245262",{NOTED},"{CALL}"'
LEGS_PART = f'"{LEG}","served","{LEG}","1795327589.009010","1795327603.244723",{NOTED},"{CALL}"'


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The calls of a file with these lines."""

    def read(*lines: str) -> list[SwitchRecord]:
        file = tmp_path / "calls.csv"
        file.write_text("".join(f"{line}\n" for line in lines))
        return CallRecords(file, {}, bytes_max=MB).since(None)

    return read


def test_a_calls_parts_are_one_record(read: Read) -> None:
    (record,) = read(FIRST_PART, LAST_PART)
    assert (record.arrival.call, record.phase, record.joined_leg) == (CALL, Phase.SERVED, LEG)
    assert record.arrival.at.timestamp() == 1795327588.342656
    assert record.ended_at.timestamp() == 1795327603.245262


def test_an_agents_leg_is_no_call_though_asterisk_copies_what_the_callers_end_noted(read: Read) -> None:
    records = read(LEGS_PART, FIRST_PART, LAST_PART)
    assert [record.arrival.call for record in records] == [CALL]


@pytest.mark.parametrize("is_legs_first", [True, False])
def test_a_call_whose_caller_hung_up_in_the_conversation_lasted_as_long_as_that(
    read: Read, *, is_legs_first: bool
) -> None:
    """Asterisk writes the conversation down with the agent's leg alone."""
    until_joined = f'"{CALL}","talking","{LEG}","1795327588.342656","1795327589.109010",{NOTED},"{CALL}"'
    lines = [LEGS_PART, until_joined] if is_legs_first else [until_joined, LEGS_PART]
    (record,) = read(*lines)
    assert (record.phase, record.ended_at.timestamp()) == (Phase.TALKING, 1795327603.244723)


@pytest.mark.parametrize(("noted", "decided"), [(',"rejected"', Outcome.REJECTED), (',""', None), ("", None)])
def test_what_the_dead_server_had_decided_is_told_by_lines_that_note_it(
    read: Read, noted: str, decided: Outcome | None
) -> None:
    (record,) = read(LAST_PART + noted)
    assert (record.decided, record.phase) == (decided, Phase.SERVED)


@pytest.mark.parametrize(
    ("noted", "queue"),
    [
        (',"","##menu#sales#1#1795327588000"', "sales"),
        (',"",""', None),
        (',""', None),
        (',"","###s#x#"', None),
    ],
)
def test_where_a_call_stood_that_the_dead_server_had_is_told_by_lines_that_note_it(
    read: Read, noted: str, queue: str | None
) -> None:
    (record,) = read(LAST_PART.replace("served", "waiting") + noted)
    assert (record.mark.queue if record.mark else None) == queue


@pytest.mark.parametrize(
    "line", ['"half"', LAST_PART[:30], FIRST_PART.replace(".342656", ".34.26"), LAST_PART + FIRST_PART]
)
def test_a_line_that_cannot_be_read_hides_no_other(read: Read, line: str) -> None:
    assert len(read(line, FIRST_PART, LAST_PART)) == 1


@pytest.mark.parametrize("block_bytes", [1_000, 100_000])
def test_only_the_records_that_are_asked_for_cost_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block_bytes: int
) -> None:
    monkeypatch.setattr(call_records, "BLOCK_BYTES", block_bytes)
    numbers: list[str] = []

    def read(_rules: NumberRules, raw: str) -> str:
        numbers.append(raw)
        return raw

    monkeypatch.setattr(NumberRules, "read", read)
    asked = datetime(2026, 11, 22, 12, tzinfo=UTC)
    oldest = asked - MARGIN - timedelta(minutes=30)
    file = tmp_path / "calls.csv"
    file.write_text("".join(ends(oldest + timedelta(minutes=minute), str(minute)) for minute in range(60)))
    found = CallRecords(file, {}, bytes_max=MB).since(asked)
    wanted = [str(minute) for minute in range(30, 60)]
    assert [record.arrival.caller_number for record in found] == numbers == wanted
    assert {record.ended_at - record.arrival.at for record in found} == {timedelta(hours=3)}


def test_a_file_that_grew_long_is_put_aside_and_still_tells_its_calls(tmp_path: Path) -> None:
    file, now = tmp_path / "calls.csv", datetime.now(UTC)
    records = CallRecords(file, {}, bytes_max=100)
    records.trim(now)
    with file.open("a") as writing:
        writing.write(ends(now, "1"))
        writing.flush()
        records.trim(now)
        writing.write(ends(now, "2"))
    file.write_text(ends(now, "3"))
    assert [record.arrival.call for record in records.since(None)] == ["1", "2", "3"]
    assert [record.arrival.call for record in records.since(now)] == ["1", "2", "3"]


def test_what_was_put_aside_stays_until_its_calls_are_known(tmp_path: Path) -> None:
    file, now = tmp_path / "calls.csv", datetime.now(UTC)
    records = CallRecords(file, {}, bytes_max=100)
    for call in ("1", "2"):
        file.write_text(ends(now, call))
        records.trim(now)
    assert [record.arrival.call for record in records.since(now)] == ["1", "2"]
    records.trim(now + 2 * MARGIN)
    assert [record.arrival.call for record in records.since(now)] == ["2"]
    assert [each.name for each in tmp_path.iterdir()] == ["calls.csv.1"]


def test_a_short_file_stays_where_it_is(tmp_path: Path) -> None:
    file, now = tmp_path / "calls.csv", datetime.now(UTC)
    file.write_text(ends(now, "1"))
    CallRecords(file, {}, bytes_max=MB).trim(now + 2 * MARGIN)
    assert [each.name for each in tmp_path.iterdir()] == ["calls.csv"]


def ends(at: datetime, number: str) -> str:
    """The two lines that the switch writes at the end of a call of three hours."""
    began, between = (at - timedelta(hours=3)).timestamp(), (at - timedelta(hours=2)).timestamp()
    first = f'"{number}","","","{began}","{between}","","","",""'
    return f'{first}\n"{number}","menu","","{between}","{at.timestamp()}","{number}","4000","network",""\n'


def test_numbers_longer_than_any_real_one_are_cut(read: Read) -> None:
    noted = f'"{"7" * 79}","{"4" * 79}","network"'
    line = f'"{CALL}","menu","","1795327588.342656","1795327599.264053",{noted},"{CALL}"'
    (record,) = read(line)
    assert record.arrival.caller_number == "7" * NUMBER_LENGTH_MAX
    assert record.arrival.dialled == "4" * NUMBER_LENGTH_MAX
