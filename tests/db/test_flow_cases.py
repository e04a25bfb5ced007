"""Test cases beside flows decide what is published, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.version_errors import FlowCasesFail, FlowHasErrors
from tests.db.flow_house import CHEN, LI, House, opened, reworded, swapped


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(url, tmp_path) as house:
        yield house


async def test_a_text_that_a_test_case_fails_with_is_not_published_and_the_case_is_told(house: House) -> None:
    before = house.text
    revision = await house.drafted(swapped(before))
    with pytest.raises(FlowCasesFail) as refused:
        await house.versions.publish_draft("main", revision=revision, comment="", by=CHEN)
    told = refused.value.told()
    assert ("main", "投诉的客户先听到录音告知") in {(case["flow"], case["name"]) for case in told}
    ends = {"kind": "ends", "wanted": "complaints", "found": "sales", "field": "queue"}
    assert ends in told[0]["differences"]
    with pytest.raises(FlowCasesFail):
        await house.versions.publish("main", "\n" + house.text.replace("您好", "Hi"), comment="", by=CHEN)
    assert (house.text, house.trail) == (before, [])
    assert (await house.versions.find("main")).draft is not None


async def test_a_text_that_breaks_a_case_of_a_flow_that_leads_into_it_is_not_published(house: House) -> None:
    leads_on = (
        "cases:\n  - name: 自助查询先问好\n    at: 2026-11-23T10:00\n    keys: '4'\n"
        "    hears: [海蓝电器, 自助服务]\n    ends: {queue: complaints}\n"
        "  - name: 早已不对\n    at: 2026-11-23T10:00\n    keys: '4'\n    hears: [没人说的话]\n"
        "    ends: {queue: complaints}\n"
    )
    house.main.with_name("main.tests.yaml").write_text(leads_on, encoding="utf-8")
    inner = house.main.with_name("self_service.yaml")
    inner.with_name("self_service.tests.yaml").unlink()
    inner.write_text(
        "start: q\nnodes:\n  q: {type: queue, queue: complaints, text: {zh: 自助服务, en: Help}}\n", "utf-8"
    )
    await house.noted()
    with pytest.raises(FlowCasesFail) as refused:
        await house.versions.publish(
            "self_service", inner.read_text("utf-8").replace("自助服务", "人工服务"), comment="", by=CHEN
        )
    assert [(case["flow"], case["name"]) for case in refused.value.told()] == [("main", "自助查询先问好")]
    assert (
        await house.versions.publish(
            "self_service", inner.read_text("utf-8").replace("自助服务", "自助服务中心"), comment="", by=CHEN
        )
    ).number > 1


async def test_cases_that_cannot_be_read_keep_from_publishing(house: House) -> None:
    house.main.with_name("main.tests.yaml").write_text("cases: [{name: 一}]\n", encoding="utf-8")
    with pytest.raises(FlowHasErrors) as refused:
        await house.versions.publish("main", reworded(house.text), comment="", by=CHEN)
    assert {problem.file for problem in refused.value.problems} == {"main.tests.yaml"}


async def test_todays_cases_keep_nobody_from_bringing_an_older_version_back(house: House) -> None:
    await house.versions.publish("main", reworded(house.text), comment="", by=CHEN)
    cases = house.main.with_name("main.tests.yaml")
    cases.write_text(cases.read_text("utf-8").replace("[您好,", "[您好呀,"), encoding="utf-8")
    assert (await house.versions.roll_back("main", 1, comment="", by=LI)).number == 3
