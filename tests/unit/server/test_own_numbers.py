"""The numbers that lead here, which nobody is called on."""

from types import SimpleNamespace
from typing import cast

from ivr.current_site import CurrentSite
from server.calling import SiteNumbers
from telephony.trunks import Trunk


class DialledNumbers:
    """A site that customers reach by one number."""

    async def read(self) -> SimpleNamespace:
        return SimpleNamespace(numbers=SimpleNamespace(numbers={"4008009000": "main"}))


async def test_the_name_by_which_a_line_signs_in_is_our_own_number_where_it_is_shown_as_one() -> None:
    lines = (
        Trunk(name="first", host="a.example", user="02160000001"),
        Trunk(name="second", host="b.example", user="02160000002", caller_id="02160000003"),
    )
    own = SiteNumbers(
        site=cast("CurrentSite", DialledNumbers()), lines=lines, read_number=lambda number: number
    )
    assert await own.all() == {"4008009000", "02160000001", "02160000003"}
