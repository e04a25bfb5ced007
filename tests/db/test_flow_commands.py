"""`hotline ivr versions`, `publish`, `diff` and `rollback`, through the command line, on both databases."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from ivr.version_errors import NoSuchFlow, NoSuchVersion, NothingToPublish
from kernel.errors import InvalidInput, NotFound
from server.cli import app

EXAMPLE = Path(__file__).parents[2] / "server/example/site"


@pytest.fixture
def site(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    shutil.copytree(EXAMPLE, tmp_path / "site")
    for name, value in (
        ("DATA_DIR", str(tmp_path)),
        ("DATABASE__URL", url),
        ("STAFF__HASH_MEMORY_KIB", "8"),
        ("CONFIG", os.devnull),
    ):
        monkeypatch.setenv(f"HOTLINE_{name}", value)
    yield tmp_path / "site"
    structlog.reset_defaults()


def ivr(*words: str) -> Result:
    return CliRunner().invoke(app, ["ivr", *words])


def told(*words: str) -> Any:
    result = ivr(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def swapped(text: str) -> str:
    """Who presses 2 comes where those of 1 belong."""
    return text.replace('"1": {to: sales', '"1": {to: complaints').replace(
        '"2": {to: complaints', '"2": {to: sales'
    )


@pytest.fixture
def written(site: Path, tmp_path: Path) -> Path:
    """What somebody wrote on a desk of their own."""
    text = (site / "flows" / "main.yaml").read_text(encoding="utf-8")
    file = tmp_path / "desk" / "main.yaml"
    file.parent.mkdir()
    file.write_text(text.replace("您好", "您好呀"), encoding="utf-8")
    told("versions", "main")
    return file


def test_a_published_file_counts_and_is_listed_with_who_and_why(site: Path, written: Path) -> None:
    CliRunner().invoke(app, ["staff", "add", "chen", "--display-name", "陈主管", "--role", "supervisor"])
    published = told("publish", str(written), "--comment", "更亲切", "--as", "chen")
    assert (published["number"], published["origin"], published["by"]) == (2, "command", "陈主管")
    assert (site / "flows" / "main.yaml").read_text(encoding="utf-8") == written.read_text(encoding="utf-8")
    listed = told("versions", "main")["items"]
    assert [(one["number"], one["comment"]) for one in listed] == [(2, "更亲切"), (1, "")]
    assert "您好呀" in told("versions", "main", "--show", "2")["text"]
    assert "by 陈主管: 更亲切" in ivr("versions", "main").stdout


def test_what_was_changed_is_shown_as_diff_shows_it(written: Path) -> None:
    told("publish", str(written))
    lines = ivr("diff", "main").stdout.splitlines()
    assert lines[:2] == ["--- main 1", "+++ main.yaml"]
    assert [line for line in lines if line.startswith("+ ") and "您好呀" in line]
    assert not ivr("diff", "main", "2", "2").stdout


def test_a_flow_whose_test_cases_fail_is_not_published(site: Path, written: Path) -> None:
    before = (site / "flows" / "main.yaml").read_text(encoding="utf-8")
    written.write_text(swapped(before), encoding="utf-8")
    done = ivr("publish", str(written))
    assert (done.exit_code, done.stderr.splitlines()[-1]) == (1, "nothing is published")
    assert "main.tests.yaml:3: 投诉的客户先听到录音告知: it ends with queue 'sales'" in done.stderr
    assert (site / "flows" / "main.yaml").read_text(encoding="utf-8") == before


def test_an_older_version_is_brought_back(site: Path, written: Path) -> None:
    before = (site / "flows" / "main.yaml").read_text(encoding="utf-8")
    told("publish", str(written))
    assert told("rollback", "main", "1")["number"] == 3
    assert (site / "flows" / "main.yaml").read_text(encoding="utf-8") == before


def test_a_flow_with_errors_is_refused_with_each_of_them(written: Path) -> None:
    text = written.read_text(encoding="utf-8")
    written.write_text(text.replace("queue: complaints", "queue: complains"), encoding="utf-8")
    result = ivr("publish", str(written))
    assert result.exit_code == 1
    assert "main.yaml:" in result.stderr
    assert "unknown_queue (complaints)" in result.stderr
    assert [one["number"] for one in told("versions", "main")["items"]] == [1]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (("versions", "nothing"), NoSuchFlow),
        (("rollback", "main", "7"), NoSuchVersion),
        (("rollback", "main", "1"), NothingToPublish),
        (("rollback", "main", "1", "--as", "nobody"), NotFound),
    ],
)
@pytest.mark.usefixtures("site")
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...], refusal: type) -> None:
    assert isinstance(ivr(*words).exception, refusal)


@pytest.mark.usefixtures("site")
def test_a_file_that_can_be_no_flow_of_the_site_is_refused(tmp_path: Path) -> None:
    odd = tmp_path / "我的.yaml"
    odd.write_text("start: a", encoding="utf-8")
    assert isinstance(ivr("publish", str(odd)).exception, InvalidInput)
