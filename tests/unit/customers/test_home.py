import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from customers.home import Homes, NumberAreas, RegionDirectory
from customers.regions import NO_REGIONS, Regions, parse_regions
from telephony.model import NOWHERE, Home, HomeBy

REGIONS = parse_regions(
    """
regions:
  east: {name: {zh: 华东, en: East}, places: [江苏, 浙江], area_codes: ["0571"]}
  south: {name: {zh: 华南, en: South}, places: [Guangdong]}
"""
)


def homes(regions: Regions = REGIONS) -> Homes:
    return Homes(RegionDirectory(regions, lambda: None), NumberAreas(30), home_region="CN")


@pytest.mark.parametrize(
    ("noted", "number", "home"),
    [
        ("广东省广州市", "+8613812341234", Home("east", HomeBy.NUMBER)),  # listed in English alone
        ("south", "+8613812341234", Home("south", HomeBy.RECORD)),
        ("江苏省南京市", "+8675512345678", Home("east", HomeBy.RECORD)),
        ("", "+8613812341234", Home("east", HomeBy.NUMBER)),
        ("somewhere", "+8613812341234", Home("east", HomeBy.NUMBER)),
        ("", "+8657188881234", Home("east", HomeBy.NUMBER)),
        ("", "+8675512345678", Home("south", HomeBy.NUMBER)),
        ("", "+861065529988", NOWHERE),
        ("", "+864008101234", NOWHERE),
        ("", "95588", NOWHERE),
        ("", "", NOWHERE),
    ],
)
async def test_the_record_says_where_a_caller_is_at_home_and_else_the_number(
    noted: str, number: str, home: Home
) -> None:
    assert await homes().of(noted, number) == home


async def test_a_site_without_regions_never_looks_at_numbers() -> None:
    class NoAreas:
        async def names_of(self, number: str) -> Sequence[str]:
            raise AssertionError(number)

    nowhere = Homes(RegionDirectory(NO_REGIONS, lambda: None), NoAreas(), home_region="CN")
    await nowhere.prepare()
    assert await nowhere.of("江苏", "+8613812341234") == NOWHERE


async def test_changed_regions_count_and_broken_ones_leave_those_of_before() -> None:
    says: list[Regions | Exception | None] = [OSError("the disk is away"), None, REGIONS]
    was_read = asyncio.Event()
    loop = asyncio.get_running_loop()

    def changed() -> Regions | None:
        if not says:
            loop.call_soon_threadsafe(was_read.set)
            return None
        said = says.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    directory = RegionDirectory(NO_REGIONS, changed)
    following = asyncio.create_task(directory.follow(0.001))
    async with asyncio.timeout(5):
        await was_read.wait()
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    assert directory.keys() == {"east", "south"}
