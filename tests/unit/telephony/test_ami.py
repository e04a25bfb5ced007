import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panoramisk.message import Message

from telephony.asterisk.ami import (
    AmiConnection,
    AmiRefused,
    HeaderMissing,
    encode_action,
    required,
    variables_of,
)
from telephony.asterisk.ami_link import Backoff
from telephony.errors import CallGone, SwitchUnavailable, UnsafeValue

# As Asterisk 22.10.1 sent them.
GREETING = b"Asterisk Call Manager/11.0.0\r\n"
QUEUE_ADD = b"Response: Success\r\nActionID: %s\r\nMessage: Added interface to queue\r\n\r\n"
NO_CHANNEL = b"Response: Error\r\nActionID: %s\r\nMessage: No such channel\r\n\r\n"
STATUS = (
    b"Response: Success\r\nActionID: %s\r\nEventList: start\r\nMessage: Channel status will follow\r\n\r\n"
    b"Event: Status\r\nActionID: %s\r\nPrivilege: Call\r\nChannel: PJSIP/trunk-loopback-00000000\r\n"
    b"CallerIDName: \xe7\x8e\x8b\xe5\xb0\x8f\r\nUniqueid: h-1.0\r\n"
    b"Variable: HL_CALL=h-1.0\r\nVariable: HL_FLOW=(null)\r\n\r\n"
    b"Event: StatusComplete\r\nActionID: %s\r\nEventList: Complete\r\nListItems: 1\r\nItems: 1\r\n\r\n"
)
HANGUP = b"Event: Hangup\r\nPrivilege: call,all\r\nUniqueid: h-1.0\r\nCause: 16\r\n\r\n"


class Wire(asyncio.Transport):
    """Keeps what was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.is_aborted = True

    def abort(self) -> None:
        self.is_aborted = True


class Manager:
    """A connection, its wire, and the events it gave."""

    def __init__(self, timeout_s: float = 1.0) -> None:
        self.events: list[Message] = []
        self.wire = Wire()
        self.connection = AmiConnection(self.events.append, timeout_s)
        self.connection.connection_made(self.wire)
        self.connection.data_received(GREETING)

    async def sent_id(self, number: int = 0) -> bytes:
        await asyncio.sleep(0)  # an action is sent as soon as its task runs
        return self.wire.sent[number].split(b"ActionID: ")[1].split(b"\r\n")[0]


@pytest.fixture
async def manager() -> Manager:
    return Manager()


async def test_a_reply_reaches_who_asked_whatever_its_text_is(manager: Manager) -> None:
    asked = asyncio.create_task(manager.connection.act("QueueAdd", {"Queue": "fallback"}))
    manager.connection.data_received(QUEUE_ADD % await manager.sent_id())
    assert (await asked).events == ()


async def test_a_list_is_read_to_its_end_however_it_is_cut(manager: Manager) -> None:
    asked = asyncio.create_task(manager.connection.act("Status"))
    action = await manager.sent_id()
    for byte in STATUS.replace(b"%s", action):
        manager.connection.data_received(bytes([byte]))
    answer = await asked
    status, complete = answer.events
    assert required(status, "CallerIDName") == "王小"
    assert variables_of(status, "Variable") == {"HL_CALL": "h-1.0", "HL_FLOW": ""}
    assert required(complete, "Event") == "StatusComplete"
    assert manager.events == []


async def test_events_in_between_are_not_taken_for_replies(manager: Manager) -> None:
    asked = asyncio.create_task(manager.connection.act("Ping"))
    action = await manager.sent_id()
    manager.connection.data_received(HANGUP + b"Response: Success\r\nActionID: " + action + b"\r\n\r\n")
    await asked
    assert [required(event, "Event") for event in manager.events] == ["Hangup"]


async def test_refusals_have_types(manager: Manager) -> None:
    asked = asyncio.create_task(manager.connection.act("Hangup", {"Channel": "h-1.0"}))
    manager.connection.data_received(NO_CHANNEL % await manager.sent_id())
    with pytest.raises(CallGone):
        await asked
    asked = asyncio.create_task(manager.connection.act("Login"))
    action = await manager.sent_id(1)
    manager.connection.data_received(b"Response: Error\r\nActionID: " + action + b"\r\nMessage: no\r\n\r\n")
    with pytest.raises(AmiRefused):
        await asked


async def test_silence_ends_in_unavailable_and_a_late_reply_harms_nobody() -> None:
    manager = Manager(timeout_s=0.01)
    with pytest.raises(SwitchUnavailable):
        await manager.connection.act("Ping")
    manager.connection.data_received(QUEUE_ADD % await manager.sent_id())
    assert manager.events == []


async def test_nothing_is_sent_again_after_a_loss(manager: Manager) -> None:
    asked = asyncio.create_task(manager.connection.act("Originate", {"Channel": "PJSIP/d1"}))
    await manager.sent_id()
    manager.connection.connection_lost(None)
    with pytest.raises(SwitchUnavailable):
        await asked
    with pytest.raises(SwitchUnavailable):
        await manager.connection.act("Ping")
    assert len(manager.wire.sent) == 1


async def test_an_endless_line_ends_the_connection(manager: Manager) -> None:
    manager.connection.data_received(b"x" * 70_000)
    assert manager.wire.is_aborted


def test_a_missing_header_is_an_error() -> None:
    with pytest.raises(HeaderMissing):
        required(Message({"Event": "Hangup"}), "Uniqueid")


@given(st.text(max_size=40), st.sampled_from("\r\n\0"), st.text(max_size=40))
def test_no_value_can_add_a_header(before: str, control: str, after: str) -> None:
    with pytest.raises(UnsafeValue):
        encode_action("Setvar", "1", {"Value": before + control + after})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HL_NAME", "Zhang,HL_CALLER=1"),
        ("HL_NAME", "${SHELL(id)}"),
        ("HL_NAME", "王"),
        ("SHELL(id)", "x"),
        ("CHANNEL(hangup_handler_push)", "x"),
        ("__HL_CALL", "x"),
        ("PATH", "x"),
    ],
)
def test_a_variable_is_ours_and_plain_or_not_sent(name: str, value: str) -> None:
    with pytest.raises(UnsafeValue):
        encode_action("Originate", "1", {}, {name: value})


def test_long_values_and_strange_headers_are_refused() -> None:
    with pytest.raises(UnsafeValue):
        encode_action("Setvar", "1", {"Value": "王" * 334})
    with pytest.raises(UnsafeValue):
        encode_action("Setvar", "1", {"Value: x\r\nAction": "y"})


def test_pauses_grow_to_a_limit_and_begin_anew() -> None:
    backoff = Backoff(0.1, 0.35)
    assert [backoff.next_pause_s() for _ in range(4)] == [0.1, 0.2, 0.35, 0.35]
    backoff.reset()
    assert backoff.next_pause_s() == 0.1
