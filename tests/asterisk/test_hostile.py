"""What strangers, callers and broken programs may try."""

import asyncio
import re
import secrets
import socket

import pytest

from kernel.ids import CallId
from rig.customers import Trunk as Network
from rig.sip import build, description
from telephony.asterisk.call_records import CallRecords
from telephony.events import CallArrived, CallEnded, CallRejected, Joined, LegEnded
from telephony.model import CallMark, EndReason, Phase
from telephony.port import Line
from tests.asterisk.private_asterisk import CUSTOMERS_AT, PrivateAsterisk, exchange, prepare
from tests.contract.stages import ring

PHONE_AWAY = re.compile(
    r"Is endpoint registered and reachable|Failed to create outgoing session to endpoint 'desk-"
)
"""Of desk phones that are rung though they are gone, by other tests on the same Asterisk."""
HOSTILE_NAMES = {
    b"x,HL_CALLER=PJSIP/trunk-loopback": "x,HL_CALLER=PJSIP/trunk-loopback",
    b"${SHELL(id)}": "${SHELL(id)}",
    b"a\rAction: Hangup": None,
    b'say \\"hi\\" \\\\ you': 'say "hi" \\ you',
    "王小姐 😀".encode(): "王小姐 😀",
    "王小姐".encode("gbk"): None,
    b"\xff\xfe\x01": None,
    b"%0d%0aHL_EVIL: 1": "%0d%0aHL_EVIL: 1",
}


async def held(line: Line) -> None:
    await line.answer()
    await line.write_mark(CallMark(phase=Phase.WAITING))
    await line.hold()


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=lambda name: name.decode("latin-1")[:12])
async def test_a_callers_name_sets_nothing_and_runs_nothing(asterisk: PrivateAsterisk, name: bytes) -> None:
    async with exchange(asterisk, held) as it:
        device, _ = await it.phone(7)
        await it.call(name=name)
        arrived = (await it.heard.until(CallArrived)).arrival
        await it.switch.ring(ring(arrived.call, device))
        await it.heard.until(Joined)
        channels = await asyncio.to_thread(asterisk.console, "core show channels concise")
        shown = [
            await asyncio.to_thread(asterisk.console, f"core show channel {line.split('!')[0]}")
            for line in channels.splitlines()
            if line.startswith("PJSIP/")
        ]
        alive = await it.switch.snapshot()
    assert len(shown) == 2
    set_variables = [line for text in shown for line in text.splitlines()]
    assert not any(line.startswith(("HL_CALLER=", "HL_EVIL=")) or "uid=" in line for line in set_variables)
    assert [live.arrival.call for live in alive.calls] == [arrived.call]
    assert arrived.caller_number == "+8613800138000"
    arrived.caller_name.encode("utf-8")
    assert HOSTILE_NAMES[name] in {None, arrived.caller_name}


NO_NUMBERS = (
    *("1'%20or%201=1", "alice42", "1%222", "1)2a", "$%7BHL_CALL%7D1", "1,2", "1%5C%7D2", "1%3F2%3A3", "13*7"),
    *("1%0D%0A2", "12+34", "1%0Aagi_uniqueid%3A%20other"),
)
"""As phones write them, with what a SIP address has no other way for."""
NUMBERS = {
    "+86%20138-0013-8000": "+8613800138000",
    "(010)%2065529988": "+861065529988",
    "95588": "95588",
}


async def test_a_callers_number_is_what_they_sent_or_none(asterisk: PrivateAsterisk) -> None:
    read: dict[CallId, str] = {}
    async with exchange(asterisk, held) as it:
        for number in (*NO_NUMBERS, *NUMBERS):
            await it.call(number=number)
            arrived = (
                await it.heard.until(CallArrived, lambda event: event.arrival.call not in read)
            ).arrival
            read[arrived.call] = arrived.caller_number
        alive = (await it.switch.snapshot()).calls
    assert list(read.values()) == [""] * len(NO_NUMBERS) + list(NUMBERS.values())
    assert {live.arrival.call: live.arrival.caller_number for live in alive} == read


FROMS = {
    "sip:13800138000@h;tag=1": ("+8613800138000", ""),
    "<tel:+8613800138000>;tag=1": ("+8613800138000", ""),
    "tel:13800138000;phone-context=h;tag=1": ("+8613800138000", ""),
    "Bob Miller <sip:+8613800138000;phone-context=h@h>;tag=1": ("+8613800138000", "Bob Miller"),
    '"a<b>, c" <sip:13800138000@h>;tag=1': ("+8613800138000", "a<b>, c"),
    '"a" <sip:13800138000@h>;tag=1;x="<sip:110@h>"': ("", ""),
    '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1': ("", "Anonymous"),
}


async def test_who_calls_is_read_however_it_is_written(asterisk: PrivateAsterisk) -> None:
    read: dict[CallId, tuple[str, str]] = {}
    async with exchange(asterisk, held) as it:
        for written in FROMS:
            invite(asterisk.settings.sip_port, written)
            arrived = (
                await it.heard.until(CallArrived, lambda event: event.arrival.call not in read)
            ).arrival
            read[arrived.call] = (arrived.caller_number, arrived.caller_name)
    assert dict(zip(FROMS, read.values(), strict=True)) == FROMS


