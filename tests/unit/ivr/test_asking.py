"""What flow, number and choices ask of routing for a caller."""

import shutil
from pathlib import Path

import pytest

from telephony.model import Boost, BoostSource, CallMark, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_what_number_node_and_choice_are_worth_reaches_routing(office: Office, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    numbers, flow = site / "numbers.yaml", site / "flows" / "main.yaml"
    numbers.write_text(
        numbers.read_text(encoding="utf-8").replace(
            '"4008009000": {flow: main', '"4008009000": {flow: main, boost: 60'
        ),
        encoding="utf-8",
    )
    text = flow.read_text(encoding="utf-8").replace(
        '"2": {to: complaints', '"2": {matter: outage, to: complaints'
    )
    flow.write_text(
        text.replace("    queue: complaints\n", "    queue: complaints\n    boost: strict\n"),
        encoding="utf-8",
    )

    line = ScriptedLine(keys=["2"])
    await office.service(site).handle(line)

    (request,) = office.requests
    assert request.boosts == (Boost(BoostSource.NUMBER, 60), Boost(BoostSource.NODE, None))
    assert request.matter == "outage"
    assert [mark.matter for mark in line.marks] == ["", "outage", "outage"]


async def test_a_restart_in_a_menu_forgets_no_matter(office: Office) -> None:
    mark = CallMark(phase=Phase.MENU, flow="main", node="menu", matter="outage")
    await office.service().handle(ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=mark))
    assert office.requests[0].matter == "outage"


async def test_the_skills_that_a_flow_asks_for_reach_routing_and_the_mark(
    office: Office, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    main = site / "flows" / "main.yaml"
    asking = "queue: sales\n    needs: {english: 2, billing: 1}\n"
    main.write_text(main.read_text(encoding="utf-8").replace("queue: sales\n", asking, 1), encoding="utf-8")
    line = ScriptedLine(keys=["1"])
    await office.service(site).handle(line)
    needs = (("billing", 1), ("english", 2))
    assert office.requests[0].needs == line.marks[-1].needs == needs
