"""`hotline test`: sets up what the tests need, judges the code, runs the tests, quick ones first."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.toolchain import asterisk, machine, web
from kernel.errors import InvalidInput
from server.affected import affected_tests, changed_files
from server.checks import ROOT, check


@dataclass(frozen=True, slots=True)
class Round:
    """Stages that one run of pytest goes through."""

    stages: tuple[str, ...]
    workers: int
    """So many tests run side by side on a machine with two processors; 1: one after the other."""
    wrapper: tuple[str, ...] = ()


ROUNDS = (
    Round(("unit", "sim", "architecture", "contract", "db"), workers=2),
    # These wait for speech and time-outs most of the time.
    Round(("asterisk",), workers=3),
    # What these measure in seconds must not be another test's doing. Browsers need a network of their own;
    # everything else must run without one.
    Round(("e2e",), workers=1, wrapper=("-m", "rig.namespace")),
)
STAGES = tuple(stage for each in ROUNDS for stage in each.stages)
PROGRAMS_OF_STAGE = {
    "architecture": ("git",),
    "db": ("initdb",),
    "contract": ("sipp",),
    "asterisk": ("sipp",),
    "e2e": ("sipp", *machine.BROWSER, "ip", "nft", "turnserver"),
}
STAGES_WITH_ASTERISK = frozenset({"contract", "asterisk", "e2e"})
NO_TESTS_COLLECTED = 5

Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]…", help="Only these tests.")]
Changed = Annotated[bool, typer.Option("--changed", help="Only what the changes since origin/main touch.")]


def run_tests(paths: Paths = None, *, changed: Changed = False) -> None:
    """Set up, check and test everything; --changed or paths for a part."""
    if absent := [path for path in paths or () if not Path(path.partition("::")[0]).exists()]:
        raise InvalidInput(f"there is no {absent[0]}")
    console = Console(stderr=True)
    started_at = time.monotonic()
    chosen = affected_tests(changed_files(ROOT), ROOT) if changed else paths or _all_stages()
    runnable = _set_up(chosen, console)
    if not paths:
        check()
    checked_after_s = time.monotonic() - started_at
    result, took = _run(runnable, may_be_empty=not paths)
    parts = [f"{checked_after_s:.0f} s for set-up and check", *took]
    console.print(f"took {time.monotonic() - started_at:.0f} s in all: {', '.join(parts)}", highlight=False)
    raise typer.Exit(1 if result else 0)


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


def _run(paths: Sequence[str], *, may_be_empty: bool) -> tuple[int, list[str]]:
    """The worst result, and how long each round took.

    Whoever named paths meant tests: finding none there is no success, unless all cannot run here.
    """
    results, took = [0], []
    for each in ROUNDS:
        # What belongs to no stage is run with the quick ones.
        chosen = [path for path in paths if _round_of(path) is each]
        if not chosen:
            continue
        began_at = time.monotonic()
        results.append(_pytest(chosen, each))
        names = dict.fromkeys(_stage(path) or path for path in chosen)
        took.append(f"{time.monotonic() - began_at:.0f} s for {' '.join(names)}")
    # Nothing is wrong with a stage that has no tests among others, or with a change that touches none.
    worst = max(0 if result == NO_TESTS_COLLECTED and may_be_empty else result for result in results)
    return worst, took


def _round_of(path: str) -> Round:
    stage = _stage(path)
    return next((each for each in ROUNDS if stage in each.stages), ROUNDS[0])


def _pytest(paths: Sequence[str], each: Round) -> int:
    pytest = str(Path(sys.executable).with_name("pytest"))
    # A single file is left to run as its developer knows it, with all that it prints.
    has_whole_stage = any(
        Path(path).absolute() in map((ROOT / "tests").joinpath, each.stages) for path in paths
    )
    workers = ("-n", str(each.workers)) if each.workers > 1 and has_whole_stage else ()
    command = [sys.executable, *each.wrapper, pytest, *workers, *paths]
    # Paths that the person at the keyboard gave, to the person's own test runner.
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603
