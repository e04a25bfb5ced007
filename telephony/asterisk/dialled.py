"""Customers whose phones are being rung, until they answer or cannot be reached. No I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from panoramisk.message import Message

from kernel.events import Event
from kernel.ids import CallId
from telephony.asterisk.ami import required
from telephony.asterisk.end_reasons import is_fault_of_line, reason_of_customer
from telephony.events import CallEnded
from telephony.model import CallOut, EndReason, LiveCall
from telephony.trunks import Trunk

_UP = "6"


@dataclass(slots=True)
class _Attempt:
    """A customer's phone, rung over the first of these lines."""

    order: CallOut | None
    """None: ordered by a server before this one, which knows no other line."""
    lines: list[Trunk] = field(default_factory=list)
    has_channel: bool = False
    is_stopped: bool = False
    """By us."""
    cause: int | None = None
    """Set when the channel is gone."""
    response: int | None = None
    """What the far end said in its own words (SIP)."""
    failure: int | None = None
    """Asterisk's reason why the order failed."""


class Dialled:
    """Which calls are still to be answered, and what Asterisk's events mean for them."""

    def __init__(self) -> None:
        self._attempts: dict[CallId, _Attempt] = {}
        self._due: list[CallId] = []
        self._readers: Mapping[str, Callable[[_Attempt, CallId, Message], None]] = {
            "Newchannel": _began,
            "Newstate": self._changed,
            "Hangup": _ended,
        }

    def __contains__(self, call: object) -> bool:
        return call in self._attempts

    def adopt(self, found: Iterable[LiveCall]) -> None:
        """Takes what rings for all there is: what was to be tried next has been told as over."""
        alive = {live.arrival.call for live in found if not live.is_answered}
        self._attempts = {call: self._attempts.get(call, _Attempt(None)) for call in alive}
        for attempt in self._attempts.values():
            attempt.has_channel = True  # also where its beginning was told to nobody
        self._due.clear()

    def ordered(self, order: CallOut) -> None:
        """Notes a customer who is about to be called."""
        self._attempts[order.call] = _Attempt(order)

    def may_use(self, call: CallId, lines: Sequence[Trunk]) -> None:
        """Notes by which lines: the first one now, the others where those before do not work."""
        if call in self._attempts:
            self._attempts[call].lines = list(lines)

    def about_to_use(self, line: Trunk) -> int:
        """How many calls were ordered over this line whose channels are still to come."""
        pending = (found for found in self._attempts.values() if not found.has_channel and found.lines)
        return sum(found.lines[0] is line for found in pending)

    def forget(self, call: CallId) -> None:
        """The order for it was refused."""
        self._attempts.pop(call, None)

    def stop(self, call: CallId) -> bool:
        """Notes that we end it; False if there is no channel yet that could be ended."""
        attempt = self._attempts[call]
        attempt.is_stopped = True
        return attempt.has_channel and attempt.cause is None

    def is_stopped(self, call: CallId) -> bool:
        """Whether it is to be ended as soon as there is a channel."""
        return call in self._attempts and self._attempts[call].is_stopped

    def take_due(self) -> list[tuple[CallOut, Trunk]]:
        """Whom to call by which line now, the one before having failed."""
        due, self._due = self._due, []
        found = ((self._attempts[call].order, self._attempts[call].lines) for call in due)
        return [(order, lines[0]) for order, lines in found if order is not None]

    def handle(self, message: Message, now: datetime) -> list[Event]:
        """What an event means; nothing, for most."""
        if not self._attempts:
            return []
        if message.get("Event") == "OriginateResponse":
            return self._originated(message, now)
        call, reader = CallId(str(message.get("Uniqueid", ""))), self._readers.get(str(message.get("Event")))
        attempt = self._attempts.get(call)
        if attempt is None or reader is None:
            return []
        reader(attempt, call, message)
        return self._settle(call, attempt, now)

    def _changed(self, attempt: _Attempt, call: CallId, message: Message) -> None:
        del attempt
        if required(message, "ChannelState") == _UP:
            self._attempts.pop(call)

    def _originated(self, message: Message, now: datetime) -> list[Event]:
        # The order's ActionID is the call's id: without a channel there is no other name for it.
        call = CallId(str(message.get("ActionID", "")))
        attempt = self._attempts.get(call)
        if attempt is None or required(message, "Response") == "Success":
            return []
        attempt.failure = int(required(message, "Reason"))
        return self._settle(call, attempt, now)

    def _settle(self, call: CallId, attempt: _Attempt, now: datetime) -> list[Event]:
        """Goes on once all is known: an order that failed is reported besides its channel's end."""
        if attempt.failure is None or (attempt.has_channel and attempt.cause is None):
            return []
        is_fault = is_fault_of_line(attempt.cause, attempt.response, attempt.failure)
        if is_fault and len(attempt.lines) > 1 and not attempt.is_stopped:
            self._attempts[call] = _Attempt(attempt.order, attempt.lines[1:])
            self._due.append(call)
            return []
        del self._attempts[call]
        reason = reason_of_customer(attempt.cause, attempt.response, attempt.failure)
        if attempt.is_stopped:
            reason = EndReason.HOTLINE_HUNG_UP
        elif is_fault:
            reason = EndReason.NO_LINE
        return [CallEnded(at=now, call=call, reason=reason)]


def _began(attempt: _Attempt, call: CallId, message: Message) -> None:
    del call, message
    attempt.has_channel = True


def _ended(attempt: _Attempt, call: CallId, message: Message) -> None:
    del call
    attempt.cause = int(required(message, "Cause"))
    attempt.response = response_in(message)


def response_in(message: Message) -> int | None:
    """What the far end of a channel that ended had said in its own words (SIP)."""
    told = str(message.get("TechCause", ""))
    return int(told) if told.isdecimal() else None
