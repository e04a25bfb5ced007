"""`hotline simulate`: the engine that routes live calls, on a virtual clock."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from acd.simulator.figures import CallFigures, Estimate, Result
from acd.simulator.scenario import Scenario, load_scenario
from acd.simulator.simulation import simulate as run_simulation

SHARES = {"p_wait", "p_wait_over_sl", "p_abandon", "answered_within_sl_of_offered", "occupancy"}
HEADINGS = {
    "offered": "calls",
    "answered": "answered",
    "abandoned": "gave up",
    "blocked": "found no room",
    "mean_wait_s": "mean wait",
    "mean_wait_answered_s": "mean wait of the answered",
    "p_wait": "had to wait",
    "p_wait_over_sl": "waited over {level:g} s",
    "p_abandon": "share who gave up",
    "answered_within_sl_of_offered": "answered within {level:g} s",
}


def simulate(
    scenario: Annotated[Path, typer.Argument(help="The scenario, JSON or YAML.", show_default=False)],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Waits, service level and occupancy of a scenario, by the production engine on a virtual clock."""
    written = load_scenario(scenario)
    result = run_simulation(written)
    if as_json:
        typer.echo(json.dumps(to_json(result), ensure_ascii=False))
    else:
        show(written, result, Console())


def to_json(result: Result) -> dict[str, Any]:
    """The result as scripts read it."""
    return {
        "elapsed_s": round(result.elapsed_s, 3),
        "events": result.events,
        "decisions_per_s": round(result.decisions_per_s),
        "total": _calls(result.total),
        "classes": {name: _calls(figures) for name, figures in result.classes.items()},
        "agents": {name: {"occupancy": _pair(found)} for name, found in result.agents.items()},
    }


def _calls(figures: CallFigures) -> dict[str, Any]:
    return {**figures.counts, **{name: _pair(found) for name, found in figures.estimates.items()}}


def _pair(found: Estimate) -> dict[str, float | None]:
    return {"value": found.value, "se": found.se}


def show(scenario: Scenario, result: Result, console: Console) -> None:
    """The result as people read it: each figure with its standard error."""
    title = f"{scenario.runs} runs of {scenario.calls} calls, {scenario.queue.strategy}"
    table = Table(title=title, title_justify="left")
    columns = [*result.classes.items(), ("all", result.total)]
    table.add_column("")
    for name, _ in columns:
        table.add_column(escape(name), justify="right")
    for name, heading in HEADINGS.items():
        cells = (_cell(name, figures) for _, figures in columns)
        table.add_row(heading.format(level=scenario.service_level_s), *cells)
    console.print(table)
    _show_agents(scenario, result.agents, console)
    console.print(
        f"{result.events} events in {result.elapsed_s:.1f} s, {result.decisions_per_s:.0f} a second",
        highlight=False,
    )


def _cell(name: str, figures: CallFigures) -> str:
    if name in figures.counts:
        return str(figures.counts[name])
    return _said(figures.estimates[name], is_share=name in SHARES)


def _show_agents(scenario: Scenario, agents: Mapping[str, Estimate], console: Console) -> None:
    """The least and the most occupied of each group."""
    for group in scenario.agents:
        theirs = [agents[f"{group.name}-{number}"] for number in range(1, group.count + 1)]
        known = sorted(
            (found for found in theirs if found.value is not None), key=lambda found: found[0] or 0
        )
        if known:
            least, most = (_said(found, is_share=True) for found in (known[0], known[-1]))
            named = f"agents {escape(group.name)} ({group.count})"
            console.print(f"{named}: occupied {least} to {most}", highlight=False)


def _said(found: Estimate, *, is_share: bool) -> str:
    if found.value is None:
        return "–"
    scale, unit = (100, " %") if is_share else (1, " s")
    spread = f" ± {found.se * scale:.2f}" if found.se is not None else ""
    return f"{found.value * scale:.2f}{spread}{unit}"
