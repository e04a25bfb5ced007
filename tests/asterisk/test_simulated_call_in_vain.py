"""`hotline call` that nobody answers; by itself, for each lasts as long as its prompts."""

import pytest

from rig.instance import Instance
from tests.asterisk.simulated_calls import HOTLINE, report_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_hangs_up_while_nobody_is_there_is_abandoned(running: Instance) -> None:
    code, report = await report_of(
        running, "--to", HOTLINE, "--keys", "9,2", "--wait", "6", "--expect", "abandoned"
    )
    assert code == 0, report
    assert "main/menu/en" in [heard["prompt"] for heard in report["prompts"]]
    assert report["answered_by"] is None


async def test_an_unmet_expectation_is_a_failure(running: Instance) -> None:
    code, report = await report_of(running, "--to", HOTLINE, "--wait", "1", "--expect", "voicemail")
    assert (code, report["ok"], report["outcome"]) == (1, False, "abandoned")
