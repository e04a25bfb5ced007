"""Files that people edit: a mistake in one never takes away what was right before."""

import os
import stat
from pathlib import Path

import pytest

from infra.last_good import LastGood, UnreadableFile
from kernel.errors import InvalidInput


def _parse(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidInput(f"{text!r} is no number") from error


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "number.yaml"
    path.write_text("1", encoding="utf-8")
    return path


def _file(path: Path) -> LastGood[int]:
    return LastGood(path, kept=path.parent / "kept" / path.name, parse=_parse)


def _edit(path: Path, text: str) -> None:
    edited = path.with_suffix(".new")
    edited.write_text(text, encoding="utf-8")
    before = path.stat().st_mtime_ns if path.exists() else 0
    os.utime(edited, ns=(before + 1, before + 1))
    edited.replace(path)


def test_an_edit_is_read_once(path: Path) -> None:
    file = _file(path)
    assert (file.at_start(), file.changed()) == (1, None)
    _edit(path, "2")
    assert (file.changed(), file.changed()) == (2, None)


def test_a_bad_edit_is_refused_and_said(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = _file(path)
    file.at_start()
    _edit(path, "二")
    assert file.changed() is None
    assert "'二' is no number" in capsys.readouterr().out
    _edit(path, "3")
    assert file.changed() == 3


@pytest.mark.parametrize("bad", ["二", None])
def test_a_start_with_a_bad_file_goes_by_the_last_good_one(path: Path, bad: str | None) -> None:
    file = _file(path)
    file.at_start()
    _edit(path, "2")
    file.changed()
    if bad is None:
        path.unlink()
    else:
        _edit(path, bad)
    assert _file(path).at_start() == 2


def test_a_first_start_with_a_bad_file_is_refused(path: Path) -> None:
    path.unlink()
    with pytest.raises(UnreadableFile, match="cannot be read"):
        _file(path).at_start()


def test_a_start_goes_on_where_no_copy_can_be_kept(path: Path) -> None:
    (path.parent / "kept").touch()
    assert _file(path).at_start() == 1


def test_the_copy_is_for_its_owner_alone(path: Path) -> None:
    _file(path).at_start()
    assert stat.S_IMODE((path.parent / "kept" / path.name).stat().st_mode) == 0o600
