"""A measurement of menus as people see it."""

from rich.console import Group, RenderableType
from rich.table import Table

from bench.ivr import GAP_MAX_MS, PRESSED_MAX_MS, SPOKEN_MAX_MS, Result
from bench.page import markdown, measured_on


def table(result: Result) -> RenderableType:
    """What callers heard, and how soon they were answered."""
    found = Table(title="Menus, as callers hear them", title_justify="left")
    found.add_column("")
    found.add_column("", justify="right")
    for name, figure in _figures(result):
        found.add_row(name, figure)
    return Group(found, _promise(result))


def page(result: Result) -> str:
    """The same for the documentation."""
    return f"{markdown(('', ''), _figures(result))}\n\n{_promise(result)}\n{measured_on(result.machine)}"


def _promise(result: Result) -> str:
    verdict = "holds" if result.holds else "does not hold"
    return (
        f"Promised: no call with a gap of more than {GAP_MAX_MS:g} ms, the first sound of an answer within"
        f" {SPOKEN_MAX_MS:g} ms of the last word and {PRESSED_MAX_MS:g} ms of a key, each at p95: {verdict}."
    )


def _figures(result: Result) -> list[tuple[str, str]]:
    heard, answered = result.heard, result.answered
    return [
        ("callers in menus at once", f"{heard.at_once}, {heard.calls_per_s:g} new each second"),
        ("calls, packets", f"{heard.callers}, {heard.packets:,}"),
        (
            "packet to packet p50, p99.9, longest ms",
            f"{heard.gap_p50_ms}, {heard.gap_p99_9_ms}, {heard.gap_max_ms}",
        ),
        (f"calls with a gap > {GAP_MAX_MS:g} ms", str(heard.broken_calls)),
        ("packets lost", str(heard.lost_packets)),
        ("the measurement's own clock was late by ms, at worst", str(heard.own_stall_max_ms)),
        ("Asterisk, % of a processor", f"{heard.asterisk_processor_percent:.0f}"),
        ("server with recogniser, % of a processor", f"{heard.server_processor_percent:.0f}"),
        (
            f"last word → answer p50, p95 ms ({answered.callers} at once)",
            f"{answered.spoken_p50_ms:.0f}, {answered.spoken_p95_ms:.0f}",
        ),
        ("key → answer p50, p95 ms", f"{answered.pressed_p50_ms:.0f}, {answered.pressed_p95_ms:.0f}"),
        ("answers, without reaction", f"{answered.spoken + answered.pressed}, {answered.unanswered}"),
    ]
