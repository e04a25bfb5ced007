"""An agent's own desk phone, over the running server's API."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from kernel.ids import DeviceId, LegId
from server.simulated.api import Api, ApiRefused
from telephony.model import EndReason
from tests.contract.web.conftest import House
from tests.contract.web.test_server import until_call

WITHIN_S = 10
PAGE = "tab-of-lijing"


class Seen:
    """What a board has shown of a key, as far as it was read."""

    def __init__(self, board: aiohttp.ClientWebSocketResponse) -> None:
        self._board = board
        self._values: dict[str, Any] = {}

    async def close(self) -> None:
        await self._board.close()

    async def until(self, key: str, is_it: Callable[[Any], bool]) -> Any:
        async with asyncio.timeout(WITHIN_S):
            while not is_it(self._values.get(key)):
                news = await self._board.receive_json()
                self._values |= news.get("state") or news.get("set") or {}
                for gone in news.get("delete") or []:
                    self._values.pop(gone, None)
        return self._values.get(key)


async def at_desk_phone(house: House, api: Api) -> DeviceId:
    """Li Jing is ready at a registered desk phone."""
    await api.sign_in("lijing", house.password("lijing"))
    made = await api.ask("POST", "/api/desk-phone", {"is_encrypted": False})
    device = DeviceId(made["username"])
    async with asyncio.timeout(WITHIN_S):
        while device not in house.switch.devices:  # noqa: ASYNC110 - the switch tells nobody
            await asyncio.sleep(0.01)
    house.switch.register(device)
    await api.ask("PUT", "/api/phone/choice", {"page": PAGE, "kind": "desk"})
    await api.ask("PUT", "/api/agent/state", {"state": "ready", "reason": ""})
    return device


async def test_calls_ring_at_the_desk_phone_while_no_page_is_open(house: House) -> None:
    async with house.api() as api:
        device = await at_desk_phone(house, api)
        call = house.switch.call_in(number="+8613800138000", dialled="4008009000")
        leg = await rings(house, call, device)
        house.switch.answer(leg)
        board = await api.events(PAGE)
        assert (await until_call(board, lambda shown: shown["phase"] == "talking"))["call_id"] == call
        await board.close()
        house.switch.end(leg, EndReason.AGENT_HUNG_UP)
        board = await api.events(PAGE)
        assert (await until_call(board, lambda shown: shown["phase"] == "wrap_up"))["call_id"] == call
        await board.close()


async def rings(house: House, call: str, device: DeviceId) -> LegId:
    """The leg by which the device rings for a caller who asked for a person."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            line = house.switch.calls[call].line  # type: ignore[index]
            if line is not None and line.keys.empty():
                line.keys.put_nowait("2")
            for leg, found in house.switch.legs.items():
                if found.ring.device == device:
                    return leg
            await asyncio.sleep(0.02)


async def test_a_phone_chosen_in_a_call_is_taken_after_it_and_signing_out_silences_it(house: House) -> None:
    async with house.api() as api:
        device = await at_desk_phone(house, api)
        seen = Seen(await api.events(PAGE))
        leg = await rings(house, house.switch.call_in(dialled="4008009000"), device)
        house.switch.answer(leg)
        await seen.until("call", lambda call: bool(call) and call["phase"] == "talking")
        await api.ask("PUT", "/api/phone/choice", {"page": PAGE, "kind": "browser"})
        shown = await seen.until("phone", lambda phone: bool(phone) and phone["planned"] is not None)
        assert (shown["kind"], shown["planned"]["kind"]) == ("desk", "browser")
        with pytest.raises(ApiRefused, match="ring at another phone"):
            await api.ask("POST", "/api/phone", {"page": PAGE, "kind": "browser"})
        house.switch.end(leg, EndReason.AGENT_HUNG_UP)
        await seen.until("phone", lambda phone: bool(phone) and phone["kind"] == "browser")
        assert device in house.switch.devices, "it stays registered"

        await api.ask("PUT", "/api/phone/choice", {"page": PAGE, "kind": "desk"})
        await api.ask("DELETE", "/api/session")
        assert device in house.switch.devices
        assert device not in house.switch.fallback
        await api.sign_in("lijing", house.password("lijing"))
        with pytest.raises(ApiRefused, match="ring at another phone"):
            await api.ask("POST", "/api/phone", {"page": "next-day", "kind": "browser"})
        await seen.close()


async def test_an_admin_makes_and_revokes_and_nobody_reads_the_secret_again(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    async with house.api() as chen, house.api() as api:
        await chen.sign_in("chen", house.password("chen"))
        me = await api.sign_in("lijing", house.password("lijing"))
        seen = Seen(await api.events(PAGE))
        theirs = f"/api/staff/{me['staff_id']}/desk-phone"
        made = await chen.ask("POST", theirs, {"is_encrypted": False})
        await seen.until("desk_phone", lambda phone: bool(phone) and not phone["is_registered"])
        async with asyncio.timeout(WITHIN_S):
            while made["username"] not in house.switch.devices:  # noqa: ASYNC110 - the switch tells nobody
                await asyncio.sleep(0.01)
        house.switch.register(DeviceId(made["username"]))
        await seen.until("desk_phone", lambda phone: bool(phone) and phone["is_registered"])
        _, secret = house.switch.devices[DeviceId(made["username"])]
        told = json.dumps([await api.ask("GET", "/api/desk-phone"), await chen.ask("GET", theirs)])
        trail = (await chen.ask("GET", "/api/audit"))["items"]
        for hidden in (made["password"], secret.ha1):
            assert hidden not in told + json.dumps(trail) + "".join(capfd.readouterr())
        await chen.ask("DELETE", theirs)
        await seen.until("desk_phone", lambda phone: phone is None)
        assert made["username"] not in house.switch.devices
        actions = [note["action"] for note in (await chen.ask("GET", "/api/audit"))["items"]]
        assert {"desk_phone_made", "desk_phone_revoked"} <= set(actions)
        with pytest.raises(ApiRefused, match="not exist"):
            await chen.ask("POST", "/api/staff/4711/desk-phone", {"is_encrypted": False})
        with pytest.raises(ApiRefused, match="no encrypted SIP port"):
            await api.ask("POST", "/api/desk-phone", {"is_encrypted": True})
        await seen.close()


async def test_whom_nobody_may_call_nobody_has_as_a_phone(house: House) -> None:
    choice = {"page": PAGE, "kind": "outside", "number": "139 0000 9000"}
    async with house.api() as chen, house.api() as api:
        await chen.sign_in("chen", house.password("chen"))
        await chen.ask("POST", "/api/do-not-call", {"number": "+8613900009000"})
        await api.sign_in("lijing", house.password("lijing"))
        with pytest.raises(ApiRefused, match="does not want to be called"):
            await api.ask("PUT", "/api/phone/choice", choice)
        await api.ask("PUT", "/api/phone/choice", choice | {"number": "139 0000 9001"})
