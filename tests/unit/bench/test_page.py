"""Figures in the documentation."""

from pathlib import Path

import pytest

from bench.page import NoPlace, markdown, put

PERFORMANCE = Path(__file__).parents[3] / "docs" / "performance.md"


def test_only_what_stands_between_the_marks_of_a_measurement_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- figures of x -->\nold\n<!-- end of x -->\nb\n", encoding="utf-8")
    for figure in ("1", "2"):
        put(page, "x", markdown(("n", "ms"), [("p50", figure)]))
    said = page.read_text(encoding="utf-8")
    assert said == (
        "a\n<!-- figures of x -->\n\n| n | ms |\n| --- | --- |\n| p50 | 2 |\n\n<!-- end of x -->\nb\n"
    )


@pytest.mark.parametrize("name", ["bench engine", "bench routing"])
def test_the_page_of_figures_has_a_place_for_each_measurement(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PERFORMANCE.read_text(encoding="utf-8"), encoding="utf-8")
    put(page, name, "measured")
    assert "\nmeasured\n" in page.read_text(encoding="utf-8")
    with pytest.raises(NoPlace):
        put(page, "bench of nothing", "measured")
