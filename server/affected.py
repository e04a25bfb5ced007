"""Which tests a change touches, by the layout of the folders."""

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

BEYOND_UNIT = {
    "telephony": ("contract", "asterisk"),
    "asterisk_conf": ("contract", "asterisk"),
    "infra": ("db",),
    "kernel": ("unit",),
    "acd": ("sim",),
}
"""Stages that judge a folder beside its own unit tests."""


def changed_files(root: Path) -> list[str]:
    """What differs from origin/main, or from the last commit where there is no such branch; new files too."""
    known = _git(root, "rev-parse", "--verify", "--quiet", "origin/main")
    start = _git(root, "merge-base", "HEAD", "origin/main")[0] if known else "HEAD"
    return _git(root, "diff", "--name-only", start) + _git(root, "ls-files", "--others", "--exclude-standard")


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(  # noqa: S603  # fixed commands
        ["git", *arguments],  # noqa: S607  # the developer's own git
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.split("\n")[:-1]


def affected_tests(changed: Iterable[str], root: Path) -> list[str]:
    """Tests to run for these files: quick ones first, none twice."""
    wanted: set[str] = set()
    for name in changed:
        path = PurePosixPath(name)
        wanted.update(_tests_of(path))
    found = {path for path in wanted if (root / path).exists()}
    kept = {path for path in found if not any(str(above) in found for above in PurePosixPath(path).parents)}
    return sorted(kept, key=lambda path: (not path.startswith("tests/unit"), path))


def _tests_of(path: PurePosixPath) -> set[str]:
    if len(path.parts) == 1:
        return set()
    top = path.parts[0]
    if top == "tests":
        is_test = path.name.startswith("test_") and path.suffix == ".py"
        return {str(path if is_test else path.parent)} if len(path.parts) > 2 else {"tests/unit"}
    found = {f"tests/unit/{top}", f"tests/unit/{path.parent}"}
    found |= {f"tests/{stage}" for stage in BEYOND_UNIT.get(top, ())}
    if path.name == "store.py" or "migrations" in path.parts:
        found.add("tests/db")
    return found
