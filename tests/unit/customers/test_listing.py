"""Who is on the blacklist or the warning list."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.errors import NotAPrefix, NumberHasExtension, PrefixTooWide, UntilPassed, ValueNotNeeded
from customers.listing import (
    Entry,
    Kind,
    Manner,
    Sort,
    Wish,
    candidates,
    judge,
    reasons,
    require_future,
    value_of,
)
from customers.listing_csv import LINES_MAX, Fault, read_table
from customers.model import number_to_keep
from kernel.ids import StaffId

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def entry(
    value: str,
    kind: Kind = Kind.NUMBER,
    sort: Sort = Sort.BLOCKED,
    *,
    number: int = 1,
    until: datetime | None = None,
    is_proposed: bool = False,
    lifted: datetime | None = None,
) -> Entry:
    wish = Wish(sort=sort, kind=kind, value=value, reason=f"骚扰{number}", until=until)
    return Entry(
        id=number,
        wish=wish,
        added_by=StaffId(1),
        added_at=NOW,
        is_proposed=is_proposed,
        lifted_at=lifted,
    )


def test_a_number_is_blocked_by_itself_and_by_its_beginning() -> None:
    listed = [entry("+8613800138000"), entry("+86170", Kind.PREFIX, number=2)]
    assert judge(listed, "+8613800138000", NOW).blocked == listed[0]
    assert judge(listed, "+8617012345678", NOW).blocked == listed[1]
    assert judge(listed, "+86138001380001", NOW).blocked is None
    assert judge(listed, "", NOW).blocked is None


def test_whole_numbers_count_before_beginnings_and_long_ones_before_short() -> None:
    listed = [
        entry("+86170", Kind.PREFIX, number=1),
        entry("+861701", Kind.PREFIX, number=2),
        entry("+8617012345678", number=3),
    ]
    assert judge(listed, "+8617012345678", NOW).blocked == listed[2]
    assert judge(listed, "+8617012345679", NOW).blocked == listed[1]


def test_withheld_numbers_have_an_entry_of_their_own() -> None:
    listed = [entry("", Kind.WITHHELD)]
    assert judge(listed, "", NOW).blocked == listed[0]
    assert judge(listed, "+8613800138000", NOW).blocked is None
    assert candidates("") == ("",)


def test_what_is_proposed_lifted_or_over_means_nobody() -> None:
    for idle in (
        entry("+8613800138000", is_proposed=True),
        entry("+8613800138000", lifted=NOW),
        entry("+8613800138000", until=NOW),
    ):
        assert judge([idle], "+8613800138000", NOW).blocked is None
    lasting = entry("+8613800138000", until=NOW + timedelta(seconds=1))
    assert judge([lasting], "+8613800138000", NOW).blocked == lasting


def test_all_warnings_that_fit_are_told_each_once() -> None:
    listed = [
        entry("+86138", Kind.PREFIX, Sort.WARNED, number=1),
        entry("+8613800138000", Kind.NUMBER, Sort.WARNED, number=2),
    ]
    found = judge([*listed, listed[1]], "+8613800138000", NOW)
    assert found.blocked is None
    assert reasons(found.warnings) == ("骚扰2", "骚扰1")


@pytest.mark.parametrize(
    "written", ["13800138000", "+86 138-0013-8000", "\uff11\uff13\uff18 0013 8000", "0086 13800138000"]
)
def test_a_number_is_kept_in_its_one_spelling(written: str) -> None:
    assert value_of(Kind.NUMBER, written, _spell, "CN") == "+8613800138000"


def test_an_extension_is_not_dropped_in_silence() -> None:
    with pytest.raises(NumberHasExtension):
        value_of(Kind.NUMBER, "010-88886666 转 801", _spell, "CN")
    assert value_of(Kind.NUMBER, "8001", _spell, "CN") == "8001"


@pytest.mark.parametrize(
    ("written", "prefix"),
    [("170", "+86170"), ("+86170", "+86170"), ("0010", "+10"), ("00 86 170", "+86170"), ("010", "+8610")],
)
def test_a_beginning_without_a_country_is_of_the_home_country(written: str, prefix: str) -> None:
    assert value_of(Kind.PREFIX, written, _spell, "CN") == prefix


def test_nobody_blocks_the_whole_country_or_what_is_no_number() -> None:
    for wide in ("+86", "+8", "0", "+"):
        with pytest.raises((PrefixTooWide, NotAPrefix)):
            value_of(Kind.PREFIX, wide, _spell, "CN")
    for wrong in ("abc", "", "1" * 16):
        with pytest.raises(NotAPrefix):
            value_of(Kind.PREFIX, wrong, _spell, "CN")
    with pytest.raises(ValueNotNeeded):
        value_of(Kind.WITHHELD, "1", _spell, "CN")
    assert value_of(Kind.WITHHELD, " ", _spell, "CN") == ""


def test_an_entry_has_to_count_at_some_time() -> None:
    require_future(NOW + timedelta(seconds=1), NOW)
    require_future(None, NOW)
    with pytest.raises(UntilPassed):
        require_future(NOW, NOW)


def test_a_file_is_read_with_columns_in_both_languages_and_any_order() -> None:
    table = read_table(
        "\ufeff原因,号码,名单,类型,方式,有效期至\n"
        "恶意骚扰,13800138000,黑名单,,拒接,2026-12-31T18:00+08:00\n"
        "\n"
        '"多次投诉, 请注意",170,警示名单,号段,,\n'
    )
    assert table.faults == ()
    first, second = table.rows
    assert (first.line, first.wish.value, first.wish.manner) == (2, "13800138000", Manner.REJECT)
    assert first.wish.until == datetime(2026, 12, 31, 10, 0, tzinfo=UTC)
    assert (second.line, second.wish.sort, second.wish.kind) == (4, Sort.WARNED, Kind.PREFIX)
    assert second.wish.reason == "多次投诉, 请注意"


def test_every_wrong_line_is_named_and_the_others_are_read() -> None:
    table = read_table(
        "list,number,reason,kind,manner,until\n"
        "grey,1,x,,,\n"
        "blocked,138,x,what,,\n"
        "blocked,138,x,,loud,\n"
        "blocked,138,,,,\n"
        "blocked,138,x,,,2026-01-01\n"
        "blocked\n"
        "blocked,13800138000,x,,,\n"
    )
    assert [(fault.line, fault.code) for fault in table.faults] == [
        (2, "unknown_list"),
        (3, "unknown_kind"),
        (4, "unknown_manner"),
        (5, "reason_missing"),
        (6, "not_a_moment"),
        (7, "reason_missing"),
    ]
    assert [row.line for row in table.rows] == [8]


@pytest.mark.parametrize("text", ["", "number,reason\n1,2\n", '"'])
def test_a_file_without_the_columns_says_so(text: str) -> None:
    assert read_table(text).faults == (Fault(line=1, code="columns_missing"),)


def test_a_file_that_is_too_long_is_read_so_far() -> None:
    table = read_table("list,number,reason\n" + "blocked,13800138000,x\n" * (LINES_MAX + 5))
    assert len(table.rows) == LINES_MAX
    assert table.faults == (Fault(line=LINES_MAX + 2, code="too_many_lines"),)


def _spell(text: str) -> str:
    return number_to_keep(text, region="CN")
