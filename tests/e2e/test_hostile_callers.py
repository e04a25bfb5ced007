"""Callers whose names are attacks, and clients that are no Asterisk: harmless in log, database and page."""

import asyncio
import contextlib
import json
import secrets
import socket

from playwright.async_api import expect

from rig.agents import Manners
from rig.browser import Browsers, Desk
from rig.customers import Caller, Customer, Trunk, dial
from rig.sip import build, description, parse
from telephony.asterisk.caller_text import TEXT_LENGTH_MAX
from tests.e2e.floor import MAIN_NUMBER, Floor, hears_tone, until

AGENT_TONE_HZ = 1500
LONG = "长" * 500
NAMES: dict[bytes, str] = {
    rb"say \"hi\" \\ you": 'say "hi" \\ you',
    b"x,HL_CALLER=PJSIP/trunk-loopback": "x,HL_CALLER=PJSIP/trunk-loopback",
    b"x,CC_CALLER=1": "x,CC_CALLER=1",
    b"${SHELL(id)}": "${SHELL(id)}",
    "王小姐 😀".encode(): "王小姐 😀",
    b"<script>window.rigHit=1</script>": "<script>window.rigHit=1</script>",
    b"<img src=x onerror=window.rigHit=1>": "<img src=x onerror=window.rigHit=1>",
    b"{{constructor.constructor('window.rigHit=1')()}}": "{{constructor.constructor('window.rigHit=1')()}}",
    b"' OR 1=1 --": "' OR 1=1 --",
    LONG.encode(): LONG[:TEXT_LENGTH_MAX],
    "王小姐".encode("gbk"): "王小姐",
}
"""What a caller sends, and what people may read of it. A CSV of sipp carries no semicolon."""
WIRE_NAMES = (
    b"x\r\n Action: Originate",
    b"x\r\nX-Evil: 1\r\n y",
    b"x\rAction: Hangup",
    b"nul\x00HL_EVIL=1",
    b"x\\\r\\\nAction: Hangup",
)
"""What sipp cannot send: line ends as far as SIP carries them, and NUL."""


def _hostile_number(n: int) -> str:
    return f"135333300{n:02}"


async def _rows(floor: Floor, number: str) -> tuple[str, str]:
    """The call's id and the caller's name in the ledger."""
    query = "SELECT id, caller_name FROM call WHERE caller_number = ?"
    await until(
        lambda: len(floor.rows(query, f"+86{number}")) == 1, 10, f"the call of {number} in the ledger"
    )
    [(call, name)] = floor.rows(query, f"+86{number}")
    return str(call), str(name)


async def _dial(floor: Floor, number: str, name: bytes) -> Customer:
    line = (floor.clock, floor.instance.trunk)
    customer = await dial(line, Caller(number=number, name=name), to=MAIN_NUMBER)
    floor.customers.append(customer)
    await customer.first_sound()
    return customer


