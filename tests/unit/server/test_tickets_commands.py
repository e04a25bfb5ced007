"""`hotline tickets`, as scripts rely on it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import OF_INPUT, app

TRAIN = "delivery\t快递一直没有送到\ndelivery\t我的快递丢了\nbilling\t话费多扣了\nbilling\t重复扣费\n"
TEST = "delivery\t快递没到\nbilling\t多扣费了\nbilling\t快递\n"


def run(tmp_path: Path, *words: str, train: str | bytes = TRAIN, test: str | bytes = TEST) -> tuple[int, str]:
    for name, content in (("train.tsv", train), ("test.tsv", test)):
        written = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(written)
    files = ["--train", str(tmp_path / "train.tsv"), "--test", str(tmp_path / "test.tsv")]
    done = CliRunner().invoke(app, ["tickets", "classify", *files, *words])
    if isinstance(done.exception, OF_INPUT):
        return 2, str(done.exception).replace(f"{tmp_path}/", "")
    assert done.stderr == ""
    return done.exit_code, done.stdout


def test_json_tells_accuracy_by_class_and_by_confidence(tmp_path: Path) -> None:
    code, out = run(tmp_path, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["by_class"]["billing"] == {"trained": 2, "tested": 2, "accuracy": 0.5, "precision": 1.0}
    assert found["coverage"][0] == {"threshold": 0.0, "share": 1.0, "accuracy": pytest.approx(2 / 3)}
    assert found["coverage"][-1] == {"threshold": 0.95, "share": 0.0, "accuracy": None}


def test_each_text_is_shown_with_how_sure_and_why(tmp_path: Path) -> None:
    _, out = run(tmp_path, "--json", "--each")
    first = json.loads(out)["texts"][0]
    assert (first["text"], first["label"], first["verdict"]["label"]) == ("快递没到", "delivery", "delivery")
    assert "快递" in first["verdict"]["reasons"][0]
    assert 0.5 < first["verdict"]["confidence"] < 1


def test_people_are_shown_a_table(tmp_path: Path) -> None:
    code, out = run(tmp_path, "--each")
    assert code == 0
    assert "right: 66.7% of 3 texts (the commonest label for all: 66.7%)" in out
    assert "billing\t快递" in next(line for line in out.splitlines() if line.startswith("!"))


def test_files_as_windows_writes_them_are_read(tmp_path: Path) -> None:
    code, out = run(
        tmp_path,
        "--json",
        train=b"\xef\xbb\xbf" + TRAIN.replace("\n", "\r\n").encode(),
        test=TEST.replace("\n", "\r\n\r\n"),
    )
    assert (code, sorted(json.loads(out)["by_class"])) == (0, ["billing", "delivery"])


@pytest.mark.parametrize(
    ("train", "test", "sentence"),
    [
        ("a 快递\n", TEST, "train.tsv:1: a tab is missing between the label and the text"),
        (f"{TRAIN}\n\t快递\n", TEST, "train.tsv:6: the label is missing"),
        (TRAIN, "delivery\t快递\nbilling\t \n", "test.tsv:2: the text is missing"),
        ("", TEST, "train.tsv: there is no text in it"),
        (TRAIN, "\n", "test.tsv: there is no text in it"),
        ("a\t快递\n", TEST, "train.tsv: texts of at least two labels are needed, and there is one"),
        (
            "".join(f"{label}\t快递\n" for label in range(101)),
            TEST,
            "train.tsv: there are 101 labels, and 100 are the most",
        ),
        (b"a\t\xff\n", TEST, "train.tsv cannot be read: it is not UTF-8"),
        (TRAIN, b"a\t" + b"x" * 10_000_000, "test.tsv is larger than 10000000 bytes"),
    ],
)
def test_bad_input_is_refused_with_one_sentence(
    tmp_path: Path, train: str | bytes, test: str | bytes, sentence: str
) -> None:
    assert run(tmp_path, "--json", train=train, test=test) == (2, sentence)


def test_one_text_of_each_label_is_learned_from_and_tabs_in_a_text_belong_to_it(tmp_path: Path) -> None:
    code, out = run(tmp_path, "--json", "--each", train="a\t快递\nb\t话费\n", test="a\t快递\t丢了\n")
    found = json.loads(out)
    assert (code, found["accuracy"], found["texts"][0]["text"]) == (0, 1.0, "快递\t丢了")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    words = ["tickets", "classify", "--train", str(tmp_path / "no.tsv"), "--test", str(tmp_path)]
    refusal = CliRunner().invoke(app, words).exception
    assert isinstance(refusal, OF_INPUT)
    assert str(refusal) == f"{tmp_path}/no.tsv cannot be read: No such file or directory"


def read(*words: str) -> str:
    done = CliRunner().invoke(app, ["tickets", "read", *words])
    if isinstance(done.exception, OF_INPUT):
        return str(done.exception)
    assert done.exit_code == 0
    return done.stdout


EXAMPLE = str(Path(__file__).resolve().parents[3] / "server" / "example" / "site" / "reading.yaml")


def test_a_text_is_read_by_the_rules_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    out = read("昨天洗衣机冒烟", "--rules", EXAMPLE, "--day", "2026-11-23", "--json")
    findings = {one["field"]: one for one in json.loads(out)["findings"]}
    assert findings["priority"]["value"] == "urgent"
    assert findings["date"]["value"] == "2026-11-22"
    assert findings["product"] == {
        "field": "product",
        "value": "washing_machine",
        "confidence": pytest.approx(2 / 3),
        "source": "rule",
        "words": [{"text": "洗衣机", "start": 2, "end": 5}],
        "name_zh": "洗衣机",
        "name_en": "Washing machine",
    }


def test_people_are_shown_what_is_read_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    assert read("冰箱漏水", "--rules", EXAMPLE).splitlines()[-1].split() == [
        "product",
        "0.67",
        "refrigerator",
        "冰箱",
    ]


def test_a_site_without_rules_reads_what_needs_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    assert read("洗衣机三百块").split() == ["amount", "0.95", "300", "CNY", "三百块"]


def test_rules_that_cannot_be_meant_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(tmp_path))
    rules = tmp_path / "reading.yaml"
    rules.write_text("reading:\n  colour: []\n", encoding="utf-8")
    assert read("洗衣机", "--rules", str(rules)) == "reading.yaml:2: colour: extra inputs are not permitted"
