"""Exit codes: what scripts learn from a command besides its words."""

import json
import os
from pathlib import Path

import pytest

from server import cli

BAD_YAML, NOT_UTF8 = b"start: [\n", b"start: a\nnodes: {a: {type: hangup, text: \xb9\xfe}}\n"


@pytest.fixture(autouse=True)
def _empty_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HOTLINE_CONFIG", os.devnull)


def exit_code(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["hotline", *words])
    with pytest.raises(SystemExit) as ended:
        cli.hotline()
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize(
    "words",
    [
        ("call", "--to", "SIP/evil"),
        ("call", "--to", "4001", "--wav", "/nowhere.wav"),
        ("ivr", "check", "/nowhere.yaml"),
        ("ivr", "try", "/nowhere.yaml"),
        ("drill", "kill", "--states", "asleep"),
        ("speech", "say", "", "--lang", "zh"),
        ("speech", "score", "--model", "/nowhere", "--tsv", "/nowhere.tsv"),
        ("test", "tests/unit/no_such_file.py"),
        ("bench", "routing", "--picture", "/nowhere/a.svg"),
        ("bench", "routing", "--sizes", "10/100,500"),
        ("tls", "two words"),
        ("staff", "add", "two words"),
    ],
)
def test_what_cannot_be_meant_is_2(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    assert exit_code(monkeypatch, *words) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("call", "--to", "4001"),
        ("staff", "list"),
        ("staff", "password", "lijing"),
        ("trunk", "test", "loopback"),
    ],
)
def test_what_cannot_be_done_before_the_first_start_is_1(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(monkeypatch, *words) == 1
    assert "./hotline run" in capsys.readouterr().err


def test_wrong_settings_are_the_result_of_their_check_and_bad_input_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOTLINE_WEB__PORT", "x")
    assert (exit_code(monkeypatch, "check-config"), exit_code(monkeypatch, "staff", "list")) == (1, 2)


@pytest.mark.parametrize("name", ["f.yaml", "calendars.yaml", "numbers.yaml", "queues.yaml"])
@pytest.mark.parametrize("content", [BAD_YAML, NOT_UTF8])
def test_a_file_that_nobody_can_read_is_a_finding_of_its_check(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    content: bytes,
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert exit_code(monkeypatch, "ivr", "check", str(file), "--json") == 1
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert (error["code"], error["file"], error["line"]) == ("bad_yaml", str(file), 2)