def _raw_invite(trunk: Trunk, number: str, name: bytes) -> int:
    """A call whose name no phone would send; the final status, 0 for none. An answered call is hung up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((trunk.host, 0))
        wire.settimeout(5)
        here = f"{trunk.host}:{wire.getsockname()[1]}"
        call, branch = secrets.token_hex(8), secrets.token_hex(8)
        there = (trunk.asterisk_host, trunk.asterisk_port)

        def request(method: str, sequence: int, to: str, body: str = "") -> bytes:
            headers = [
                ("Via", f"SIP/2.0/UDP {here};branch=z9hG4bK{branch}{method}"),
                ("From", f'"NAME" <sip:{number}@{here}>;tag=1'),
                ("To", to),
                ("Call-ID", call),
                ("CSeq", f"{sequence} {method}"),
                ("Contact", f"<sip:{number}@{here}>"),
                ("Max-Forwards", "70"),
            ]
            headers += [("Content-Type", "application/sdp")] if body else []
            target = f"sip:{MAIN_NUMBER}@{there[0]}:{there[1]}"
            return build(f"{method} {target} SIP/2.0", headers, body).encode().replace(b"NAME", name)

        to = f"<sip:{MAIN_NUMBER}@{there[0]}:{there[1]}>"
        wire.sendto(request("INVITE", 1, to, description(trunk.host, 9)), there)
        try:
            while (answer := parse(wire.recv(8192).decode(errors="replace"))).status < 200:
                pass
        except TimeoutError:
            return 0
        wire.sendto(request("ACK", 1, answer.get("To")), there)
        if answer.status == 200:
            wire.sendto(request("BYE", 2, answer.get("To")), there)
        return answer.status


def _unharmed(floor: Floor) -> None:
    """Nothing ran, and no line of a log was made by a caller."""
    said = floor.instance.log("server"), floor.instance.log("asterisk"), floor.instance.log("edge")
    assert "uid=" not in "".join(said)
    for line in said[0].splitlines():
        assert isinstance(json.loads(line), dict), line
    assert floor.rows("SELECT count(*) FROM call WHERE caller_name LIKE '%uid=%'") == [(0,)]


async def test_hostile_names_are_nothing_but_text(floor: Floor, browsers: Browsers) -> None:
    customers = await asyncio.gather(
        *(_dial(floor, _hostile_number(n), name) for n, name in enumerate(NAMES))
    )
    found = [await _rows(floor, _hostile_number(n)) for n in range(len(NAMES))]
    for customer in customers:
        await customer.hang_up()
    assert [name for _, name in found] == list(NAMES.values())

    async with browsers.fresh(tone_hz=1000) as context:
        desk = Desk(await context.new_page(), floor.instance.base_url)
        await desk.sign_in("chen", floor.password("chen"))
        for call, name in found:
            await desk.page.goto(f"{desk.base_url}/calls/{call}")
            await expect(desk.page.get_by_test_id("call-caller-name")).to_have_text(name)
            assert await desk.page.evaluate("window.rigHit") is None
    _unharmed(floor)


async def test_a_hostile_name_rings_as_text(floor: Floor, browsers: Browsers) -> None:
    name = b"<img src=x onerror=window.rigHit=1>"
    async with browsers.fresh(tone_hz=1000) as context:
        desk = await floor.ready_desk("lijing", context)
        customer = await _dial(floor, "13533331001", name)
        customer.press("2")
        await expect(desk.page.get_by_test_id("call-customer")).to_have_text(name.decode(), timeout=20_000)
        await desk.page.get_by_test_id("call-answer").click()
        await hears_tone(customer, 1000)
        assert await desk.page.evaluate("window.rigHit") is None
        assert await desk.page.locator("img[src=x]").count() == 0
        await desk.page.get_by_test_id("call-hang-up").click()
        assert await customer.until_over(10) == 0


async def test_line_ends_and_nul_in_a_name_inject_nothing(floor: Floor) -> None:
    trunk = floor.instance.trunk
    # Some are never answered: all at once, so that their silence is waited for once.
    statuses = await asyncio.gather(
        *(
            asyncio.to_thread(_raw_invite, trunk, f"135333320{n:02}", name)
            for n, name in enumerate(WIRE_NAMES)
        )
    )
    # What stands behind a NUL is hidden from the dialplan, the number too: such a caller withholds it.
    query = "SELECT caller_name FROM call WHERE caller_number LIKE '+86135333320%' OR caller_number = ''"
    answered = statuses.count(200)
    await until(lambda: len(floor.rows(query)) == answered, 10, "all that was answered in the ledger")
    for (name,) in floor.rows(query):
        assert str(name).isprintable()
        assert len(str(name)) <= TEXT_LENGTH_MAX
    assert 200 in statuses, f"none of them came as far as Hotline: {statuses}"
    _unharmed(floor)
    await _dial(floor, "13533332099", b"")


async def test_clients_that_are_no_asterisk_hold_up_no_call(floor: Floor) -> None:
    for _ in range(10):
        _, writer = await asyncio.open_connection("127.0.0.1", floor.instance.agi_port)
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", floor.instance.agi_port)
    writer.write(b"x" * 1_000_000)

    was_heard = asyncio.Event()
    manners = Manners(talk_s=0.0, may_hang_up=was_heard)
    agent = await floor.ready_agent("wangqiang", tone_hz=AGENT_TONE_HZ, manners=manners)
    customer = await floor.queued_customer("13533333001")
    await hears_tone(customer, AGENT_TONE_HZ, within_s=30)
    was_heard.set()

    assert agent.phone is not None
    assert await customer.until_over(20) == 0
    with contextlib.suppress(ConnectionError):  # refused as well, in other words
        assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
