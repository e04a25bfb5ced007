"""From AMI events to neutral events; the only state is which channel is what. No I/O."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime

from panoramisk.message import Message

from kernel.events import Event
from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.asterisk.ami import required, variables_of
from telephony.asterisk.channels import STATES, CallChannel, LegChannel, LegState, OutsideCall
from telephony.asterisk.dialled import Dialled, response_in
from telephony.asterisk.end_reasons import is_fault_of_line, reason_of_joined, reason_of_unanswered
from telephony.asterisk.status import arrival_of
from telephony.asterisk.taps import PREFIX as TAP
from telephony.asterisk.watches import Watches
from telephony.events import (
    CallEnded,
    CallRejected,
    Consulting,
    DeviceRegistered,
    DeviceUnregistered,
    Dialling,
    HoldChanged,
    Joined,
    KeyPressed,
    LegEnded,
    LegRinging,
)
from telephony.model import EndReason, LiveLeg, Ring, Snapshot
from telephony.trunks import NumberRules, Trunk

CAUSE_MEDIA_LOST = 44
"""Asterisk's cause when no sound came for `rtp_timeout`."""
_ENDED_KEPT = 2000
_CONTACT_GONE = {"Removed", "Unreachable"}
_SOMEWHERE = ""
"""Where a device is registered that was registered already when the switch was adopted."""


