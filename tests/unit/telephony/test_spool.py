"""Whatever lies in the spool, a message in it is found, and nothing else is taken for one."""

import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import CallId
from telephony.spool import About, Part
from telephony.spool_folder import HEADER_BYTES, SpoolFolder

CALL = CallId("hotline-1795320000.12")
AT = datetime(2026, 11, 22, 1, 2, 3, 4, tzinfo=UTC)
ABOUT = About(caller_number="+8613812345678", dialled="4008009000", language="zh")
ENOUGH = 16_000
A_WORD = 800
"""Samples."""

calls = st.from_regex(r"[A-Za-z0-9._-]{1,80}", fullmatch=True).map(CallId)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - strategy adds it
texts = st.text(st.characters(codec=None), max_size=60)
file_names = st.text(
    st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=60
).filter(lambda name: name not in {".", ".."})


def _spool(folder: Path | str) -> SpoolFolder:
    return SpoolFolder(Path(folder), min_s=1.0)


def _speak(spool: SpoolFolder, part: Part, sound_bytes: int = ENOUGH) -> None:
    spool.recording(part).write_bytes(bytes(HEADER_BYTES) + b"\x01" * sound_bytes)


@given(call=calls, at=moments)
def test_a_part_is_found_again_by_its_name(call: CallId, at: datetime) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = _spool(folder)
        part = spool.begin(call, ABOUT, at)
        assert spool.parts() == spool.parts_of(call) == [part] == [Part(call, at)]
        assert spool.about(part) == ABOUT


