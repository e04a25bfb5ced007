"""Callers go on in the flows with which their call began, whatever is published meanwhile."""

import shutil
from pathlib import Path

import pytest

from ivr.kept import Kept, read_kept, write_kept
from ivr.model import digest_of, pin_of
from kernel.errors import DatabaseUnavailable
from telephony.model import CallMark, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

OLD = """\
start: menu
nodes:
  menu: {type: menu, text: {zh: 旧菜单。请按1。, en: "The old menu, press 1."}, options: {"1": member}}
  member: {type: subflow, flow: identify, next: person}
  person: {type: queue, queue: sales}
"""
OLD_SUB = """\
start: ask
nodes:
  ask: {type: say, text: {zh: 旧的子流程。, en: The old sub-flow.}, next: back}
  back: {type: return}
"""
NEW = """\
start: menu
nodes:
  menu: {type: menu, text: {zh: 新菜单。请按1。, en: "The new menu, press 1."}, options: {"1": person}}
  person: {type: queue, queue: complaints}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    own = tmp_path / "site"
    shutil.copytree(EXAMPLE, own)
    (own / "flows" / "main.yaml").write_text(OLD, encoding="utf-8")
    (own / "flows" / "identify.yaml").write_text(OLD_SUB, encoding="utf-8")
    return own


def publish_other(site: Path) -> None:
    (site / "flows" / "main.yaml").write_text(NEW, encoding="utf-8")
    changed = OLD_SUB.replace("旧的", "新的")
    (site / "flows" / "identify.yaml").write_text(changed, encoding="utf-8")


def texts_in(site: Path) -> dict[str, str]:
    return {
        file.stem: file.read_text(encoding="utf-8")
        for file in (site / "flows").glob("*.yaml")
        if "." not in file.stem
    }


def pin_in(site: Path) -> str:
    return pin_of({name: digest_of(text) for name, text in texts_in(site).items()})


async def marked_in_menu(office: Office, site: Path) -> CallMark:
    """The mark of a caller who stands in the old menu when the server dies."""
    line = ScriptedLine(steps_left=3)
    await office.service(site).handle(line)
    assert line.mark is not None
    assert (line.mark.node, read_kept(line.mark.kept_by_flow).pin) == ("menu", pin_in(site))
    return line.mark


async def test_a_call_goes_on_after_a_restart_in_the_flows_it_began_with(office: Office, site: Path) -> None:
    mark = await marked_in_menu(office, site)
    office.kept_flows[pin_in(site)] = texts_in(site)
    publish_other(site)
    office.said.clear()
    line = ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=mark)
    await office.service(site).handle(line)
    assert office.said[0].startswith("旧菜单")
    assert "旧的子流程。" in office.said
    assert office.requests[0].queue == "sales"
    assert read_kept(office.requests[0].kept_by_flow).pin == read_kept(mark.kept_by_flow).pin


async def test_a_new_call_goes_by_what_is_published(office: Office, site: Path) -> None:
    await marked_in_menu(office, site)
    publish_other(site)
    office.said.clear()
    await office.service(site).handle(ScriptedLine(keys=["1"]))
    assert office.said[0].startswith("新菜单")
    assert office.requests[0].queue == "complaints"


@pytest.mark.parametrize("why", ["forgotten", "away"])
async def test_todays_flows_serve_who_began_in_flows_that_are_not_to_be_had(
    office: Office, site: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    mark = await marked_in_menu(office, site)
    publish_other(site)
    office.said.clear()
    if why == "away":

        async def fail(_pin: str) -> None:
            raise DatabaseUnavailable("away")

        monkeypatch.setattr(office, "texts_of", fail)
    line = ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=mark)
    await office.service(site).handle(line)
    assert office.said[0].startswith("新菜单")
    assert office.requests[0].queue == "complaints"


async def test_who_is_sent_to_a_node_that_is_new_goes_by_todays_flow(office: Office, site: Path) -> None:
    pin = pin_in(site)
    office.kept_flows[pin] = texts_in(site)
    flow = NEW.replace("person", "complaints_desk")
    (site / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    kept = write_kept(Kept(pin=pin))
    mark = CallMark(phase=Phase.MENU, flow="main", node="complaints_desk", language="zh", kept_by_flow=kept)
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    await office.service(site).handle(line)
    assert office.requests[0].queue == "complaints"
    assert read_kept(office.requests[0].kept_by_flow).pin == pin_in(site)


async def test_who_waits_may_press_what_the_flow_offered_when_the_call_began(
    office: Office, site: Path
) -> None:
    old = OLD.replace("{type: queue, queue: sales}", '{type: queue, queue: sales, keys: {"1": menu}}')
    (site / "flows" / "main.yaml").write_text(old, encoding="utf-8")
    pin = pin_in(site)
    office.kept_flows[pin] = texts_in(site)
    publish_other(site)
    mark = CallMark(
        phase=Phase.WAITING,
        flow="main",
        node="person",
        language="zh",
        queue="sales",  # type: ignore[arg-type]
        kept_by_flow=write_kept(Kept(pin=pin)),
    )
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark, steps_left=6)
    line.keys_in_queue = ["1"]
    await office.service(site).handle(line)
    assert office.left
    assert any(text.startswith("旧菜单") for text in office.said)


def test_a_pin_is_read_again_and_marks_of_before_there_were_pins_have_none() -> None:
    kept = Kept(given=(("order", "44"),), flow="main", back=(("main", "menu"),), pin="0123456789abcdef")
    assert read_kept(write_kept(kept)) == kept
    of_older_code = "eNqLjo5Wyi9KSS1S0lEyMVGKjdVRyk3MzFPSAYpDGEq5qXmlQIlYAByeDSA"
    assert read_kept(of_older_code) == Kept(given=(("order", "44"),), flow="main", back=(("main", "menu"),))
