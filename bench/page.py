"""Puts measured figures into a page of the documentation, where the page has a place for them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from kernel.errors import HotlineError


class NoPlace(HotlineError):
    """The page has no place for these figures."""

    code = "no_place"


def markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def put(page: Path, name: str, text: str) -> None:
    """Replaces what stands between the page's marks of this name."""
    begin, end = f"<!-- figures of {name} -->", f"<!-- end of {name} -->"
    before, found_begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found_begin and found_end):
        raise NoPlace(f"{page} has no lines {begin} and {end}.")
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", encoding="utf-8")


def measured_on(machine: dict[str, object]) -> str:
    """One sentence of where and when nothing else was at work, or how much was."""
    return (
        f"One run: {machine['processors']} processors ({machine['processor']}), {machine['memory_gib']} GiB, "
        f"Python {machine['python']}, a load average of {machine['load_average_1min']} before it began."
    )
