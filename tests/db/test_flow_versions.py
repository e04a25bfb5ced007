"""Flows are written, published and brought back, on both databases; the files stay the truth."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from ivr.flow_folder import FlowFolder
from ivr.model import digest_of
from ivr.settings import IvrSettings
from ivr.store import UNFINISHED_FOR
from ivr.version import Publication
from ivr.version_errors import (
    DraftChanged,
    FlowChanged,
    FlowHasErrors,
    FlowNotWritten,
    NoSuchFlow,
    NoSuchVersion,
    NothingToPublish,
)
from ivr.visits import Passed
from tests.db.flow_house import CHEN, FLOWS, LI, NOON, House, opened, reworded

THROUGH_IDENTIFY = """\
start: who
nodes:
  who: {type: subflow, flow: identify, next: person}
  person: {type: queue, queue: sales}
"""


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(url, tmp_path) as house:
        yield house


async def test_every_flow_of_a_site_is_a_version_from_the_start_and_once(house: House) -> None:
    house.start()
    await house.noted()
    (only,) = await house.versions.versions("main", limit=10)
    assert (only.number, only.origin, only.staff) == (1, "file", None)
    assert await house.versions.text("main", 1) == house.text
    assert {one.flow for one in await house.versions.all()} == FLOWS


async def test_a_file_changed_by_hand_is_a_version_of_its_own_with_its_comments(house: House) -> None:
    house.main.write_text(f"# 为双十一准备\n{reworded(house.text)}", encoding="utf-8")
    await house.noted()
    newest, first = await house.versions.versions("main", limit=10)
    assert (newest.number, newest.origin, first.number) == (2, "file", 1)
    assert (await house.versions.text("main", 2)).startswith("# 为双十一准备\n")


async def test_a_broken_file_is_no_version(house: House) -> None:
    house.main.write_text("start: [", encoding="utf-8")
    await house.noted()
    assert len(await house.versions.versions("main", limit=10)) == 1


async def test_publishing_writes_the_file_with_who_and_why_and_ends_the_draft(house: House) -> None:
    wanted = reworded(house.text)
    revision = await house.drafted(wanted)
    version = await house.versions.publish_draft("main", revision=revision, comment="更亲切", by=CHEN)
    assert house.text == wanted
    assert (version.number, version.origin, version.staff) == (2, "page", CHEN)
    assert (version.comment, version.at, version.digest) == ("更亲切", NOON, digest_of(wanted))
    assert house.trail == [(CHEN, "flow_published", "main")]
    assert (await house.versions.find("main")).draft is None
    await house.noted()
    assert len(await house.versions.versions("main", limit=10)) == 2
    assert house.current.last.flows["main"].text == wanted


async def test_a_flow_with_errors_is_not_published_and_each_error_is_told(house: House) -> None:
    before = house.text
    revision = await house.drafted(before.replace("queue: complaints", "queue: complains"))
    with pytest.raises(FlowHasErrors) as refused:
        await house.versions.publish_draft("main", revision=revision, comment="", by=CHEN)
    (problem,) = refused.value.problems
    assert (problem.code, problem.node) == ("unknown_queue", "complaints")
    assert "complains" in before.splitlines()[problem.line - 1] or problem.line > 1
    assert house.text == before
    assert (await house.versions.find("main")).draft is not None
    assert house.trail == []


async def test_errors_that_it_would_bring_into_another_flow_keep_it_from_being_published(
    house: House,
) -> None:
    text = (house.site / "flows" / "identify.yaml").read_text(encoding="utf-8")
    house.main.write_text(THROUGH_IDENTIFY, encoding="utf-8")
    around = text.replace("back: {type: return}", "back: {type: subflow, flow: main, next: ask}")
    problems = await FlowFolder(house.site, house.settings).check("identify", around)
    assert {problem.code for problem in problems} == {"endless_loop"}
    assert {problem.file for problem in problems} == {"identify.yaml", "main.yaml"}


async def test_what_is_wrong_elsewhere_already_keeps_nobody_from_publishing(house: House) -> None:
    (house.site / "flows" / "workshop.yaml").write_text("broken: [", encoding="utf-8")
    await house.drafted(reworded(house.text))
    assert (await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)).number == 2


async def test_rolling_back_publishes_the_older_text_under_a_new_number(house: House) -> None:
    first = house.text
    await house.drafted(reworded(first))
    await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    back = await house.versions.roll_back("main", 1, comment="客户听不懂", by=LI)
    assert house.text == first
    assert (back.number, back.origin, back.staff, back.comment) == (3, "rollback", LI, "客户听不懂 (← 1)")
    assert house.trail[-1] == (LI, "flow_rolled_back", "main")
    with pytest.raises(NothingToPublish):
        await house.versions.roll_back("main", 1, comment="", by=LI)
    with pytest.raises(NoSuchVersion):
        await house.versions.roll_back("main", 99, comment="", by=LI)


async def test_two_who_write_one_draft_lose_no_word(house: House) -> None:
    both = await asyncio.gather(
        house.drafted("start: a\n# 陈", by=CHEN),
        house.drafted("start: a\n# 李", by=LI),
        return_exceptions=True,
    )
    (refused,) = [one for one in both if isinstance(one, DraftChanged)]
    saved = (await house.versions.find("main")).draft
    assert saved is not None
    assert refused.details == {"text": saved.text, "revision": 1}
    assert await house.drafted("start: a\n# 陈和李", revision=1) == 2
    with pytest.raises(DraftChanged):
        await house.drafted("start: b", revision=1)
    with pytest.raises(DraftChanged):
        await house.versions.drop_draft("main", revision=1, by=LI)
    with pytest.raises(DraftChanged):
        await house.versions.publish_draft("main", revision=1, comment="", by=LI)


async def test_a_file_changed_by_hand_under_a_draft_is_shown_and_not_written_over(house: House) -> None:
    await house.drafted(reworded(house.text))
    by_hand = f"# 手工修改\n{house.text}"
    house.main.write_text(by_hand, encoding="utf-8")
    with pytest.raises(FlowChanged) as refused:
        await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    assert refused.value.details == {"text": by_hand, "digest": digest_of(by_hand)}
    assert house.text == by_hand
    await house.drafted(reworded(by_hand), revision=1)
    await house.versions.publish_draft("main", revision=2, comment="", by=CHEN)
    assert house.text == reworded(by_hand)


async def test_a_draft_that_is_written_on_while_it_is_published_stays(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = reworded(house.text)
    await house.drafted(wanted)
    begin = house.store.begin

    async def slowly(one: Publication, at: datetime) -> int:
        await house.drafted(f"{wanted}# 还有\n", revision=1, by=LI)
        return await begin(one, at)

    monkeypatch.setattr(house.store, "begin", slowly)
    await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    draft = (await house.versions.find("main")).draft
    assert draft is not None
    assert draft.text.endswith("# 还有\n")


async def test_a_server_that_dies_behind_the_file_has_published_all_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_given: object, **_named: object) -> None:
        raise asyncio.CancelledError

    await house.drafted(reworded(house.text))
    monkeypatch.setattr(house.store, "finish", die)
    with pytest.raises(asyncio.CancelledError):
        await house.versions.publish_draft("main", revision=1, comment="更亲切", by=CHEN)
    house.start()
    await house.noted()
    newest, _ = await house.versions.versions("main", limit=10)
    assert (newest.number, newest.origin, newest.staff, newest.comment) == (2, "page", CHEN, "更亲切")
    assert (await house.versions.find("main")).draft is None


async def test_a_server_that_dies_before_the_file_has_published_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_given: object, **_named: object) -> None:
        raise asyncio.CancelledError

    before = house.text
    await house.drafted(reworded(before))
    monkeypatch.setattr(FlowFolder, "write", die)
    with pytest.raises(asyncio.CancelledError):
        await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    monkeypatch.undo()
    house.start()
    await house.noted()
    assert house.text == before
    assert len(await house.versions.versions("main", limit=10)) == 1
    house.at += UNFINISHED_FOR + timedelta(seconds=1)
    version = await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    assert (version.number, house.text) == (2, reworded(before))


async def test_a_folder_that_cannot_be_written_leaves_no_version(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _text: str) -> None:
        raise PermissionError(13, "Permission denied", "main.yaml")

    monkeypatch.setattr("ivr.flow_folder.write_whole", refuse)
    await house.drafted(reworded(house.text))
    with pytest.raises(FlowNotWritten, match="Permission denied"):
        await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    assert len(await house.versions.versions("main", limit=10)) == 1


async def test_a_new_flow_is_drafted_and_published_into_a_file_of_its_own(house: House) -> None:
    with pytest.raises(NoSuchFlow):
        await house.versions.find("survey")
    text = "start: bye\nnodes:\n  bye: {type: hangup}\n"
    await house.versions.save_draft("survey", text, revision=0, based_on="", by=CHEN)
    published = await house.versions.publish_draft("survey", revision=1, comment="", by=CHEN)
    assert published.number == 1
    assert (house.site / "flows" / "survey.yaml").read_text(encoding="utf-8") == text


async def test_the_flows_of_a_running_call_are_found_by_its_pin(house: House) -> None:
    pin, first = house.current.last.pin, house.text
    await house.drafted(reworded(first))
    await house.versions.publish_draft("main", revision=1, comment="", by=CHEN)
    await house.noted()
    texts = await house.store.texts_of(pin)
    assert texts is not None
    assert texts["main"] == first
    assert texts.keys() == FLOWS
    now = await house.store.texts_of(house.current.last.pin)
    assert now is not None
    assert now["main"] == reworded(first)
    assert await house.store.texts_of("none") is None


async def test_of_versions_and_sets_only_so_many_are_kept(house: House) -> None:
    house.settings = IvrSettings(flow_versions_kept_max=2, flow_sets_kept_max=2)
    house.start()
    pins = []
    for number in range(2, 6):
        await house.versions.publish("main", f"{house.text}# {number}\n", comment="")
        house.at += timedelta(minutes=1)
        await house.noted()
        pins.append(house.current.last.pin)
    assert [one.number for one in await house.versions.versions("main", limit=10)] == [5, 4]
    assert await house.store.texts_of(pins[0]) is None
    assert await house.store.texts_of(pins[-1]) is not None


async def test_two_processes_that_publish_at_once_get_numbers_of_their_own(house: House) -> None:
    one = Publication(flow="other", text="a", origin="command", staff=None, comment="")
    numbers = await asyncio.gather(*(house.store.begin(one, NOON) for _ in range(4)))
    assert sorted(numbers) == [1, 2, 3, 4]


async def test_what_is_kept_follows_the_files_while_the_server_runs(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, note_file = asyncio.Event(), house.store.note_file

    async def noting(flow: str, text: str, at: datetime) -> bool:
        is_new = await note_file(flow, text, at)
        if is_new:
            kept.set()
        return is_new

    monkeypatch.setattr(house.store, "note_file", noting)
    running = asyncio.create_task(house.versions.run())
    try:
        house.main.write_text(reworded(house.text), encoding="utf-8")
        await house.current.read()
        async with asyncio.timeout(20):
            await kept.wait()
        assert len(await house.versions.versions("main", limit=10)) == 2
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_counts_of_callers_are_added_up_by_day_and_forgotten_in_the_end(house: House) -> None:
    day = date(2026, 11, 23)
    menu, bye = ("main", "menu"), ("main", "bye")
    for counted in ({menu: Passed(came=2)}, {menu: Passed(came=1, hung_up=1), bye: Passed(came=1)}):
        await house.store.add_visits(day, counted, forget_before=day)
    assert await house.store.visits_of(day) == {menu: Passed(came=3, hung_up=1), bye: Passed(came=1)}
    await house.store.add_visits(date(2027, 12, 31), {menu: Passed(came=1)}, forget_before=date(2027, 1, 1))
    assert await house.store.visits_of(day) == {}
