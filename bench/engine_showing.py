"""What was measured of the engine, as a table."""

from rich.console import Group, RenderableType
from rich.table import Table

from bench.engine import EVENTS_PER_S_MIN, Result


def table(result: Result) -> RenderableType:
    """Each site, and what is promised."""
    found = Table(title="The engine alone, in one process", title_justify="left")
    for heading in ("", "agents", "waiting", "idle", "events/s", "µs per event", "its journal, µs"):
        found.add_column(heading, justify="right" if heading else "left")
    for row in result.rows:
        figures = (
            row.agents,
            row.waiting,
            row.idle,
            row.events_per_s,
            row.us_per_event,
            row.journal_us_per_event,
        )
        found.add_row(row.what, *map(str, figures))
    verdict = "holds" if result.holds else "[red]does not hold[/]"
    return Group(
        found,
        f"A waiting call takes {result.bytes_per_waiting_call} bytes.",
        f"Promised: {EVENTS_PER_S_MIN} events/s with hardly an idle agent: {verdict}.",
    )
