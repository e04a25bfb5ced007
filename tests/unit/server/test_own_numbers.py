"""The numbers that lead here, which nobody is called on."""

from types import SimpleNamespace
from typing import Any, cast

from acd.calling import Calling
from acd.engine.inputs import SetQueues
from server.calling import SiteNumbers
from telephony.trunks import Trunk
from tests.unit.acd.floor import SALES, Floor, rules


class DialledNumbers:
    """A site that customers reach by one number."""

    async def read(self) -> SimpleNamespace:
        return SimpleNamespace(numbers=SimpleNamespace(numbers={"4008009000": "main"}))


def own_numbers(*lines: Trunk, floor: Floor) -> SiteNumbers:
    calling = Calling(cast("Any", None), floor.engine.world)
    return SiteNumbers(
        site=cast("Any", DialledNumbers()),
        lines=lines,
        shown_by_queues=calling.shown_by_queues,
        read_number=lambda number: number.replace(" ", ""),
    )


async def test_the_name_by_which_a_line_signs_in_is_our_own_number_where_it_is_shown_as_one() -> None:
    own = own_numbers(
        Trunk(name="first", host="a.example", user="02160000001"),
        Trunk(name="second", host="b.example", user="02160000002", caller_id="02160000003"),
        floor=Floor(),
    )
    assert await own.all() == {"4008009000", "02160000001", "02160000003"}


async def test_the_number_that_a_queue_shows_to_whom_it_calls_is_our_own_as_soon_as_it_is_written() -> None:
    floor = Floor()
    own = own_numbers(floor=floor)
    floor.do(SetQueues(queues={SALES: rules(caller_id="021 80009000")}))
    assert await own.all() == {"4008009000", "02180009000"}
