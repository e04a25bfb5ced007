"""`hotline speech`, as scripts rely on it."""

import asyncio
import json
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import OF_INPUT, app
from tests.voices import MODELS, Line
from tests.voices import say as speak


def run(*words: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["speech", *words])
    return done.exit_code, done.stdout, done.stderr


def refused(*words: str) -> str:
    """The sentence with which input is refused."""
    refusal = CliRunner().invoke(app, ["speech", *words]).exception
    assert isinstance(refusal, OF_INPUT)
    return str(refusal)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path / "var"))


def test_normalised_prints_the_words() -> None:
    assert run("say", "订单A1024共￥8.50", "--lang", "zh", "--normalised") == (
        0,
        "订单 A 幺零二四 共八元五角\n",
        "",
    )


def test_say_writes_telephone_audio(tmp_path: Path) -> None:
    out = tmp_path / "hello.wav"
    code, printed, _ = run("say", "Press 1", "--lang", "en", "--out", str(out), "--json")
    assert (code, json.loads(printed)) == (0, {"words": "Press one", "file": str(out)})
    with wave.open(str(out)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8_000, 1, 2)


def test_nothing_to_say_is_bad_input() -> None:
    for text in ("。", "😀", "\u200b"):
        assert refused("say", text, "--lang", "zh") == "there is nothing to say in this text"
        assert refused("say", text, "--lang", "en", "--normalised") == "there is nothing to say in this text"


def test_a_text_that_no_prompt_may_have_is_bad_input_for_its_words_too() -> None:
    refusal = refused("say", "长" * 2_001, "--normalised")
    assert refusal == "a prompt has at most 2000 characters, this has 2001"


def test_score_counts_what_was_heard_wrong(tmp_path: Path) -> None:
    asyncio.run(speak("zh", [Line("洗衣机 漏水 退款", tmp_path / "a.wav")]))
    table = tmp_path / "said.tsv"
    table.write_text("a.wav\t洗衣机 漏水 退款\na.wav\t洗衣机 漏水 投诉\n", encoding="utf-8")
    code, out, _ = run("score", "--model", str(MODELS / "zh"), "--tsv", str(table), "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["utterances"], found["words"], found["word_errors"]) == (2, 6, 1)
    assert found["word_error_rate"] == pytest.approx(1 / 6)
    assert found["character_errors"] == 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two recordings with their texts."""
    made = tmp_path / "recordings"
    made.mkdir()
    said = {"a": "洗衣机 漏水 退款", "b": "电话 幺三八"}
    asyncio.run(speak("zh", [Line(text, made / f"{name}.wav") for name, text in said.items()]))
    (made / "a.txt").write_text("洗衣机漏水，退款。\n", encoding="utf-8")
    (made / "b.txt").write_text("电话一三七", encoding="utf-8")
    return made


def test_score_tells_each_recording_of_a_folder_and_all_together(folder: Path) -> None:
    code, out, _ = run("score", "--model", str(MODELS / "zh"), "--folder", str(folder), "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["language"], found["counted_by"]) == ("zh", "characters")
    assert [each["error_rate"] for each in found["files"]] == [0, 1 / 5]
    assert found["error_rate"] == 1 / 12, "marks and blanks are not spoken, and 幺 is written 一 too"
    code, out, _ = run("score", "--model", str(MODELS / "zh"), "--folder", str(folder))
    assert "b.wav" in out
    assert "heard: 电话 一 三 八" in out
    assert "error rate of zh, by characters: 8.3%" in out


def test_score_takes_the_model_that_is_set(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentence = refused("score", "--folder", str(folder))
    assert "no model is set for zh" in sentence
    monkeypatch.setenv("HOTLINE_SPEECH__RECOGNITION__MODELS", json.dumps({"zh": str(MODELS / "zh")}))
    code, out, _ = run("score", "--folder", str(folder), "--json")
    assert (code, json.loads(out)["utterances"]) == (0, 2)


def test_score_names_what_is_missing(folder: Path, tmp_path: Path) -> None:
    model = ("--model", str(MODELS / "zh"))
    (folder / "b.txt").unlink()
    assert "lies beside b.wav" in refused("score", *model, "--folder", str(folder))
    assert "there is no such folder" in refused("score", *model, "--folder", str(tmp_path / "none"))
    assert "there are no recordings" in refused("score", *model, "--folder", str(tmp_path))
    assert "either --tsv FILE or --folder DIR" in refused("score", *model)
    table = tmp_path / "said.tsv"
    table.write_text("none.wav\t您好\n", encoding="utf-8")
    assert f"{table}:1: there is no file" in refused("score", *model, "--tsv", str(table))
    (folder / "b.wav").write_text("no sound")
    (folder / "b.txt").write_text("您好", encoding="utf-8")
    assert "b.wav is not 16-bit mono WAV" in refused("score", *model, "--folder", str(folder))


def test_score_names_a_bad_model_and_a_bad_list(tmp_path: Path) -> None:
    table = tmp_path / "said.tsv"
    table.write_text("no tab here\n", encoding="utf-8")
    wrong_list = refused("score", "--model", str(MODELS / "zh"), "--tsv", str(table))
    assert f"{table}:1: a tab is missing" in wrong_list
    (tmp_path / "a.wav").write_bytes(b"")
    table.write_text("a.wav\t您好", encoding="utf-8")
    code, _, error = run("score", "--model", str(tmp_path), "--tsv", str(table))
    assert code == 2
    assert "does not contain model files" in error
