"""Rules about the tree that no linter knows."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_PER_FILE_MAX = 400
LINES_PER_FUNCTION_MAX = 50
BANNED_MODULE_NAMES = {"utils", "helpers", "common", "misc", "base", "manager"}
BANNED_WORDS = ("TO" + "DO", "FIX" + "ME", "X" * 3, "no" + "qa: ALL")


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


PYTHON_FILES = _tracked("*.py")


def test_files_stay_readable_in_one_sitting() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in _tracked("*.py", "*.ts", "*.vue")
        if "generated" not in path.parts
        and "versions" not in path.parts
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > LINES_PER_FILE_MAX
    }
    assert too_long == {}


def test_functions_stay_short() -> None:
    too_long = []
    for path in PYTHON_FILES:
        if "versions" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > LINES_PER_FUNCTION_MAX:
                    too_long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {length}")
    assert too_long == []


@pytest.mark.parametrize("name", sorted(BANNED_MODULE_NAMES))
def test_no_module_is_named_after_nothing(name: str) -> None:
    assert [str(p) for p in PYTHON_FILES if p.stem == name or name in p.relative_to(ROOT).parts] == []


def test_nothing_is_left_for_later() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in _tracked("*.py", "*.ts", "*.vue", "*.sh", "*.conf", "hotline")
        for word in BANNED_WORDS
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_tests_never_sleep() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in PYTHON_FILES
        if path.is_relative_to(ROOT / "tests")
        and path.name != "test_tidy.py"
        and "time.sleep(" in path.read_text(encoding="utf-8")
    ]
    assert found == []
