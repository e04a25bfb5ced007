"""The directory of experts."""

import asyncio
import threading
from collections.abc import Mapping

import pytest

from customers.model import one_spelling
from infra.web import Context
from kernel.access import Principal, Role
from kernel.ids import StaffId
from staff.errors import ExpertsFileInvalid
from staff.expert_http import ExpertList, ExpertQuery, expert_routes
from staff.experts import Expert, ExpertDirectory, Experts, found, parse_experts

PATIENCE_S = 5.0
GOOD = """\
experts:
  zhao:
    name: 赵工
    department: 研发部
    numbers: ["138 0000 9001", "58880001"]
    skills: {washing: 5, english: 1}
    note: 漏水
  miller:
    name: Anna Miller
    numbers: ["+44 20 7946 0123"]
    skills: {english: 5}
    language: en
"""


def read(text: str) -> Experts:
    return parse_experts(text, lambda number: one_spelling(number, region="CN", area_code="021"))


def names(experts: Mapping[str, Expert], text: str = "", skill: str = "") -> list[str]:
    return [expert.key for expert in found(experts.values(), text, skill)]


def test_experts_are_read_with_their_numbers_in_one_spelling() -> None:
    zhao = read(GOOD)["zhao"]
    assert zhao == Expert(
        key="zhao",
        name="赵工",
        numbers=("+8613800009001", "+862158880001"),
        skills={"washing": 5, "english": 1},
        department="研发部",
        note="漏水",
    )


def test_experts_are_asked_in_their_language_and_no_other_than_the_prompts_have() -> None:
    assert [expert.language for expert in read(GOOD).values()] == ["", "en"]
    with pytest.raises(ExpertsFileInvalid, match="language"):
        read(GOOD.replace("language: en", "language: fr"))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("", ["miller", "zhao"]),
        ("anna", ["miller"]),
        ("研发", ["zhao"]),
        ("漏水", ["zhao"]),
        ("washing", ["zhao"]),
        ("0000 9001", ["zhao"]),
        ("020 7946", ["miller"]),
        ("20 7946", ["miller"]),
        ("nobody", []),
    ],
)
def test_experts_are_found_by_all_that_is_known_of_them(text: str, keys: list[str]) -> None:
    assert names(read(GOOD), text) == keys


def test_who_has_a_skill_most_comes_first() -> None:
    assert names(read(GOOD), skill="english") == ["miller", "zhao"]
    assert names(read(GOOD), "赵", "english") == ["zhao"]
    assert names(read(GOOD), skill="french") == []


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("[]", 1, "needs `experts:`"),
        ("experts: {a: [", 1, "not YAML"),
        (GOOD.replace("58880001", "5"), 5, "zhao: numbers: between 3 and 20 digits"),
        (GOOD.replace("english: 5", "english: 50"), 11, "miller: skills.english"),
        (GOOD.replace("  miller:", "  Miller A:"), 8, "Miller A: the expert"),
        (GOOD.replace("name: 赵工", 'name: ""'), 3, "zhao: name"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(ExpertsFileInvalid, match=what) as refused:
        read(text)
    assert refused.value.line == line


def test_nobody_is_an_empty_directory() -> None:
    assert read("experts: {}") == {}


async def test_the_directory_is_the_file_as_it_is_now() -> None:
    edits = iter([None, read(GOOD), None, {}])
    directory = ExpertDirectory({}, lambda: next(edits))
    assert [len(await directory.all()) for _ in range(4)] == [0, 2, 2, 0]


async def test_who_asks_beside_the_reader_of_an_edit_hears_of_it_too() -> None:
    edits = iter([read(GOOD), None])
    has_begun, may_end = threading.Event(), threading.Event()

    def slowly() -> Experts | None:
        edit = next(edits)
        if edit is not None:
            has_begun.set()
            assert may_end.wait(PATIENCE_S)
        return edit

    directory = ExpertDirectory({}, slowly)
    reader = asyncio.create_task(directory.all())
    await asyncio.to_thread(has_begun.wait, PATIENCE_S)
    other = asyncio.create_task(directory.all())
    await asyncio.wait([other], timeout=0.05)
    may_end.set()
    assert [len(await each) for each in (reader, other)] == [2, 2]


async def test_an_edit_counts_also_when_whoever_read_it_is_gone() -> None:
    edits = iter([read(GOOD), None])
    has_begun, may_end = threading.Event(), threading.Event()

    def slowly() -> Experts | None:
        has_begun.set()
        assert may_end.wait(PATIENCE_S)
        return next(edits)

    directory = ExpertDirectory({}, slowly)
    reader = asyncio.create_task(directory.all())
    await asyncio.to_thread(has_begun.wait, PATIENCE_S)
    reader.cancel()
    may_end.set()
    await asyncio.wait([reader])
    assert len(await directory.all()) == 2


async def test_a_page_of_experts_tells_how_many_there_are() -> None:
    directory = ExpertDirectory(read(GOOD), lambda: None)
    user = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
    (route,) = expert_routes(directory)
    query = ExpertQuery(skill="english", limit=1, offset=1)
    reply = await route.handler(Context(user=user, path={}, body=None, query=query))
    assert isinstance(reply, ExpertList)
    assert (reply.total, [item.key for item in reply.items]) == (2, ["zhao"])
    assert reply.items[0].numbers == ["+8613800009001", "+862158880001"]
