"""What was measured of the engine, as tables."""

from rich.console import Group, RenderableType
from rich.table import Table

from bench.arriving import IDLE
from bench.engine import EVENTS_PER_S_MIN, Result, Row
from bench.page import markdown, measured_on

HEADINGS = (
    "agents",
    "waiting",
    "idle",
    "events/s",
    "slowest turn",
    "µs per event",
    "× the fewest",
    "bound",
    "its journal, µs",
)


def table(result: Result) -> RenderableType:
    """Each site, each strategy, and what is promised."""
    return Group(_sites(result), _choices(result), *_promises(result))


def _promises(result: Result) -> list[str]:
    fast, slowly = ("holds" if holds else "does not hold" for holds in (result.is_fast, result.grows_slowly))
    return [
        f"A waiting call takes {result.bytes_per_waiting_call} bytes.",
        f"Promised: {EVENTS_PER_S_MIN} events/s with hardly an idle agent: {fast}.",
        f"Promised: O(r + log n) for n waiting, no more than log n: {slowly}.",
    ]


def _sites(result: Result) -> Table:
    found = Table(title="The engine alone, in one process", title_justify="left")
    found.add_column("")
    for heading in HEADINGS:
        found.add_column(heading, justify="right")
    for row in result.rows:
        found.add_row(row.what, *_figures(row))
    return found


def _figures(row: Row) -> list[str]:
    sizes = [row.agents, row.waiting, row.idle, row.events_per_s, row.slowest_events_per_s, row.us_per_event]
    growth = "" if row.growth is None else f"{row.growth:.2f}"
    bound = "" if row.growth_max is None else f"log n: {row.growth_max:.2f}"
    return [*map(str, sizes), growth, bound, str(row.journal_us_per_event)]


def _choices(result: Result) -> Table:
    title = "An arriving call finds its agent, is offered and explained: µs by idle agents"
    found = Table(title=title, title_justify="left")
    found.add_column("")
    for heading in (*map(str, IDLE), "bound"):
        found.add_column(heading, justify="right")
    for choice in result.choices:
        figures = (str(choice.us_by_idle[idle]) for idle in IDLE)
        found.add_row(choice.strategy, *figures, f"O({choice.bound})")
    return found


def page(result: Result) -> str:
    """The same for the documentation."""
    sites = markdown(("", *HEADINGS), ((row.what, *_figures(row)) for row in result.rows))
    choices = markdown(
        ("µs, by idle agents", *map(str, IDLE), "bound"),
        (
            (f"`{choice.strategy}`", *map(str, choice.us_by_idle.values()), f"O({choice.bound})")
            for choice in result.choices
        ),
    )
    said = "An arriving call finds its agent, is offered and explained:"
    return "\n\n".join((sites, said, choices, "\n".join(_promises(result)), measured_on(result.machine)))
