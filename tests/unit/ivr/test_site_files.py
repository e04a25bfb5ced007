"""The site's files are edited, broken and taken away while callers come."""

import asyncio
import shutil
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from ivr.site import SiteFiles
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    return site


async def test_changed_flow_counts_from_the_next_call_on(office: Office, site: Path) -> None:
    service = office.service(site)
    await service.handle(ScriptedLine(keys=["1"]))
    main = site / "flows" / "main.yaml"
    main.write_text(
        main.read_text(encoding="utf-8").replace("queue: sales", "queue: vip_sales"), encoding="utf-8"
    )
    await service.handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales", "vip_sales"]


async def test_broken_flow_keeps_its_last_good_version(office: Office, site: Path) -> None:
    service = office.service(site)
    await service.handle(ScriptedLine(keys=["1"]))
    (site / "flows" / "main.yaml").write_text("start: [", encoding="utf-8")
    await service.handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales", "sales"]


async def test_what_was_never_right_is_said_once_and_anew_when_it_is_wrong_in_another_way(
    office: Office, site: Path
) -> None:
    service, main = office.service(site), site / "flows" / "main.yaml"
    right, said = main.read_text(encoding="utf-8"), []
    for text in ("start: [", "start: [", "start: welcome\nnodes: {", right):
        main.write_text(text, encoding="utf-8")
        with capture_logs() as logs:
            await service.handle(ScriptedLine(keys=["1"]))
        said.append([each["reason"] for each in logs if each["event"].startswith("callers cannot")])
    assert [len(reasons) for reasons in said] == [1, 0, 1, 0]
    assert "main.yaml: line 1: " in said[0][0]
    assert "main.yaml: line 2: " in said[2][0]


async def test_who_goes_while_the_site_is_read_leaves_nobody_reading_behind(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, begun, go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()
    ended: list[str] = []

    def read_slowly(_files: SiteFiles) -> bool:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait(5)
        ended.append("reading")
        return False

    monkeypatch.setattr(SiteFiles, "refresh", read_slowly)
    session = asyncio.create_task(office.service().handle(ScriptedLine()))
    session.add_done_callback(lambda _: ended.append("session"))
    await begun.wait()
    session.cancel()
    loop.call_later(0.05, go_on.set)
    await asyncio.wait([session])
    assert (ended, session.cancelled()) == (["reading", "session"], True)


@pytest.mark.parametrize("broken", ["numbers.yaml", "calendars.yaml", "flows/main.yaml"])
async def test_a_new_server_goes_by_the_last_good_version_of_a_broken_file(
    office: Office, site: Path, broken: str
) -> None:
    await office.service(site).handle(ScriptedLine(keys=["1"]))
    (site / broken).write_text("start: [", encoding="utf-8")
    await office.service(site).handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales", "sales"]


async def test_a_flow_that_was_taken_away_does_not_come_back_broken(office: Office, site: Path) -> None:
    service, flow = office.service(site), site / "flows" / "main.yaml"
    await service.handle(ScriptedLine(keys=["1"]))
    flow.unlink()
    await service.handle(ScriptedLine(keys=["1"]))
    flow.write_text("start: [", encoding="utf-8")
    await office.service(site).handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales"]
