"""Who calls is what a trusted line says, and from any other what the phone wrote."""

from ipaddress import IPv4Network

import pytest

from kernel.ids import CallId
from telephony.events import CallArrived
from telephony.trunks import Trunk
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import CUSTOMERS_AT, exchange, prepare
from tests.asterisk.test_hostile import invite

TRUSTED_AT = "127.0.0.3"
CARRIER = Trunk(
    name="carrier", host=TRUSTED_AT, accept_from=(IPv4Network(f"{TRUSTED_AT}/32"),), asserts_identity=True
)
WRITTEN = '"Bob" <sip:13900009999@h>;tag=1'
ASSERTED = ("P-Asserted-Identity", '"Li, \\"Jing\\"" <sip:+8613800138000@carrier>')
CALLS = {
    "says who calls": (TRUSTED_AT, [ASSERTED], "+8613800138000"),
    "says it as a telephone number": (
        TRUSTED_AT,
        [("P-Asserted-Identity", "<tel:+8613800138000>"), ("Privacy", "none")],
        "+8613800138000",
    ),
    "says nothing": (TRUSTED_AT, [], "+8613900009999"),
    "says a text": (TRUSTED_AT, [("P-Asserted-Identity", "<sip:1';x@h>")], ""),
    "says it, and that it is to be kept from us": (
        TRUSTED_AT,
        [ASSERTED, ("Privacy", "id")],
        "+8613900009999",
    ),
    "says it, and is not trusted": (CUSTOMERS_AT, [ASSERTED], "+8613900009999"),
}


async def test_who_calls_is_what_a_trusted_line_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    asterisk = prepare(tmp_path_factory.mktemp("asterisk"), others=(CARRIER,))
    asterisk.start()
    read: dict[CallId, str] = {}
    try:
        async with exchange(asterisk, Holding(*[waiting(1)] * len(CALLS))) as it:
            for at, said, _ in CALLS.values():
                invite(asterisk.settings.sip_port, WRITTEN, *said, at=at)
                event = await it.heard.until(CallArrived, lambda event: event.arrival.call not in read)
                read[event.arrival.call] = event.arrival.caller_number
    finally:
        asterisk.kill()
    assert dict(zip(CALLS, read.values(), strict=True)) == {
        name: expected for name, (_, _, expected) in CALLS.items()
    }
