"""`hotline speech`: what it cannot read is said in plain words."""

from pathlib import Path

from typer.testing import CliRunner

from kernel.errors import InvalidInput
from server.cli import app


def test_a_list_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    listed = tmp_path / "spoken.tsv"
    words = ["speech", "score", "--model", str(tmp_path), "--tsv", str(listed)]
    missing = CliRunner().invoke(app, words)
    assert isinstance(missing.exception, InvalidInput)
    assert str(missing.exception) == f"{listed}: No such file or directory"
    listed.write_bytes(b"\xff\xfe")
    unreadable = CliRunner().invoke(app, words)
    assert isinstance(unreadable.exception, InvalidInput)
    assert str(unreadable.exception) == f"{listed}: it is not UTF-8"
