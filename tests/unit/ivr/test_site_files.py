"""The site's files are edited, broken and taken away while callers come."""

import asyncio
import os
import shutil
import threading
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from infra.own_threads import Hanging
from ivr.current_site import CurrentSite
from ivr.errors import BrokenSiteFile
from ivr.settings import IvrSettings
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


class SlowFolder:
    """Answers when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.goes_on, self.read = asyncio.Event(), threading.Event(), 0
        loop, refresh = asyncio.get_running_loop(), SiteFiles.refresh

        def read_slowly(files: SiteFiles) -> bool:
            loop.call_soon_threadsafe(self.begun.set)
            self.goes_on.wait(5)
            self.read += 1
            return refresh(files)

        monkeypatch.setattr(SiteFiles, "refresh", read_slowly)


async def test_calls_that_come_together_share_one_reading_also_when_one_of_them_ends(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, folder = office.service(), SlowFolder(monkeypatch)
    first, second = (asyncio.create_task(service.handle(ScriptedLine(keys=["1"]))) for _ in range(2))
    await folder.begun.wait()
    first.cancel()
    await asyncio.wait([first])
    folder.goes_on.set()
    await second
    assert (folder.read, [request.queue for request in office.requests]) == (1, ["sales"])


async def test_a_folder_that_hangs_keeps_no_call_waiting_and_counts_again_when_it_answers(
    office: Office, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = office.service(site, IvrSettings(site_answer_max_s=0.05))
    await service.handle(ScriptedLine(keys=["1"]))
    folder, main = SlowFolder(monkeypatch), site / "flows" / "main.yaml"
    main.write_text(main.read_text("utf-8").replace("queue: sales", "queue: vip_sales"), "utf-8")
    with capture_logs() as logs:
        for _ in range(3):
            await service.handle(ScriptedLine(keys=["1"]))
    assert sum("do not answer" in each["event"] for each in logs) == 1
    changed = service._site.watch()
    changed.clear()
    folder.goes_on.set()
    await changed.wait()
    await service.handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales"] * 4 + ["vip_sales"]


async def test_whether_callers_can_be_served_is_told_of_the_files_as_they_are_now(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = site / "numbers.yaml"
    right = numbers.read_text("utf-8")
    numbers.write_text("numbers: [", "utf-8")
    current = CurrentSite(SiteFiles(site, IvrSettings()), answer_max_s=5)
    with pytest.raises(BrokenSiteFile, match=r"numbers\.yaml: line 1"):
        await current.check()
    numbers.write_text(right, "utf-8")
    await current.check()
    folder = SlowFolder(monkeypatch)
    current = CurrentSite(SiteFiles(site, IvrSettings()), answer_max_s=0.5)
    folder.goes_on.set()
    await current.check()
    folder.goes_on.clear()
    with pytest.raises(Hanging, match="do not answer"):
        await current.check()
    folder.goes_on.set()
    await current.close()
    await current.check()


async def test_no_file_is_looked_at_by_the_thread_that_serves_all_calls(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    current = CurrentSite(SiteFiles(site, IvrSettings()), answer_max_s=5)
    stat, looked = Path.stat, []

    def stat_noted(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        looked.append(threading.current_thread())
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat_noted)
    await current.check()
    assert looked
    assert threading.main_thread() not in looked


async def test_who_comes_before_the_first_reading_waits_for_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SlowFolder(monkeypatch)
    asyncio.get_running_loop().call_later(0.1, folder.goes_on.set)
    await office.service(settings=IvrSettings(site_answer_max_s=0.01)).handle(ScriptedLine(keys=["1"]))
    assert [request.queue for request in office.requests] == ["sales"]


async def test_nobody_is_turned_away_because_nothing_could_ever_be_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_files: SiteFiles) -> bool:
        raise OSError("too many open files")

    monkeypatch.setattr(SiteFiles, "refresh", fail)
    line = ScriptedLine(keys=["1"])
    await office.service().handle(line)
    assert (office.outcomes, line.did) == ([], ["answer"])


async def test_a_server_that_ends_lets_a_reading_end_before(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = SlowFolder(monkeypatch)
    running = asyncio.create_task(office.service().run())
    await folder.begun.wait()
    running.cancel()
    asyncio.get_running_loop().call_later(0.05, folder.goes_on.set)
    await asyncio.wait([running])
    assert (folder.read, running.cancelled()) == (1, True)


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
