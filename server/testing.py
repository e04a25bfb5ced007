"""`hotline test`: sets up what the tests need, judges the code, runs the tests, quick ones first."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.toolchain import asterisk, machine, web
from server.affected import affected_tests, changed_files
from server.checks import ROOT, check

STAGES = ("unit", "sim", "architecture", "contract", "db", "asterisk", "e2e")
PROGRAMS_OF_STAGE = {
    "architecture": ("git",),
    "db": ("initdb",),
    "contract": ("sipp",),
    "asterisk": ("sipp",),
    "e2e": ("sipp", *machine.BROWSER, "ip", "nft"),
}
STAGES_WITH_ASTERISK = frozenset({"contract", "asterisk", "e2e"})
NO_TESTS_COLLECTED = 5

Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]…", help="Only these tests.")]
Changed = Annotated[bool, typer.Option("--changed", help="Only what the changes since origin/main touch.")]


def run_tests(paths: Paths = None, *, changed: Changed = False) -> None:
    """Set up, check and test everything; --changed or paths for a part."""
    console = Console(stderr=True)
    started_at = time.monotonic()
    chosen = affected_tests(changed_files(ROOT), ROOT) if changed else paths or _all_stages()
    runnable = _set_up(chosen, console)
    if not paths:
        check()
    result = _run(runnable, may_be_empty=not paths)
    console.print(f"took {time.monotonic() - started_at:.0f} s in all", highlight=False)
    raise typer.Exit(result)


def _all_stages() -> list[str]:
    return [f"tests/{stage}" for stage in STAGES if (ROOT / "tests" / stage).is_dir()]


def _set_up(chosen: Sequence[str], console: Console) -> list[str]:
    """Install what the chosen tests need; those that can run here."""
    stages = {stage for path in chosen if (stage := _stage(path)) is not None}
    needed = {name for stage in stages for name in PROGRAMS_OF_STAGE.get(stage, ())}
    absent = set(machine.ensure(sorted(needed)))
    skipped = {stage for stage in stages if absent & set(PROGRAMS_OF_STAGE.get(stage, ()))}
    for stage in sorted(skipped):
        lacking = sorted(absent & set(PROGRAMS_OF_STAGE[stage]))
        ask = f"ask an administrator to run: {machine.install_command(lacking)}"
        console.print(f"skipped: tests/{stage}, because {', '.join(lacking)} is missing here; {ask}")
    if (stages - skipped) & STAGES_WITH_ASTERISK:
        asterisk.ensure()
    if "e2e" in stages - skipped:
        web.ensure()
    return [path for path in chosen if _stage(path) not in skipped]


def _stage(path: str) -> str | None:
    inside = Path(path).absolute()
    tests = ROOT / "tests"
    if not inside.is_relative_to(tests) or inside == tests:
        return None
    return inside.relative_to(tests).parts[0]


def _run(paths: Sequence[str], *, may_be_empty: bool) -> int:
    """Whoever named paths meant tests: finding none there is no success, unless all cannot run here."""
    if not paths:
        return 0
    # Browsers need a network of their own; everything else must run without one.
    with_browser = [path for path in paths if _stage(path) == "e2e"]
    others = [path for path in paths if _stage(path) != "e2e"]
    results = [_pytest(others, ()) if others else 0]
    results.append(_pytest(with_browser, ("-m", "rig.namespace")) if with_browser else 0)
    # Nothing is wrong with a stage that has no tests among others, or with a change that touches none.
    return max(0 if result == NO_TESTS_COLLECTED and may_be_empty else result for result in results)


def _pytest(paths: Sequence[str], wrapper: Sequence[str]) -> int:
    pytest = str(Path(sys.executable).with_name("pytest"))
    command = [sys.executable, *wrapper, pytest, *paths]
    # Paths that the person at the keyboard gave, to the person's own test runner.
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603
