"""Orders about who is on the phone with whom: legs are rung, ended, led about; supervisors listen beside."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial

from typing_extensions import override

from kernel.ids import CallId, DeviceId, LegId
from telephony.asterisk.ami import AmiRefused, Answer, PerhapsTaken
from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.channels import CallChannel, OutsideCall
from telephony.asterisk.orders import originate, redirect, way_of
from telephony.asterisk.outside_legs import OutsideLegs
from telephony.asterisk.translate import Translator
from telephony.destinations import Outside
from telephony.errors import CallGone, SwitchUnavailable
from telephony.model import CallMark, Device, Ring, Watch, WatchMode
from telephony.port import Switch

_NORMAL_CLEARING = "16"
_NOT_UP = "channel not up"
_ON_THE_WAY_S = (0.02, 0.05, 0.1, 0.2, 0.4)


class AsteriskLegs(Switch):
    """The part of the switch that moves people about; where a leg goes from there, the dialplan says."""

    def __init__(self, link: AmiLink, translator: Translator, outside: OutsideLegs) -> None:
        self._link = link
        self._translator = translator
        self._outside = outside
        self._own_numbers: dict[DeviceId, Device] = {}
        """Devices that are numbers outside; after a restart of the server, once they are provided."""

    @override
    def ring(self, ring: Ring) -> Awaitable[None]:
        if not ring.dials:
            self._require(ring.call)
        if (outside := self._outside_of(ring)) is not None:
            return self._ring_outside(OutsideCall(ring, outside))
        self._translator.ordered(ring)
        context, variables = way_of(ring)
        sent = partial(self._originate, ring, (context, "s"), variables, answers_itself=ring.answers_itself)
        return self._originate_with_line(ring, sent) if ring.dials else sent()

    async def _originate_with_line(self, ring: Ring, sent: Callable[[], Awaitable[None]]) -> None:
        """Nobody is rung for a customer who could not be called: no line has room."""
        await self._taken(ring.leg, self._outside.require_line())
        await sent()

    def _outside_of(self, ring: Ring) -> Outside | None:
        own = self._own_numbers.get(ring.device)
        if ring.outside is not None or own is None:
            return ring.outside
        return Outside(shown="", numbers=(own.number,), language=own.language)

    def _ring_outside(self, called: OutsideCall) -> Awaitable[None]:
        self._translator.ordered(called.ring, called)
        return self._taken(called.ring.leg, self._outside.ring(called))

    def _originate(
        self, order: Ring | Watch, way: tuple[str, str], variables: Mapping[str, str], *, answers_itself: bool
    ) -> Awaitable[None]:
        with self._forgotten_if_refused(order.leg):
            headers = originate(order, way, answers_itself=answers_itself)
            # The leg's id is the action's id too: a failure without a channel has no other name.
            sent = self._link.connection.originate(headers, variables=variables, action_id=order.leg)
        return self._taken(order.leg, sent)

    async def _taken(self, leg: LegId, reply: Awaitable[None]) -> None:
        with self._forgotten_if_refused(leg):
            await reply

    @contextmanager
    def _forgotten_if_refused(self, leg: LegId) -> Iterator[None]:
        """Whatever has failed, nobody waits any more for a channel that cannot come."""
        try:
            yield
        except PerhapsTaken:
            raise
        except Exception:
            self._translator.forget(leg)
            raise

    @override
    async def watch(self, watch: Watch) -> None:
        self._require(watch.call)
        self._translator.watches.ordered(watch)
        # Without the call's id: no caller is ever this leg's, and nothing of theirs is its own.
        way, variables = ("watches", watch.mode), {"HL_WATCHED": watch.watched}
        await self._originate(watch, way, variables, answers_itself=True)

    @override
    async def change_watch(self, leg: LegId, mode: WatchMode) -> None:
        self._translator.watches.change(leg, mode)
        await self._lead((leg, "watches", mode))

    @override
    def cancel(self, leg: LegId) -> Awaitable[None]:
        known = self._translator.legs.get(leg)
        if known is None and leg in self._translator.watches:
            return _done(self._hang_up_channel(leg))
        if known is None:
            raise CallGone("the leg is gone")
        known.is_cancelled = True
        if known.called is not None:
            known.called.is_stopped = True
        return _accept_absence(self._hang_up_channel(leg), had_channel=known.has_channel)

    @override
    async def hang_up(self, call: CallId) -> None:
        # Asterisk may still take an order for a channel whose end it has told.
        if self._translator.is_over(call):
            raise CallGone("the call is over")
        if call in self._translator.dialled:
            await self._stop_dialling(call)
            return
        known = self._translator.calls.get(call) or CallChannel(call)
        known.is_hangup_ordered = True
        try:
            await self._hang_up_channel(call)
        except (SwitchUnavailable, AmiRefused):
            known.is_hangup_ordered = False
            raise

    async def _stop_dialling(self, call: CallId) -> None:
        if self._translator.dialled.stop(call):
            await _accept_absence(self._hang_up_channel(call), had_channel=False)
        legs = [leg.leg for leg in self._translator.legs.values() if leg.call == call]
        await asyncio.gather(*map(self._end_if_there, legs))

    @override
    async def park(self, call: CallId) -> None:
        self._require(call)
        # A redirect would do it in one order, and loses a caller whose leg ends by itself just then: between
        # two threads of theirs, Asterisk goes on with them as a new channel of another name.
        legs = self._joined_legs(call)
        await asyncio.gather(*(self._end_and_keep(call, leg, leg) for leg in legs))

    @override
    async def move(self, call: CallId, mark: CallMark) -> None:
        await self.write_mark(call, mark)
        legs = self._joined_legs(call)
        await asyncio.gather(*(self._end_and_keep(call, leg, f"moved-{leg}") for leg in legs))

    def _joined_legs(self, call: CallId) -> list[LegId]:
        return [leg.leg for leg in self._translator.legs.values() if leg.call == call and leg.is_joined]

    async def _end_and_keep(self, call: CallId, leg: LegId, parked: str) -> None:
        """Ends a conversation so that the caller, who goes on with the dialplan, knows that it was us."""
        # In this order over one connection: the caller goes on as soon as the leg is gone.
        await asyncio.gather(self._tell_caller(call, parked), self._end_if_there(leg))

    async def _end_if_there(self, leg: LegId) -> None:
        with suppress(CallGone):
            await self.cancel(leg)

    def _tell_caller(self, call: CallId, parked: str) -> Awaitable[Answer]:
        known = {"Channel": call, "Variable": "HL_PARKED", "Value": parked}
        return self._link.connection.send("Setvar", known)

    @override
    async def set_aside(self, call: CallId, leg: LegId, mark: CallMark) -> None:
        await self.write_mark(call, mark)
        # The caller comes out of the bridge by themselves, as soon as the agent has left it.
        await asyncio.gather(self._tell_caller(call, f"moved-{leg}"), self._lead((leg, "asks", "s")))

    @override
    async def take_back(self, call: CallId, leg: LegId) -> None:
        self._require(call)
        await self._lead((leg, "agent-leg", "back"))

    @override
    async def hand_over(self, call: CallId, leg: LegId, to: LegId) -> None:
        self._require(call)
        if known := self._translator.legs.get(leg):
            known.is_cancelled = True
        try:
            await self._lead((to, "agent-leg", "s"), (leg, "asks", "leaves"))
        except CallGone:
            # One of the two was gone already, and neither was led: whoever leaves must not have the caller.
            await self._end_if_there(leg)
            raise

    @override
    async def join_all(self, call: CallId, leg: LegId, other: LegId) -> None:
        self._require(call)
        await self._lead((leg, "agent-leg", "back"), (other, "asked", "joins"))

    @override
    async def stay(self, call: CallId, leg: LegId, left: LegId, mark: CallMark) -> None:
        await self.write_mark(call, mark)
        # The conversation of the three is known by the leg that claimed it.
        await asyncio.gather(self._tell_caller(call, f"moved-{left}"), self._lead((leg, "asked", "stays")))

    @override
    async def pause_recording(self, call: CallId, *, is_paused: bool) -> None:
        self._require(call)
        legs = [leg.leg for leg in self._translator.legs.values() if leg.call == call and leg.is_with_caller]
        # Of three who talk one leg has the recorder, and the other refuses.
        refusals = await asyncio.gather(*(self._mute_recorder(leg, is_paused=is_paused) for leg in legs))
        if legs and all(refusals):
            raise SwitchUnavailable(f"the recording cannot be changed: {refusals[0]}")

    async def _mute_recorder(self, leg: LegId, *, is_paused: bool) -> str:
        """Returns why it could not be done."""
        wanted = {"Channel": leg, "Direction": "both", "State": str(int(is_paused))}
        try:
            await self._link.connection.act("MixMonitorMute", wanted)
        except (AmiRefused, CallGone) as refused:
            return str(refused) or "refused"
        return ""

    async def _lead(self, *ways: tuple[str, str, str]) -> None:
        """Sends one channel, or two at the same moment, to a context and extension each.

        One that is still on its way to where it was sent before is refused for as long as that takes.
        """
        for pause_s in _ON_THE_WAY_S:
            try:
                await self._link.connection.act("Redirect", redirect(*ways))
            except AmiRefused as refused:
                if _NOT_UP not in str(refused):
                    raise
                await asyncio.sleep(pause_s)
            else:
                return
        await self._link.connection.act("Redirect", redirect(*ways))

    def _require(self, call: CallId) -> None:
        if not self._translator.is_known(call):
            raise CallGone("the caller hung up")

    def _hang_up_channel(self, channel: str) -> Awaitable[Answer]:
        return self._link.connection.send("Hangup", {"Channel": channel, "Cause": _NORMAL_CLEARING})


async def _done(order: Awaitable[Answer]) -> None:
    await order


async def _accept_absence(hung_up: Awaitable[Answer], *, had_channel: bool) -> None:
    """A leg that was ordered, but was not there yet, is ended as soon as it appears.

    That may have been between the order and its refusal, so what counts is what was known at the order.
    """
    try:
        await hung_up
    except CallGone:
        if had_channel:
            raise