def test_no_message_begins_that_would_not_fit(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        _spool(tmp_path).begin(CALL, ABOUT, AT, room_for_s=1e12)
    assert _spool(tmp_path).parts() == []


@given(number=texts, dialled=texts, language=texts)
def test_circumstances_come_back_without_what_could_do_harm(number: str, dialled: str, language: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = _spool(folder)
        part = spool.begin(CALL, About(caller_number=number, dialled=dialled, language=language), AT)
        about = spool.about(part)
        assert len(about.caller_number) <= 40
        assert len(about.language) <= 10
        assert "\x00" not in about.caller_number + about.dialled + about.language
        about.caller_number.encode()


@given(written=st.binary(max_size=300) | st.text(max_size=100).map(str.encode))
def test_damaged_circumstances_cost_no_message(written: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = _spool(folder)
        part = spool.begin(CALL, ABOUT, AT)
        _speak(spool, part)
        spool.recording(part).with_suffix(".json").write_bytes(written)
        assert spool.parts() == [part]
        assert isinstance(spool.about(part), About)
        assert spool.has_message(CALL)


def test_a_bottomless_json_costs_no_message(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, ABOUT, AT)
    spool.recording(part).with_suffix(".json").write_bytes(b"[" * 60_000)
    assert spool.about(part) == About()


@given(size=st.integers(0, 3 * ENOUGH))
def test_a_recording_of_any_length_is_whole_samples(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = _spool(folder)
        part = spool.begin(CALL, ABOUT, AT)
        spool.recording(part).write_bytes(b"\x01" * size)
        sound = spool.sound(part)
        assert len(sound) == max(0, size - HEADER_BYTES) // 2 * 2
        assert spool.is_message(part) is (size - HEADER_BYTES >= ENOUGH)


@pytest.mark.parametrize(
    ("loudest", "is_message"), [(0, False), (255, False), (256, True), (-256, True), (-32768, True)]
)
def test_a_recording_that_is_all_silence_is_no_message(
    tmp_path: Path, loudest: int, *, is_message: bool
) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, ABOUT, AT)
    silence = bytes(ENOUGH)
    spoken = loudest.to_bytes(2, "little", signed=True) * A_WORD
    spool.recording(part).write_bytes(bytes(HEADER_BYTES) + silence + spoken + silence)
    assert spool.is_message(part) is is_message


def test_what_is_begun_at_the_same_moment_spoils_nothing(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    parts = []
    for _ in range(3):
        parts.append(spool.begin(CALL, ABOUT, AT))
        _speak(spool, parts[-1])
    assert spool.parts() == parts
    assert len(set(parts)) == 3


def test_a_click_in_silence_is_no_message(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, ABOUT, AT)
    click = b"\x00\x7f" * (A_WORD // 10)
    spool.recording(part).write_bytes(bytes(HEADER_BYTES) + bytes(ENOUGH) + click + bytes(ENOUGH))
    assert not spool.is_message(part)


def test_a_part_may_ask_for_more_than_the_spool_does(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, About(min_s=2.0), AT)
    _speak(spool, part)
    assert not spool.is_message(part)
    _speak(spool, part, 2 * ENOUGH)
    assert spool.is_message(part)


@pytest.mark.parametrize("written", ['"2"', "-1", "1e9", "true", "null", "[]"])
def test_a_wish_that_cannot_be_meant_asks_for_no_more(tmp_path: Path, written: str) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, ABOUT, AT)
    (tmp_path / f"{part.name}.json").write_text(f'{{"min_s": {written}}}', encoding="utf-8")
    _speak(spool, part)
    assert spool.is_message(part)


@pytest.mark.parametrize("first_is_here", [True, False])
def test_who_has_begun_to_speak_anew_has_spoken(tmp_path: Path, *, first_is_here: bool) -> None:
    spool = _spool(tmp_path)
    if first_is_here:
        _speak(spool, spool.begin(CALL, ABOUT, AT))
    spool.begin(CALL, About(is_again=True), AT + timedelta(seconds=9))
    assert spool.was_spoken(CALL)


def test_a_part_that_is_held_is_not_quiet_until_then(tmp_path: Path) -> None:
    spool, now = _spool(tmp_path), datetime.now(UTC)
    part = spool.begin(CALL, ABOUT, AT)
    spool.hold(part, now + timedelta(seconds=90))
    assert not spool.is_quiet(part, now + timedelta(seconds=100), 30.0)
    assert spool.is_quiet(part, now + timedelta(seconds=121), 30.0)


@given(names=st.lists(file_names, max_size=8), suffix=st.sampled_from(["", ".wav", ".json", ".json.part"]))
def test_foreign_files_are_no_messages(names: list[str], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spool = _spool(folder)
        for name in names:
            (Path(folder) / f"{name}{suffix}").write_bytes(b"\x00" * ENOUGH * 2)
        part = spool.begin(CALL, ABOUT, AT)
        assert spool.parts() == [part]


@pytest.mark.parametrize(
    "name",
    [
        "_20261122T010203000004",
        "a_20261322T010203000004",
        "a_20261122T0102",
        "a b_20261122T010203000004",
        "a_20261122T010203000004 ",
        "a_２０261122T010203000004",
        f"{'a' * 81}_20261122T010203000004",
    ],
)
def test_a_name_that_is_nearly_right_is_foreign(tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.wav").write_bytes(b"\x00" * ENOUGH * 2)
    assert _spool(tmp_path).parts() == []


def test_a_folder_with_a_parts_name_is_foreign(tmp_path: Path) -> None:
    (tmp_path / f"{Part(CALL, AT).name}.wav").mkdir()
    assert _spool(tmp_path).parts() == []


def test_a_recording_without_circumstances_is_a_part(tmp_path: Path) -> None:
    spool, part = _spool(tmp_path), Part(CALL, AT)
    _speak(spool, part)
    assert spool.parts() == [part]
    assert spool.about(part) == About()


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert _spool(tmp_path / "not" / "yet").parts() == []


def test_an_attempt_spoils_no_earlier_one_and_the_last_one_says_whether_it_was_spoken(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    assert spool.was_spoken(CALL)
    first = spool.begin(CALL, ABOUT, AT)
    _speak(spool, first)
    assert spool.was_spoken(CALL)
    second = spool.begin(CALL, ABOUT, AT + timedelta(seconds=20))
    assert not spool.was_spoken(CALL)
    _speak(spool, second, 2 * ENOUGH)
    assert [len(spool.sound(part)) for part in spool.parts_of(CALL)] == [ENOUGH, 2 * ENOUGH]
    spool.forget(first)
    assert spool.parts() == [second]


def test_the_switchs_message_taker_starts_without_the_heavy_parts_of_hotline() -> None:
    asked = "import sys, telephony.asterisk.fallback_message; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert not {"asyncio", "pydantic", "sqlalchemy", "structlog", "aiohttp"} & set(modules.split())


def test_a_part_that_is_dealt_with_while_it_is_looked_at_is_quiet_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = _spool(tmp_path)
    part = spool.begin(CALL, ABOUT, AT)
    _speak(spool, part)
    spool.forget(part)
    for looks in ("exists", "is_file"):  # a moment ago
        monkeypatch.setattr(Path, looks, lambda _: True)
    assert spool.is_quiet(part, AT, 30.0)
    assert not spool.is_message(part)