class Translator:
    """Knows the channels that are alive and what an event about one means."""

    def __init__(self, number_rules: Mapping[str, NumberRules]) -> None:
        self._rules = number_rules
        self.calls: dict[CallId, CallChannel] = {}
        self.legs: dict[LegId, LegChannel] = {}
        self.watches = Watches()
        self.dialled = Dialled()
        self._bridges: dict[str, set[str]] = {}
        self._due: list[OutsideCall] = []
        self._ended: OrderedDict[CallId, CallChannel] = OrderedDict()
        self._contacts: dict[DeviceId, set[str]] = {}
        self._readers: dict[str, Callable[[Message, datetime], list[Event]]] = {
            "Newchannel": self._channel_changed,
            "Newstate": self._channel_changed,
            "BridgeEnter": self._bridge_entered,
            "BridgeLeave": self._bridge_left,
            "Hold": self._hold_changed,
            "Unhold": self._hold_changed,
            "HangupRequest": self._hangup_requested,
            "SoftHangupRequest": self._soft_hangup_requested,
            "Hangup": self._hung_up,
            "DTMFEnd": self._key_pressed,
            "OriginateResponse": self._originated,
            "ContactStatus": self._contact_changed,
            "UserEvent": self._dialplan_said,
        }

    @property
    def reads(self) -> frozenset[str]:
        """The events that mean something; manager.conf has Asterisk send these alone."""
        return frozenset(self._readers) | self.watches.reads

    def adopt(self, seen: Snapshot) -> None:
        """Forgets what was believed; what is alive is this."""
        answered = (live.arrival.call for live in seen.calls if live.is_answered)
        self.calls = {call: CallChannel(call) for call in answered}
        self.dialled.adopt(seen.calls)
        joined = {live.talks_with for live in seen.calls}
        self.legs = {
            live.leg: LegChannel(
                live.leg,
                live.call,
                live.agent,
                _state_of(live, is_joined=live.is_with_caller or live.leg in joined),
                is_with_caller=live.is_with_caller or live.leg in joined,
                asked_by=live.asked_by,
            )
            for live in seen.legs
        }
        self.watches.adopt(seen.watches)
        self._bridges = {}
        self._contacts = {device: {_SOMEWHERE} for device in seen.registered}

    def is_known(self, call: CallId) -> bool:
        """Whether a caller is in the switch, or a customer's phone is being rung."""
        return call in self.calls or call in self.dialled

    def is_over(self, call: CallId) -> bool:
        """Whether the call's end was told; of those that ended long ago this is forgotten."""
        return call in self._ended

    def arrived(self, call: CallId) -> bool:
        """Notes a call that a line session began for; False if it is known or over already."""
        if self.is_known(call) or self.is_over(call):
            return False
        self.calls[call] = CallChannel(call)
        return True

    def ordered(self, ring: Ring, called: OutsideCall | None = None) -> None:
        """Notes a leg that is about to be ordered."""
        leg = LegChannel(ring.leg, ring.call, ring.agent, asked_by=ring.asked_by, called=called)
        self.legs[ring.leg] = leg

    def take_due(self) -> list[OutsideCall]:
        """Whom to call by the next line now, the one before having failed."""
        due, self._due = self._due, []
        return due

    def about_to_use(self, line: Trunk) -> int:
        """How many calls were ordered over this line whose channels are still to come."""
        pending = (leg.called for leg in self.legs.values() if leg.called and not leg.has_channel)
        return self.dialled.about_to_use(line) + sum(line in called.lines[:1] for called in pending)

    def forget(self, leg: LegId) -> None:
        """The order for it was refused."""
        self.legs.pop(leg, None)
        self.watches.forget(leg)

    def handle(self, message: Message, now: datetime) -> list[Event]:
        """What an event of Asterisk's means; nothing, for most."""
        if (call := CallId(str(message.get("Uniqueid", "")))) in self.dialled:
            ended = self.dialled.handle(message, now)
            self._note_answer(call, ended)
            return ended
        reader = self._readers.get(required(message, "Event"))
        return [*self.watches.handle(message, now), *(reader(message, now) if reader else [])]

    def _note_answer(self, call: CallId, ended: Sequence[Event]) -> None:
        """Of a customer who was called: from now on the call is like any other, or it is over."""
        if ended:
            self._note_end(CallChannel(call))
        elif call not in self.dialled:
            self.calls[call] = CallChannel(call)

    def _leg_of(self, message: Message) -> LegChannel | None:
        channel = required(message, "Uniqueid")
        known = self.legs.get(LegId(channel))
        if known is not None or CallId(channel) in self.calls:
            return known
        carried = variables_of(message, "ChanVariable")
        call, agent = CallId(carried.get("HL_CALL", "")), carried.get("HL_AGENT", "")
        if not call or call == channel or not agent.isdecimal():
            return None
        leg = LegChannel(LegId(channel), call, AgentId(int(agent)))
        return self.legs.setdefault(leg.leg, leg)

    def _channel_changed(self, message: Message, now: datetime) -> list[Event]:
        leg = self._leg_of(message)
        if leg is None:
            return []
        state = STATES.get(required(message, "ChannelState"), LegState.CREATED)
        if leg.reach(state) and state is LegState.RINGING:
            return [LegRinging(at=now, call=leg.call, leg=leg.leg, agent=leg.agent)]
        return []

    def _bridge_entered(self, message: Message, now: datetime) -> list[Event]:
        members = self._bridges.setdefault(required(message, "BridgeUniqueid"), set())
        self._leg_of(message)
        members.add(required(message, "Uniqueid"))
        legs = [leg for member in sorted(members) if (leg := self.legs.get(LegId(member)))]
        return [event for leg in legs for event in _met(leg, members, now)]

    def _bridge_left(self, message: Message, now: datetime) -> list[Event]:
        del now
        bridge, gone = required(message, "BridgeUniqueid"), required(message, "Uniqueid")
        # Of all legs: who was in the bridge when the switch was adopted is none of its known members.
        for leg in self.legs.values():
            if gone in {leg.leg, leg.call}:
                leg.is_with_caller = False
        members = self._bridges.get(bridge, set())
        members.discard(gone)
        if not members:
            self._bridges.pop(bridge, None)
        return []

    def _hold_changed(self, message: Message, now: datetime) -> list[Event]:
        """A phone asked for it; callers' own phones may too, which is no concern of ours."""
        leg = self._leg_of(message)
        if leg is None:
            return []
        is_held = required(message, "Event") == "Hold"
        return [HoldChanged(at=now, call=leg.call, leg=leg.leg, agent=leg.agent, is_held=is_held)]

    def _hangup_requested(self, message: Message, now: datetime) -> list[Event]:
        """The far end said goodbye."""
        del now
        channel = required(message, "Uniqueid")
        found = self.legs.get(LegId(channel)) or self.calls.get(CallId(channel))
        if found is not None:
            found.has_hung_up = True
        return []

    def _soft_hangup_requested(self, message: Message, now: datetime) -> list[Event]:
        """Asterisk itself ends a channel: an order of ours, or silence."""
        del now
        channel = required(message, "Uniqueid")
        found = self.legs.get(LegId(channel)) or self.calls.get(CallId(channel))
        if found is not None and message.get("Cause") == str(CAUSE_MEDIA_LOST):
            found.is_media_lost = True
        return []

    def _key_pressed(self, message: Message, now: datetime) -> list[Event]:
        call = CallId(required(message, "Uniqueid"))
        if call not in self.calls or required(message, "Direction") != "Received":
            return []
        return [KeyPressed(at=now, call=call, key=required(message, "Digit"))]

    def _hung_up(self, message: Message, now: datetime) -> list[Event]:
        channel = required(message, "Uniqueid")
        cause = int(required(message, "Cause"))
        if leg := self.legs.get(LegId(channel)):
            leg.cause, leg.response = cause, response_in(message)
            return self._end_leg(leg, now)
        if call := self.calls.pop(CallId(channel), None):
            self._note_end(call)
            return [CallEnded(at=now, call=call.call, reason=_call_reason(call, cause))]
        if channel.startswith(TAP):
            return []
        if variables_of(message, "ChanVariable").get("HL_CALL", "") in {"", channel}:
            # A caller who is gone before the line session is noticed, which must not bring the call back.
            self._note_end(CallChannel(CallId(channel)))
        return []

    def _note_end(self, call: CallChannel) -> None:
        self._ended.setdefault(call.call, call)
        while len(self._ended) > _ENDED_KEPT:
            self._ended.popitem(last=False)

    def _originated(self, message: Message, now: datetime) -> list[Event]:
        # The order's ActionID is the leg's id: without a channel there is no other name for it.
        ordered = str(message.get("ActionID", ""))
        if CallId(ordered) in self.dialled:
            ended = self.dialled.handle(message, now)
            self._note_answer(CallId(ordered), ended)
            return ended
        leg = self.legs.get(LegId(ordered))
        if leg is None or required(message, "Response") == "Success":
            return []
        leg.failure = int(required(message, "Reason"))
        return self._end_leg(leg, now)

    def _end_leg(self, leg: LegChannel, now: datetime) -> list[Event]:
        """Ends a leg once all is known: an order that failed is reported besides its channel's end."""
        if leg.has_channel and leg.cause is None:
            return []
        is_answered = leg.state >= LegState.ANSWERED
        if leg.is_ours and not is_answered and leg.failure is None:
            return []
        if not is_answered and self._goes_on(leg):
            return []
        del self.legs[leg.leg]
        caller = self.calls.get(leg.call)
        if leg.is_cancelled or self._was_call_ended_by_us(leg):
            reason = EndReason.HOTLINE_HUNG_UP
        elif is_answered:
            reason = reason_of_joined(leg, is_caller_gone=caller is None or caller.has_hung_up)
        else:
            has_rung = leg.state >= LegState.RINGING
            reason = reason_of_unanswered(leg.cause, leg.failure, has_rung=has_rung)
        return [
            LegEnded(
                at=now, call=leg.call, leg=leg.leg, agent=leg.agent, reason=reason, was_joined=leg.is_joined
            )
        ]

    def _goes_on(self, leg: LegChannel) -> bool:
        """Whether whoever is outside is called by another line."""
        called = leg.called
        if called is None or leg.is_cancelled or leg.failure is None:
            return False
        if leg.call not in self.calls and not called.ring.dials:
            return False
        if not is_fault_of_line(leg.cause, leg.response, leg.failure) or not called.give_way():
            return False
        self.ordered(called.ring, called)
        self._due.append(called)
        return True

    def _was_call_ended_by_us(self, leg: LegChannel) -> bool:
        call = self.calls.get(leg.call) or self._ended.get(leg.call)
        return call is not None and call.is_hangup_ordered and not (call.has_hung_up or leg.has_hung_up)

    def _dialplan_said(self, message: Message, now: datetime) -> list[Event]:
        """The two events that the dialplan itself makes."""
        if message.get("UserEvent") != Dialling.__name__:
            return self._turned_away(message, now)
        leg = self._leg_of(message)
        return [Dialling(at=now, call=leg.call, leg=leg.leg, agent=leg.agent)] if leg else []

    def _turned_away(self, message: Message, now: datetime) -> list[Event]:
        noted = {f"HL_{name.upper()}": required(message, name) for name in ("From", "To", "Trunk")}
        call, name = CallId(required(message, "Uniqueid")), str(message.get("CallerIDName", ""))
        return [CallRejected(at=now, arrival=arrival_of(call, now, name, noted, self._rules))]

    def _contact_changed(self, message: Message, now: datetime) -> list[Event]:
        device = DeviceId(required(message, "AOR"))
        if device.startswith("trunk-"):
            return []
        contacts = self._contacts.setdefault(device, set())
        uri = required(message, "URI")
        contacts.discard(_SOMEWHERE)  # here, or where a newer place has taken over from
        if required(message, "ContactStatus") in _CONTACT_GONE:
            contacts.discard(uri)
            return [] if contacts else [DeviceUnregistered(at=now, device=device)]
        if uri in contacts:
            return []
        contacts.add(uri)
        return [DeviceRegistered(at=now, device=device)]


def _met(leg: LegChannel, members: Collection[str], now: datetime) -> list[Event]:
    """Whom a leg has just met in a bridge: its caller, or the colleague who asked."""
    if leg.call in members and not leg.is_with_caller:
        leg.is_with_caller = True
        leg.reach(LegState.JOINED)
        return [Joined(at=now, call=leg.call, leg=leg.leg, agent=leg.agent)]
    asked_by = leg.asked_by
    if asked_by is not None and asked_by in members and leg.call not in members:
        return [Consulting(at=now, call=leg.call, leg=leg.leg, agent=leg.agent, asked_by=asked_by)]
    return []


def _state_of(live: LiveLeg, *, is_joined: bool) -> LegState:
    if is_joined:
        return LegState.JOINED
    return LegState.ANSWERED if live.is_answered else LegState.RINGING


def _call_reason(call: CallChannel, cause: int) -> EndReason:
    if call.is_media_lost or cause == CAUSE_MEDIA_LOST:
        return EndReason.MEDIA_LOST
    if call.has_hung_up:
        return EndReason.CALLER_HUNG_UP
    return EndReason.HOTLINE_HUNG_UP
