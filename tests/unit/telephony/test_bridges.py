"""Who meets whom, also where a conversation is older than the server that hears of it."""

from datetime import UTC, datetime

import pytest
from panoramisk.message import Message

from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.translate import Translator
from telephony.events import Joined
from telephony.model import Arrival, LiveCall, LiveLeg, Snapshot

CALL = CallId("h-1795000000.7")
LEG = LegId(f"leg-{CALL}-1")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def found_talking() -> Translator:
    """As a server takes over, or one that was cut off from Asterisk for a moment."""
    arrival = Arrival(
        call=CALL, at=NOON, caller_number="", caller_name="", dialled="4008009000", trunk="main"
    )
    leg = LiveLeg(
        leg=LEG, call=CALL, agent=AgentId(1), device=DeviceId("d-1"), is_answered=True, is_with_caller=True
    )
    live = LiveCall(arrival=arrival, mark=None, talks_with=LEG)
    translator = Translator({})
    translator.adopt(Snapshot(boot_id="a", calls=(live,), legs=(leg,), registered=frozenset()))
    return translator


def moves(translator: Translator, event: str, channel: str, bridge: str) -> list[Event]:
    message = Message({"Event": event, "Uniqueid": channel, "BridgeUniqueid": bridge})
    return translator.handle(message, NOON)


@pytest.mark.parametrize("first", [LEG, CALL])
def test_an_agent_found_with_a_caller_is_heard_to_be_back_after_asking_a_colleague(first: str) -> None:
    translator = found_talking()
    moves(translator, "BridgeLeave", first, "before")
    moves(translator, "BridgeEnter", LEG, "again")
    (met,) = moves(translator, "BridgeEnter", CALL, "again")
    assert isinstance(met, Joined)
    assert (met.call, met.leg, met.agent) == (CALL, LEG, 1)


def test_who_was_found_together_and_stays_so_is_not_told_anew() -> None:
    translator = found_talking()
    assert moves(translator, "BridgeEnter", "somebody-else", "another") == []
    assert moves(translator, "BridgeLeave", "somebody-else", "another") == []
    assert moves(translator, "BridgeEnter", LEG, "before") == []
    assert moves(translator, "BridgeEnter", CALL, "before") == []
