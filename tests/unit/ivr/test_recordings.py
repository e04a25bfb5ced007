"""Recordings of people in flows: played instead of a voice, which says their words where the file is gone."""

import json
import os
import shutil
import wave
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from ivr.check import check_files
from ivr.recordings import known_recordings, recording_file
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from server.cli import app
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

SPOKEN = "您好，欢迎致电。"


def sound(path: Path, *, seconds: float = 1.0, rate: int = 8_000, level: int = 3_000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        wanted = int(rate * seconds)
        file.writeframes(
            (level.to_bytes(2, "little") * 4 + (-level).to_bytes(2, "little", signed=True) * 4) * wanted
        )
    os.truncate(path, 44 + wanted * 2)
    return path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Its welcome is a recording in Chinese, and in English spoken by a voice."""
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    flow = """\
start: welcome
nodes:
  welcome:
    type: say
    text:
      zh:
        - {recording: welcome, words: 您好，欢迎致电。}
        - {en: {recording: english, words: For English press nine}}
      en: Welcome.
    next: bye
  bye: {type: hangup}
"""
    (site / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    return site


async def test_a_recording_is_heard_instead_of_a_voice_and_a_new_one_on_the_next_call(
    office: Office, site: Path
) -> None:
    service = office.service(site)
    first = ScriptedLine()
    await service.handle(first)
    assert office.said[:2] == [SPOKEN, "For English press nine"]
    recording = sound(site / "recordings" / "zh" / "welcome.wav")
    sound(site / "recordings" / "en" / "english.wav")
    said = len(office.said)
    second = ScriptedLine()
    await service.handle(second)
    assert second.heard[:2] == ["welcome", "english"]
    assert len(office.said) == said + (len(first.heard) - 2)
    recording.unlink()
    third = ScriptedLine()
    await service.handle(third)
    assert third.heard[0] != "welcome"
    assert third.heard[1] == "english"


async def test_a_recording_that_is_gone_is_logged_once(office: Office, site: Path) -> None:
    service = office.service(site)
    with capture_logs() as logs:
        await service.handle(ScriptedLine())
        await service.handle(ScriptedLine())
    missing = [each for each in logs if each["event"].startswith("a recording cannot be played")]
    assert [(each["name"], each["language"]) for each in missing] == [("welcome", "zh"), ("english", "en")]


def test_what_is_no_telephone_sound_is_not_played_and_told_by_the_check(site: Path) -> None:
    sound(site / "recordings" / "zh" / "welcome.wav", rate=16_000)
    (site / "recordings" / "en").mkdir()
    (site / "recordings" / "en" / "english.wav").write_bytes(b"RIFF")
    sound(site / "recordings" / "zh" / "endless.wav", seconds=181)
    sound(site / "recordings" / "zh" / "Not a name.wav")
    known = known_recordings(site, IvrSettings())
    assert set(known) == {("zh", "welcome"), ("zh", "endless"), ("en", "english")}
    assert "8 kHz" in known["zh", "welcome"]
    assert "longer than 180 s" in known["zh", "endless"]
    files = SiteFiles(site, IvrSettings())
    files.refresh()
    assert files.site.recordings == {}
    found = check_files([site / "flows" / "main.yaml"], lambda _: site, IvrSettings())
    assert [(one.code, one.line) for one in found] == [("bad_recording", 7), ("bad_recording", 8)]
    sound(site / "recordings" / "zh" / "welcome.wav")
    sound(site / "recordings" / "en" / "english.wav")
    assert check_files([site / "flows" / "main.yaml"], lambda _: site, IvrSettings()) == []


def test_the_path_of_a_recording_leads_nowhere_else(tmp_path: Path) -> None:
    assert recording_file(tmp_path, ("zh", "welcome")) == tmp_path / "recordings" / "zh" / "welcome.wav"


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["ivr", *words])
    return done.exit_code, done.stdout, done.stderr


def test_recordings_are_added_listed_and_removed_by_command(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(site.parent))
    source = sound(tmp_path / "欢迎.wav", rate=44_100, seconds=1)
    code, out, _ = run("recording", "add", str(source), "--name", "welcome", "--lang", "zh", "--json")
    line = json.loads(out)
    assert (code, line["name"], line["language"], line["fault"]) == (0, "welcome", "zh", "")
    assert known_recordings(site, IvrSettings()) == {("zh", "welcome"): ""}
    code, out, _ = run("recording", "list", "--json")
    assert json.loads(out)["items"] == [line | {"flows": ["main"]}]
    assert "welcome" in run("recording", "list")[1]
    (error,) = check_files([site / "flows" / "main.yaml"], lambda _: site, IvrSettings())
    assert (error.code, "'english' in 'en'" in error.message) == ("missing_recording", True)
    assert run("recording", "remove", "welcome", "--lang", "zh")[0] == 0
    code, _, err = run("recording", "remove", "welcome", "--lang", "zh")
    assert (code, err) == (2, "there is no recording welcome in zh\n")


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"<html>", "welcome", "no sound file of a kind that is known"),
        (b"RIFF0000WAVE", "../welcome", "a recording's name has at most 40 small letters"),
        (b"", "welcome", "it is empty"),
    ],
)
def test_what_cannot_be_a_recording_is_refused_with_a_sentence(
    site: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, name: str, sentence: str
) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(site.parent))
    source = site.parent / "source"
    source.write_bytes(content)
    code, _, err = run("recording", "add", str(source), "--name", name, "--lang", "zh")
    assert code == 2
    assert sentence in err
    assert known_recordings(site, IvrSettings()) == {}


def test_what_is_said_by_a_recording_is_shown_when_a_flow_is_tried(site: Path) -> None:
    sound(site / "recordings" / "zh" / "welcome.wav")
    sound(site / "recordings" / "en" / "english.wav")
    code, out, _ = run("try", str(site / "flows" / "main.yaml"), "--json", "--site", str(site))
    steps = [step for step in json.loads(out)["steps"] if step["did"] == "say"]
    assert (code, [(one["text"], one.get("recording")) for one in steps[:2]]) == (
        0,
        [(SPOKEN, "welcome"), ("For English press nine", "english")],
    )
    assert (
        f"{SPOKEN} (recording welcome)"
        in run("try", str(site / "flows" / "main.yaml"), "--site", str(site))[1]
    )
