"""What the server process does about itself before it serves."""

import os

import pytest

from server.main import PRIORITY, go_before_other_programs


def test_the_loop_asks_for_priority_and_what_it_starts_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int, int]] = []
    monkeypatch.setattr(
        os, "sched_setscheduler", lambda who, how, what: asked.append((who, how, what.sched_priority))
    )
    go_before_other_programs()
    assert asked == [(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, PRIORITY)]


def test_a_system_that_grants_no_priority_is_served_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    go_before_other_programs()
