"""A slice of the drills: the server dies, or hangs, with calls in every state."""

import pytest

from drill.play import Plan, play


@pytest.mark.parametrize("fault", ["kill", "hang"])
@pytest.mark.timeout(300)
async def test_no_call_is_lost_when_the_server(fault: str) -> None:
    report = await play(Plan(fault=fault, n=2, n_talks=2), print)
    assert report.problems == []
    assert (report.judgement.lost, report.judgement.doubled) == (0, 0)
    assert (report.ledger_calls, report.ledger_outcomes) == (21, 21)
