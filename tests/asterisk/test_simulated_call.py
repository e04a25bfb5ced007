"""`hotline call` against a running installation: answered, not answered, a message, bad input."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from rig.instance import Instance

HOTLINE = "4008009000"


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Instance]:
    instance = Instance(tmp_path_factory.mktemp("instance"))
    await instance.start()
    yield instance
    await instance.stop()


async def report_of(instance: Instance, *options: str) -> tuple[int, dict[str, Any]]:
    code, out, errors = await instance.command("call", "--json", *options)
    assert out, errors
    report: dict[str, Any] = json.loads(out)
    return code, report


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


async def test_nonsense_is_refused_in_one_sentence(running: Instance) -> None:
    code, out, errors = await running.command("call", "--to", "PJSIP/evil")
    assert (code, out) == (2, "")
    assert errors.count("\n") == 1
    assert "is not a phone number" in errors
