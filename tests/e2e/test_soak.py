"""A slice of the soak: calls of all kinds for a while, and what is left of them."""

import pytest

from drill.soak.play import Plan, play

SECONDS, PER_S = 36.0, 2.0


@pytest.mark.timeout(180)
async def test_every_call_of_a_busy_while_is_accounted_for_and_leaves_nothing_behind() -> None:
    report = await play(Plan(seconds=SECONDS, per_s=PER_S), print)
    assert report.problems == []
    assert report.accounts.placed == report.accounts.in_ledger >= SECONDS * PER_S
    assert set(report.accounts.outcomes) == {"abandoned", "callback", "self_served", "served", "voicemail"}
    assert report.promises.ends["kept"] > 0
    assert {one.part for one in report.growths} == {"server", "its workers", "asterisk", "edge"}
