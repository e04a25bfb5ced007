"""A measurement of routing as people see it: a table, and a picture for the documentation."""

from rich.console import Group, RenderableType
from rich.table import Table

from bench.routing import P50_MAX_MS, P99_MAX_MS, Result, Row

BAR_MAX = 420
"""Pixels of the longest bar."""
COLOURS = {"hotline": "#2563eb", "app_queue": "#94a3b8"}


def table(result: Result) -> RenderableType:
    """Both routers side by side, and what Hotline promises."""
    found = Table(title="Agent free → INVITE", title_justify="left")
    for heading in ("", "hotline", "app_queue", "app_queue is longer"):
        found.add_column(heading, justify="right" if heading else "left")
    ratios = {"p50 ms": f"× {result.p50_ratio:.0f}", "p99 ms": f"× {result.p99_ratio:.0f}"}
    theirs = _figures(result.app_queue)
    for name, figure in _figures(result.hotline).items():
        found.add_row(name, figure, theirs[name], ratios.get(name, ""))
    verdict = "holds" if result.holds else "[red]does not hold[/]"
    return Group(found, f"Promised: p50 ≤ {P50_MAX_MS:g} ms, p99 ≤ {P99_MAX_MS:g} ms: {verdict}.")


def _figures(row: Row) -> dict[str, str]:
    return {
        "p50 ms": f"{row.free_to_invite_p50_ms:.1f}",
        "p90 ms": f"{row.free_to_invite_p90_ms:.1f}",
        "p99 ms": f"{row.free_to_invite_p99_ms:.1f}",
        "longest ms": f"{row.free_to_invite_max_ms:.1f}",
        "calls": str(row.dispatches),
        "calls/s": f"{row.dispatches_per_s:.1f}",
        "callers waiting": f"≥ {row.waiting_min}",
        "Asterisk, % of a processor": f"{row.asterisk_processor_percent:.0f}",
        "server, % of a processor": f"{row.server_processor_percent:.0f}",
        "edge, % of a processor": f"{row.edge_processor_percent:.0f}",
    }


def draw(result: Result) -> str:
    """Bars of p50 and p99 as SVG, readable on light and dark pages."""
    rows = (result.hotline, result.app_queue)
    bars = [(row.router, "p50", row.free_to_invite_p50_ms) for row in rows]
    bars += [(row.router, "p99", row.free_to_invite_p99_ms) for row in rows]
    longest = max(value for _, _, value in bars)
    drawn = "\n".join(_bar(place, bar, longest) for place, bar in enumerate(bars))
    height = 56 + 34 * len(bars)
    title = (
        f"Agent free → INVITE, {result.hotline.agents} agents, {result.hotline.waiting_min} callers waiting"
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {height}" role="img"
 aria-label="{title}" font-family="system-ui, sans-serif" font-size="14">
<rect width="680" height="{height}" rx="8" fill="#ffffff"/>
<text x="16" y="30" font-weight="600" fill="#0f172a">{title}</text>
{drawn}
</svg>
"""


def _bar(place: int, bar: tuple[str, str, float], longest: float) -> str:
    router, name, value = bar
    top, width = 50 + 34 * place, max(2.0, BAR_MAX * value / longest)
    return (
        f'<text x="16" y="{top + 17}" fill="#334155">{name} {router}</text>'
        f'<rect x="130" y="{top}" width="{width:.1f}" height="24" rx="3" fill="{COLOURS[router]}"/>'
        f'<text x="{138 + width:.1f}" y="{top + 17}" fill="#334155">{value:.1f} ms</text>'
    )
