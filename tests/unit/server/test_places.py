"""A data folder that cannot be written ends a start in one sentence that says what to do."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.places import DataFolderUnusable, writing_in
from server.settings import WrongSettings


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EACCES, "may not be written by this user"),
        (errno.EROFS, "can only be read"),
        (errno.ENOSPC, "free some space"),
        (errno.EIO, "name another in HOTLINE_DATA_DIR"),
    ],
)
def test_each_reason_is_said_with_what_to_do(tmp_path: Path, number: int, advice: str) -> None:
    for failure in (
        OSError(number, os.strerror(number), "x"),
        shutil.Error([("a", "b", f"[Errno {number}] {os.strerror(number)}")]),
    ):
        with pytest.raises(DataFolderUnusable, match=f"^{tmp_path} .*{advice}"), writing_in(tmp_path):
            raise failure


def test_a_start_in_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "data"
    file.touch()
    monkeypatch.setenv("HOTLINE_DATA_DIR", str(file))
    refused = CliRunner().invoke(app, ["run"]).exception
    assert isinstance(refused, WrongSettings)
    assert str(refused) == f"data_dir: {file} is a file, not a folder."


def test_a_start_where_nothing_can_be_made_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DATA_DIR", "/proc/hotline")
    refused = CliRunner().invoke(app, ["run"]).exception
    assert isinstance(refused, DataFolderUnusable)
    assert "name another in HOTLINE_DATA_DIR" in str(refused)
