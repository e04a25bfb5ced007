"""Orders to call that fail: by the next line, or told as over; nothing stays behind of them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.switch import AsteriskSwitch
from telephony.destinations import Outside
from telephony.errors import CallGone, SwitchUnavailable, UnsafeValue
from telephony.events import (
    CallEnded,
    CallPlaced,
    DeviceRegistered,
    Joined,
    LegEnded,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.model import CallMark, CallOut, EndReason, Phase, Ring
from telephony.trunks import Trunk
from tests.asterisk.private_asterisk import Heard
from tests.unit.telephony.scripted_asterisk import (
    CALL,
    SUCCESS,
    ScriptedAsterisk,
    on_scripted_asterisk,
)

OUT = CallId("out-1795000000-0123456789abcdef")
LEG = LegId(f"leg-{OUT}-1")
TO = "+8613800138000"
A, B, C = (
    Trunk(name=name, host=f"192.0.2.{order}", channels=1, order=order) for order, name in enumerate("abc", 1)
)
REFUSED = ("Response: Error\nActionID: <id>\nMessage: Originate failed",)
FAILED = (SUCCESS, "Event: OriginateResponse\nActionID: <id>\nResponse: Failure\nReason: 8")
OVER_BY_ITS_FAULT = (
    SUCCESS,
    "Event: Newchannel\nUniqueid: <id>\nChannelState: 0",
    "Event: Hangup\nUniqueid: <id>\nCause: 34",
    "Event: OriginateResponse\nActionID: <id>\nResponse: Failure\nReason: 8",
)
TAKEN = (SUCCESS,)
UNANSWERED: tuple[str, ...] = ()
REGISTERED = "Event: ContactStatus\nAOR: d8\nURI: sip:d8@192.0.2.8\nContactStatus: Reachable"
SOON_S = 0.3
A_WHILE = 1000


def ring(call: CallId = OUT, **changes: object) -> Ring:
    agents = Ring(
        leg=LegId(f"leg-{call}-1"),
        call=call,
        agent=AgentId(7),
        device=DeviceId("d7"),
        timeout_s=15,
        shown_number="",
        dials=True,
    )
    return replace(agents, **changes)  # type: ignore[arg-type]


EXPERT = ring(
    CallId(CALL),
    dials=False,
    device=DeviceId(""),
    agent=AgentId(1_000_001),
    outside=Outside(shown="139****9000", numbers=("+8613900139000",)),
)


@dataclass
class Calling:
    """An agent who waits for customers."""

    scripted: ScriptedAsterisk
    switch: AsteriskSwitch
    heard: Heard

    async def call(self, call: CallId = OUT, to: str = TO) -> None:
        await self.switch.call_out(
            CallOut(
                call=call,
                leg=LegId(f"leg-{call}-1"),
                agent=AgentId(7),
                to=to,
                shown="",
                ring_s=30,
                mark=CallMark(phase=Phase.DIALLING),
            )
        )

    async def is_free_again(self, line: Trunk) -> bool:
        """Whether the next customer is called by this line, as none of its channels is counted any more."""
        following = CallId("out-1795000001-0123456789abcdef")
        await self.switch.ring(ring(following))
        await self.call(following)
        return self.used()[-1] == line.name

    def used(self) -> list[str]:
        """The lines by which it was called, in their order."""
        channels = (order["Channel"] for order in self.scripted.actions if order["Action"] == "Originate")
        return [found.split("/")[1].removeprefix("trunk-") for found in channels if "trunk-" in found]


@asynccontextmanager
async def calling(*lines: Trunk, action_timeout_s: float = 2.0) -> AsyncIterator[Calling]:
    async with on_scripted_asterisk(lines=lines, action_timeout_s=action_timeout_s) as surroundings:
        it = Calling(*surroundings)
        await it.switch.ring(ring())
        yield it


@pytest.mark.parametrize("first", [REFUSED, FAILED, OVER_BY_ITS_FAULT])
@pytest.mark.parametrize("second", [REFUSED, FAILED, OVER_BY_ITS_FAULT])
async def test_the_third_line_is_tried_where_two_have_failed(
    first: Sequence[str], second: Sequence[str]
) -> None:
    async with calling(A, B, C) as it:
        it.scripted.scripts["Originate"] += [tuple(first), tuple(second), TAKEN]
        await it.call()
        await it.scripted.asked("Originate", 4)
        assert it.used() == ["a", "b", "c"]
        assert it.heard.of(CallEnded) == []


@pytest.mark.parametrize("first", [REFUSED, FAILED, OVER_BY_ITS_FAULT])
@pytest.mark.parametrize("second", [REFUSED, FAILED, OVER_BY_ITS_FAULT])
async def test_whoever_is_asked_outside_is_called_by_the_third_line_too(
    first: Sequence[str], second: Sequence[str]
) -> None:
    async with calling(A, B, C) as it:
        it.scripted.scripts["Originate"] += [tuple(first), tuple(second), TAKEN]
        await it.switch.ring(EXPERT)
        await it.scripted.asked("Originate", 4)
        assert it.used() == ["a", "b", "c"]
        assert it.heard.of(LegEnded) == []


async def test_once_no_line_takes_the_order_the_call_is_over() -> None:
    async with calling(A, B) as it:
        it.scripted.scripts["Originate"] += [REFUSED, REFUSED]
        await it.call()
        ended = await it.heard.until(CallEnded)
        assert await it.is_free_again(A)
    assert (ended.call, ended.reason) == (OUT, EndReason.NO_LINE)


async def test_a_number_that_cannot_be_said_to_the_switch_leaves_the_line_free() -> None:
    async with calling(A) as it:
        await it.call(to="+86 138")
        ended = await it.heard.until(CallEnded)
        assert await it.is_free_again(A)
    assert len(it.heard.of(CallPlaced)) == 2
    assert (ended.call, ended.reason) == (OUT, EndReason.UNREACHABLE)


async def test_an_order_that_the_switch_never_took_leaves_the_line_free() -> None:
    async with calling(A, action_timeout_s=SOON_S) as it:
        it.scripted.scripts["Originate"] += [UNANSWERED]
        await it.call()
        ended = await it.heard.until(CallEnded)
        assert await it.is_free_again(A)
    assert (ended.call, ended.reason) == (OUT, EndReason.NO_LINE)


async def test_a_customer_whose_order_is_answered_late_is_called_once_and_talks() -> None:
    async with calling(A, B, action_timeout_s=SOON_S) as it:
        it.scripted.scripts["Originate"] += [UNANSWERED]
        it.scripted.scripts["Ping"] += [UNANSWERED] * A_WHILE
        called = asyncio.create_task(it.call())
        await it.scripted.asked("Ping", 2)
        it.scripted.says(
            SUCCESS.replace("<id>", OUT),
            f"Event: Newchannel\nUniqueid: {OUT}\nChannelState: 0",
            f"Event: Newstate\nUniqueid: {OUT}\nChannelState: 6",
            *(f"Event: BridgeEnter\nBridgeUniqueid: b\nUniqueid: {member}" for member in (OUT, LEG)),
        )
        joined = await it.heard.until(Joined)
        await called
    assert (joined.call, joined.leg) == (OUT, LEG)
    assert (it.used(), it.heard.of(CallEnded)) == (["a"], [])


async def test_an_order_that_is_refused_late_goes_to_the_next_line() -> None:
    async with calling(A, B, action_timeout_s=SOON_S) as it:
        it.scripted.scripts["Originate"] += [UNANSWERED]
        it.scripted.scripts["Ping"] += [UNANSWERED] * A_WHILE
        called = asyncio.create_task(it.call())
        await it.scripted.asked("Ping", 2)
        it.scripted.says(REFUSED[0].replace("<id>", OUT))
        await called
    assert it.used() == ["a", "b"]


async def test_what_was_ordered_by_a_lost_connection_is_what_the_next_one_finds() -> None:
    async with calling(A) as it:
        it.scripted.scripts["Originate"] += [UNANSWERED]
        called = asyncio.create_task(it.call())
        await it.scripted.asked("Originate", 2)
        before = len(it.heard.events)
        it.scripted.hangs_up_the_manager()
        await it.heard.until(SwitchDisconnected)
        seen = await it.heard.until(SwitchConnected, after=before)
        await called
        assert await it.is_free_again(A)
    assert [live.arrival.call for live in seen.snapshot.calls] == [CALL]
    assert it.heard.of(CallEnded) == []


@pytest.mark.parametrize("has_ended", [False, True])
async def test_a_look_before_there_is_a_channel_loses_nobody(*, has_ended: bool) -> None:
    async with calling(A, B) as it:
        await it.call()
        if has_ended:
            it.scripted.says(
                *(message.replace("<id>", OUT) for message in OVER_BY_ITS_FAULT[1:3]), REGISTERED
            )
            await it.heard.until(DeviceRegistered)
        before = len(it.heard.events)
        await it.switch.look_again()
        seen = await it.heard.until(SwitchConnected, after=before)
        it.scripted.says(FAILED[1].replace("<id>", OUT))
        await it.scripted.asked("Originate", 3)
    assert [(live.arrival.call, live.is_answered) for live in seen.snapshot.calls] == [
        (CALL, True),
        (OUT, False),
    ]
    assert it.used() == ["a", "b"]


def _nothing(it: Calling) -> None:
    del it


def _late(it: Calling) -> None:
    it.scripted.scripts["Getvar"] += [UNANSWERED] * A_WHILE


def _strange(it: Calling) -> None:
    it.scripted.scripts["Getvar"] += [(f"{SUCCESS}\nValue: many",)]


@pytest.mark.parametrize(
    ("order", "happens", "error"),
    [
        pytest.param(
            ring(dials=False, call=CallId(CALL), device=DeviceId("trunk-a")),
            _nothing,
            UnsafeValue,
            id="phone",
        ),
        pytest.param(EXPERT, _late, SwitchUnavailable, id="line not known in time"),
        pytest.param(EXPERT, _strange, ValueError, id="line not known"),
        pytest.param(ring(), _late, SwitchUnavailable, id="line for the customer not known in time"),
    ],
)
async def test_a_leg_that_was_not_ordered_is_not_waited_for(
    order: Ring, happens: Callable[[Calling], None], error: type[Exception]
) -> None:
    order = replace(order, leg=LegId(f"leg-{order.call}-{2}"))
    async with calling(A, B, action_timeout_s=SOON_S) as it:
        happens(it)
        with pytest.raises(error):
            await it.switch.ring(order)
        with pytest.raises(CallGone):
            await it.switch.cancel(order.leg)
