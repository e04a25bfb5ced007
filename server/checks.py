"""`hotline check`: everything that judges the code without running the product."""

import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console

from infra.toolchain import machine, web
from infra.toolchain.errors import SetupFailed

ROOT = Path(__file__).resolve().parent.parent

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
    ("tidiness", ("pytest", "-q", "tests/architecture")),
)


def check() -> None:
    """Style, types, import rules, tidiness, and the pages; seconds when little has changed."""
    console = Console(stderr=True)
    if lacking := machine.ensure(("git",)):
        raise SetupFailed(
            f"git is missing here: ask an administrator to run: {machine.install_command(lacking)}"
        )
    bin_dir = Path(sys.executable).parent
    for name, (tool, *arguments) in STEPS:
        console.print(f"[bold]{name}[/] …")
        # A fixed list of our own tools; nothing a person typed reaches it.
        done = subprocess.run([str(bin_dir / tool), *arguments], cwd=ROOT, check=False)  # noqa: S603
        if done.returncode != 0:
            console.print(f"[red]{name} failed[/]: see above, mend, and run ./hotline check again")
            raise typer.Exit(1)
    console.print("[bold]pages[/] …")
    web.check()
    console.print("[green]all checks passed[/]")