def invite(port: int, caller: str, *more: tuple[str, str], at: str = CUSTOMERS_AT) -> None:
    """A call as no phone of ours writes it; nobody waits for its answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind((at, 0))
        here = f"{at}:{wire.getsockname()[1]}"
        headers = [
            ("Via", f"SIP/2.0/UDP {here};branch=z9hG4bK{secrets.token_hex(8)}"),
            ("From", caller),
            ("To", "<sip:4001@127.0.0.1>"),
            ("Call-ID", secrets.token_hex(8)),
            ("CSeq", "1 INVITE"),
            ("Contact", f"<sip:x@{here}>"),
            ("Max-Forwards", "70"),
            *more,
            ("Content-Type", "application/sdp"),
        ]
        asking = build(f"INVITE sip:4001@127.0.0.1:{port} SIP/2.0", headers, description(at, 9))
        wire.sendto(asking.encode(), ("127.0.0.1", port))


@pytest.mark.parametrize("place", ["number", "to"])
async def test_an_address_forges_no_event_of_another_call(asterisk: PrivateAsterisk, place: str) -> None:
    async with exchange(asterisk, held) as it:
        await it.call()
        victim = (await it.heard.until(CallArrived)).arrival.call
        end = f"%0D%0A%0D%0AEvent%3A%20Hangup%0D%0ACause%3A%2016%0D%0AUniqueid%3A%20{victim}%0D%0A%0D%0A"
        hostile = await it.call(**{place: f"40{end}"})
        if place == "to":
            assert await hostile.until_over(15) != 0
        else:
            await it.heard.until(CallArrived, lambda event: event.arrival.call != victim)
        alive = (await it.switch.snapshot()).calls
        # Of others is no talk here: calls of other tests on this switch may end just now.
        assert victim not in [ended.call for ended in it.heard.of(CallEnded)]
    assert victim in {live.arrival.call for live in alive}


async def test_clients_that_close_flood_or_say_nothing_hold_up_no_caller(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, held) as it:
        port = asterisk.settings.agi_port
        for _ in range(20):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"x" * 1_000_000)
        assert await asyncio.wait_for(_until_closed(reader), 5) == b""
        await it.call()
        arrived = await it.heard.until(CallArrived, within_s=5)
        for each, _ in silent:
            assert await asyncio.wait_for(_until_closed(each), 5) == b""
        for _, each_writer in [*silent, (reader, writer)]:
            each_writer.close()
    assert arrived.arrival.trunk == "loopback"


async def _until_closed(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_stranger_is_refused_without_reaching_the_dialplan(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, held) as it:
        stranger = Network(
            host="127.0.0.3", port=0, asterisk_host="127.0.0.1", asterisk_port=asterisk.settings.sip_port
        )
        for number in ("13800138000", "trunk-loopback"):
            customer = await it.call(number=number, network=stranger)
            assert await customer.until_over(15) != 0
        assert it.heard.of(CallArrived) == []


async def test_calls_beyond_a_lines_channels_are_refused_and_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    narrow = prepare(tmp_path_factory.mktemp("asterisk"), trunk_channels=1)
    narrow.start()
    try:
        async with exchange(narrow, held) as it:
            await it.call()
            await it.heard.until(CallArrived)
            second = await it.call(number="13900139000")
            assert await second.until_over(15) != 0
            rejected = (await it.heard.until(CallRejected)).arrival
            assert len(it.heard.of(CallArrived)) == 1
            alive = (await it.switch.snapshot()).calls
        records = CallRecords(narrow.places.instance / "log/cdr-custom/calls.csv", {}, bytes_max=1_000_000)
        (record,) = [found for found in records.since(None) if found.arrival.call == rejected.call]
    finally:
        narrow.kill()
    assert (rejected.caller_number, rejected.dialled, rejected.trunk) == (
        "+8613900139000",
        "4001",
        "loopback",
    )
    assert rejected.call not in {live.arrival.call for live in alive}
    # The same call, told by the switch's records to a server that was dead meanwhile.
    assert (record.is_rejected, record.joined_leg) == (True, None)
    assert (record.arrival.dialled, record.arrival.trunk) == (rejected.dialled, rejected.trunk)


async def test_an_agents_phone_that_falls_silent_is_noticed(tmp_path_factory: pytest.TempPathFactory) -> None:
    impatient = prepare(tmp_path_factory.mktemp("asterisk"), rtp_timeout_s=2)
    impatient.start()
    came_back: asyncio.Future[Phase | None] = asyncio.get_running_loop().create_future()

    async def handler(line: Line) -> None:
        if line.mark is None:
            await held(line)
        came_back.set_result(line.mark.phase if line.mark else None)
        await line.hold()

    try:
        async with exchange(impatient, handler) as it:
            device, phone = await it.phone(7)
            customer = await it.call()
            await customer.first_sound()
            call = (await it.heard.until(CallArrived)).arrival.call
            await it.switch.ring(ring(call, device))
            await it.heard.until(Joined)
            phone.ends[0].is_open = False
            leg = await it.heard.until(LegEnded)
            phase = await asyncio.wait_for(came_back, 10)
            alive = it.heard.of(CallEnded) == []
    finally:
        impatient.kill()
    assert (leg.reason, leg.was_joined) == (EndReason.MEDIA_LOST, True)
    assert phase is Phase.TALKING
    assert alive


async def test_nothing_went_wrong_in_asterisk_meanwhile(asterisk: PrivateAsterisk) -> None:
    wrong = [line for line in asterisk.log().splitlines() if "ERROR[" in line and not PHONE_AWAY.search(line)]
    assert wrong == []
