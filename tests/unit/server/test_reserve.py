"""A server kept in reserve touches nothing before its word, and goes when nobody can give it any more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.reserve import WHEN_TOLD

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30


@pytest.mark.parametrize(("word", "code", "said"), [("", 0, ""), ("begin\n", 2, "HOTLINE_EDGE__PORT")])
def test_a_server_in_reserve_reads_its_settings_when_it_is_told(
    tmp_path: Path, word: str, code: int, said: str
) -> None:
    data = tmp_path / "var"
    environment = {"PYTHONPATH": str(ROOT), "HOTLINE_DATA_DIR": str(data), "HOTLINE_EDGE__PORT": "none"}
    ended = subprocess.run(
        [sys.executable, "-m", "server.main", WHEN_TOLD],
        env={**os.environ, **environment},
        input=word,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ended.returncode == code
    assert said in ended.stderr
    assert not data.exists()
