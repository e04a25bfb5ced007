"""All runs of a scenario, spread over the machine's processors."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

from acd.simulator.errors import ScenarioInvalid
from acd.simulator.figures import Result, RunFigures, estimate, over_runs, sum_of
from acd.simulator.run import Run
from acd.simulator.scenario import Scenario

CALLS_WORTH_A_PROCESS = 5000
"""Fewer in all are simulated sooner than another process has begun."""
LENGTHS = "classes: rate_per_hour, talk.mean_s, talk.cv, or agents: wrap_up_s"


def simulate(scenario: Scenario, clock: Callable[[], float] = time.perf_counter) -> Result:
    """Every run with a seed of its own; the figures don't depend on how they are spread."""
    began_s = clock()
    runs = _all_runs(scenario)
    elapsed_s = clock() - began_s
    by_class = list(zip(*(run.classes for run in runs), strict=True))
    by_agent = zip(*(run.occupancy for run in runs), strict=True)
    classes = {entry.name: over_runs(run) for entry, run in zip(scenario.classes, by_class, strict=True)}
    return Result(
        elapsed_s=elapsed_s,
        events=sum(run.events for run in runs),
        total=over_runs([sum_of(run.classes) for run in runs]),
        classes=classes,
        agents=dict(zip(_names(scenario), map(estimate, by_agent), strict=True)),
    )


def _names(scenario: Scenario) -> list[str]:
    return [f"{group.name}-{number}" for group in scenario.agents for number in range(1, group.count + 1)]


def _all_runs(scenario: Scenario) -> list[RunFigures]:
    numbers = range(scenario.runs)
    processes = min(len(os.sched_getaffinity(0)), scenario.runs)
    one = partial(run_once, scenario)
    if processes == 1 or scenario.runs * scenario.calls < CALLS_WORTH_A_PROCESS:
        return list(map(one, numbers))
    # Nothing runs beside the command that could be caught in the middle by a fork, which starts at once.
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        return list(pool.map(one, numbers))


def run_once(scenario: Scenario, number: int) -> RunFigures:
    """The run of this number."""
    try:
        return Run(scenario, f"{scenario.seed}/{number}").figures()
    except OverflowError as error:
        raise ScenarioInvalid(f"{LENGTHS}: some time is too long for a calendar") from error
