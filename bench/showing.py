"""A measurement of routing as people see it: a table, and a picture for the documentation."""

from rich.console import Group, RenderableType
from rich.table import Table

from bench.page import markdown, measured_on
from bench.routing import P50_MAX_MS, P99_MAX_MS, Pair, Result, Row

BAR_MAX = 420
"""Pixels of the longest bar."""
GROUP_HEIGHT = 176
COLOURS = {"hotline": "#2563eb", "app_queue": "#94a3b8"}


def table(result: Result) -> RenderableType:
    """Both routers side by side at each size, and what Hotline promises."""
    return Group(*map(_side_by_side, result.pairs), *result.not_measured, _promise(result))


def _promise(result: Result) -> str:
    verdict = "holds" if result.holds else "does not hold"
    return f"Promised at each size: p50 ≤ {P50_MAX_MS:g} ms, p99 ≤ {P99_MAX_MS:g} ms: {verdict}."


def _side_by_side(pair: Pair) -> Table:
    ours = pair.hotline
    title = f"Agent free → INVITE: {ours.agents} agents, who talk for {ours.talk_mean_s:g} s on average"
    found = Table(title=title, title_justify="left")
    for heading in ("", "hotline", "app_queue", "app_queue is longer"):
        found.add_column(heading, justify="right" if heading else "left")
    ratios = {"p50 ms": f"× {pair.p50_ratio:.0f}", "p99 ms": f"× {pair.p99_ratio:.0f}"}
    theirs = _figures(pair.app_queue)
    for name, figure in _figures(ours).items():
        found.add_row(name, figure, theirs[name], ratios.get(name, ""))
    return found


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


def page(result: Result) -> str:
    """The same for the documentation."""
    pairs = "\n\n".join(map(_pair_on_page, result.pairs))
    said = (*result.not_measured, _promise(result), measured_on(result.machine))
    return f"{pairs}\n\n" + "\n".join(said)


def _pair_on_page(pair: Pair) -> str:
    ours, theirs = pair.hotline, _figures(pair.app_queue)
    ratios = {"p50 ms": f"× {pair.p50_ratio:.0f}", "p99 ms": f"× {pair.p99_ratio:.0f}"}
    size = f"{ours.agents} agents, talking {ours.talk_mean_s:g} s on average"
    headings = (size, "Hotline", "`app_queue`", "app_queue takes longer by")
    rows = ((name, said, theirs[name], ratios.get(name, "")) for name, said in _figures(ours).items())
    return markdown(headings, rows)


def draw(result: Result) -> str:
    """Bars of p50 and p99 at each size as SVG, readable on light and dark pages."""
    rows = [row for pair in result.pairs for row in (pair.hotline, pair.app_queue)]
    longest = max(row.free_to_invite_p99_ms for row in rows)
    drawn = "\n".join(_group(place, pair, longest) for place, pair in enumerate(result.pairs))
    height = 48 + GROUP_HEIGHT * len(result.pairs)
    title = "Agent free → INVITE"
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 {height}" role="img"
 aria-label="{title}" font-family="system-ui, sans-serif" font-size="14">
<rect width="680" height="{height}" rx="8" fill="#ffffff"/>
<text x="16" y="30" font-weight="600" fill="#0f172a">{title}</text>
{drawn}
</svg>
"""


def _group(place: int, pair: Pair, longest: float) -> str:
    top, ours = 48 + GROUP_HEIGHT * place, pair.hotline
    rows = (ours, pair.app_queue)
    bars = [(row.router, "p50", row.free_to_invite_p50_ms) for row in rows]
    bars += [(row.router, "p99", row.free_to_invite_p99_ms) for row in rows]
    title = f"{ours.agents} agents, {ours.waiting_min} callers waiting"
    drawn = "\n".join(_bar(top + 24 + 34 * number, bar, longest) for number, bar in enumerate(bars))
    return f'<text x="16" y="{top + 14}" fill="#0f172a">{title}</text>\n{drawn}'


def _bar(top: int, bar: tuple[str, str, float], longest: float) -> str:
    router, name, value = bar
    width = max(2.0, BAR_MAX * value / longest)
    return (
        f'<text x="16" y="{top + 17}" fill="#334155">{name} {router}</text>'
        f'<rect x="130" y="{top}" width="{width:.1f}" height="24" rx="3" fill="{COLOURS[router]}"/>'
        f'<text x="{138 + width:.1f}" y="{top + 17}" fill="#334155">{value:.1f} ms</text>'
    )
