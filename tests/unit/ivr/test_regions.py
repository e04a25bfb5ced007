"""A caller's region: known, or asked for in a menu."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.check import check_files
from ivr.ports import KnownCaller
from ivr.settings import IvrSettings
from telephony.model import NOWHERE, CallMark, Home, HomeBy, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

SOUTH = Home("south", HomeBy.CHOICE)
FLOW = """
start: where
nodes:
  where:
    type: menu
    text: {zh: 华东请按1，华南请按2。, en: "East, press 1. South, press 2."}
    options:
      "1": {to: sales, region: east}
      "2": {to: sales, region: south}
    region_known: sales
  sales: {type: queue, queue: sales}
"""
REGIONS = """
regions:
  east: {name: {zh: 华东, en: East}}
  south: {name: {zh: 华南, en: South}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    (site / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    (site / "regions.yaml").write_text(REGIONS, encoding="utf-8")
    return site


async def test_a_stranger_from_nowhere_is_asked_and_routing_is_told(office: Office, site: Path) -> None:
    line = ScriptedLine(keys=["2"])
    await office.service(site).handle(line)
    assert [request.home for request in office.requests] == [SOUTH]
    assert line.marks[-1].phase is Phase.WAITING
    assert Home(line.marks[-1].region, line.marks[-1].region_by) == SOUTH


async def test_who_is_known_is_not_asked(office: Office, site: Path) -> None:
    home = Home("east", HomeBy.NUMBER)
    office.customer = KnownCaller(home=home)
    line = ScriptedLine(keys=["2"])
    await office.service(site).handle(line)
    assert [request.home for request in office.requests] == [home]
    assert line.keys == ["2"]


async def test_what_a_caller_said_outlives_a_server_that_dies_in_a_menu(office: Office, site: Path) -> None:
    """The number would say otherwise, and the caller has gone on to another menu meanwhile."""
    office.customer = KnownCaller(home=Home("east", HomeBy.NUMBER))
    mark = CallMark(phase=Phase.MENU, flow="main", node="sales", region="south", region_by=HomeBy.CHOICE)
    await office.service(site).handle(ScriptedLine(entry=LineEntry.NEXT, mark=mark))
    assert [request.home for request in office.requests] == [SOUTH]


async def test_without_an_answer_the_caller_comes_from_nowhere(office: Office, site: Path) -> None:
    await office.service(site).handle(ScriptedLine())
    assert [request.home for request in office.requests] == [NOWHERE]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("region: south", "region: sooth"), "unknown_region"),
        (("region_known: sales", "region_known: sale"), "missing_target"),
        (("region_known: sales", "region_known: where"), "endless_loop"),
    ],
)
def test_a_mistake_in_the_flow_is_found(site: Path, change: tuple[str, str], code: str) -> None:
    flow = site / "flows" / "main.yaml"
    assert check_files([flow], lambda _: site, IvrSettings()) == []
    flow.write_text(FLOW.replace(*change), encoding="utf-8")
    assert [problem.code for problem in check_files([flow], lambda _: site, IvrSettings())] == [code]


def test_a_site_without_regions_has_none_to_be_named(site: Path) -> None:
    (site / "regions.yaml").unlink()
    found = check_files([site / "flows" / "main.yaml"], lambda _: site, IvrSettings())
    assert [replace(problem, message="").code for problem in found] == ["unknown_region"] * 2
