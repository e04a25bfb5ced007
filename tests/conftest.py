"""Each test carries the marker of its folder, so that nobody forgets it."""

from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent

# By itself it fails an example that took 200 ms once, which on a busy machine says nothing of the code.
settings.register_profile("hotline", deadline=None)
settings.load_profile("hotline")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        item.add_marker(getattr(pytest.mark, folder))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long the tests of each folder took: what the whole run's time is made of."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("/")[1]] += report.duration
    terminalreporter.section("time by stage")
    if workers := terminalreporter.config.getoption("numprocesses", None):
        terminalreporter.write_line(f"of {workers} workers together, side by side")
    for folder, total in seconds.items():
        terminalreporter.write_line(f"{folder:14}{total:8.1f} s")
