"""What the switch believes after its connection to Asterisk was broken, and that there is a next one."""

import pytest

from kernel.ids import DeviceId
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
from tests.unit.telephony.scripted_asterisk import SUCCESS, ScriptedAsterisk, on_scripted_asterisk

DESK = DeviceId("d7")


def contact(status: str, place: str = "10.0.0.7") -> str:
    return f"Event: ContactStatus\nAOR: {DESK}\nURI: sip:{DESK}@{place}\nContactStatus: {status}"


@pytest.mark.parametrize(
    ("action", "strange"),
    [
        ("CoreStatus", (SUCCESS,)),
        ("Status", (f"{SUCCESS}\nEventList: start", "Event: Status\nActionID: <id>\nEventList: Complete")),
        ("Login", ("Response: Error\nActionID: <id>",)),
    ],
)
async def test_a_strange_answer_costs_one_connection_and_no_more(
    action: str, strange: tuple[str, ...]
) -> None:
    scripted = ScriptedAsterisk()
    scripted.scripts[action].append(strange)
    async with on_scripted_asterisk(scripted) as (_, switch, _heard):
        assert len(await scripted.asked("Login")) == 2
        assert switch.is_connected


async def test_a_phone_that_registers_anew_with_a_restarted_asterisk_is_reported() -> None:
    async with on_scripted_asterisk() as (scripted, _, heard):
        scripted.says(contact("Created"))
        await heard.until(DeviceRegistered)
        before = len(heard.events)
        scripted.hangs_up_the_manager()
        await heard.until(SwitchConnected, after=before)
        scripted.says(contact("Created"))
        assert (await heard.until(DeviceRegistered, after=before)).device == DESK


async def test_a_phone_that_was_registered_before_the_adoption_is_reported_when_it_goes() -> None:
    scripted = ScriptedAsterisk()
    scripted.online.append(DESK)
    async with on_scripted_asterisk(scripted) as (_, _switch, heard):
        scripted.says(contact("Removed"))
        assert (await heard.until(DeviceUnregistered)).device == DESK


async def test_a_phone_that_moves_stays_registered() -> None:
    scripted = ScriptedAsterisk()
    scripted.online.append(DESK)
    async with on_scripted_asterisk(scripted) as (_, _switch, heard):
        scripted.says(contact("Created", "10.0.0.8"), contact("Removed"), contact("Removed", "10.0.0.8"))
        await heard.until(DeviceUnregistered)
        assert len(heard.of(DeviceUnregistered)) == 1
