"""The import rules refuse what they say they refuse."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "pyproject.toml"
PACKAGES = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))["tool"]["importlinter"]["root_packages"]

SHORTCUTS = [
    ("acd.shortcut", "telephony.asterisk.switch"),
    ("ivr.shortcut", "telephony.ledger"),
    ("staff.shortcut", "telephony.store"),
    ("acd.shortcut", "telephony.fake"),
    ("tickets.shortcut", "telephony.spool_folder"),
    ("tickets.shortcut", "speech.vosk"),
    ("ivr.shortcut", "speech.espeak"),
    ("agent_ui.shortcut", "telephony.asterisk.ari"),
    ("customers.shortcut", "vosk"),
    ("acd.shortcut", "infra.database"),
    ("agent_ui.shortcut", "infra.outbox"),
    ("customers.shortcut", "sqlalchemy"),
    ("infra.shortcut", "drill.play"),
    ("server.shortcut", "drill.play"),
    ("server.shortcut", "bench.routing"),
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of the tree with all the shortcuts in it."""
    tree = tmp_path_factory.mktemp("tree")
    shutil.copy(SETTINGS, tree)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tree / package, ignore=shutil.ignore_patterns("web", "__pycache__"))
    for importer, imported in SHORTCUTS:
        with (tree / importer.replace(".", "/")).with_suffix(".py").open("a", encoding="utf-8") as file:
            file.write(f"import {imported}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    said = subprocess.run([linter, "--no-cache"], cwd=tree, capture_output=True, check=False, text=True)
    assert said.returncode == 1, said.stdout + said.stderr
    return said.stdout


@pytest.mark.parametrize(("importer", "imported"), SHORTCUTS)
def test_a_shortcut_is_refused(refused: str, importer: str, imported: str) -> None:
    assert f"{importer} -> {imported} (l." in refused
