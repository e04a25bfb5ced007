"""`hotline call` with an agent who answers, and with bad input."""

import pytest

from rig.instance import Instance
from tests.asterisk.simulated_calls import HOTLINE, report_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_customer_reaches_an_agent_and_both_hear_each_other(running: Instance) -> None:
    code, report = await report_of(running, "--to", HOTLINE, "--keys", "2", "--answer", "--hold", "3")
    assert code == 0, report
    assert [heard["prompt"] for heard in report["prompts"]][:3] == [
        "main/welcome/zh",
        "main/menu/zh",
        "main/menu/zh/2",
    ]
    assert (report["answered_by"], report["outcome"]) == ("模拟坐席", "served")
    assert report["agent_saw"] == "张伟"
    assert min(report["agent_tone_s"], report["customer_tone_s"]) >= 2
    # A phone that rings for a second is never answered at once.
    assert 0.5 <= report["waited_s"] < 5


async def test_nonsense_is_refused_in_one_sentence(running: Instance) -> None:
    code, out, errors = await running.command("call", "--to", "PJSIP/evil")
    assert (code, out) == (2, "")
    assert errors.count("\n") == 1
    assert "is not a phone number" in errors
