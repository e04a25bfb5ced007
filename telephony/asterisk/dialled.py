"""Customers whose phones are being rung, until they answer or cannot be reached. No I/O."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from panoramisk.message import Message

from kernel.events import Event
from kernel.ids import CallId
from telephony.asterisk.ami import required
from telephony.asterisk.channels import ByLines
from telephony.asterisk.end_reasons import is_fault_of_line, reason_of_customer
from telephony.events import CallEnded
from telephony.model import Arrival, CallOut, EndReason, LiveCall
from telephony.trunks import Trunk

_UP = "6"


@dataclass(slots=True)
class Attempt(ByLines):
    """A customer whose phone is rung."""

    order: CallOut | None
    """None: found so, and no other line is known for it."""
    arrival: Arrival | None = None
    """Set when the call has been told of."""
    has_channel: bool = False
    cause: int | None = None
    """Set when the channel is gone."""
    response: int | None = None
    """What the far end said in its own words (SIP)."""
    failure: int | None = None
    """Asterisk's reason why the order failed."""

    @property
    def is_between(self) -> bool:
        """No look can find a channel of it now, and it is not over: events will tell."""
        return not self.has_channel or self.cause is not None


class Dialled:
    """Which calls are still to be answered, and what Asterisk's events mean for them."""

    def __init__(self) -> None:
        self._attempts: dict[CallId, Attempt] = {}
        self._due: list[CallId] = []
        self._readers: Mapping[str, Callable[[Attempt, CallId, Message], None]] = {
            "Newchannel": _began,
            "Newstate": self._changed,
            "Hangup": _ended,
        }

    def __contains__(self, call: object) -> bool:
        return call in self._attempts

    def lose_sight(self) -> None:
        """The connection is lost: what comes of orders without a channel, no event will tell."""
        for call in self._between():
            del self._attempts[call]

    def adopt(self, found: Iterable[LiveCall]) -> None:
        """Takes what rings for all there is, besides what nobody could find."""
        known, self._attempts = self._attempts, self._between()
        for live in found:
            call = live.arrival.call
            self._attempts.pop(call, None)
            if not live.is_answered:
                attempt = self._attempts[call] = known.get(call) or Attempt(None)
                attempt.has_channel = True  # also where its beginning was told to nobody

    def coming(self) -> list[LiveCall]:
        """Customers who are being called, as all were told, and of whom no look at Asterisk tells yet."""
        return [
            LiveCall(arrival=attempt.arrival, mark=attempt.order.mark, talks_with=None, is_answered=False)
            for attempt in self._between().values()
            if attempt.arrival is not None and attempt.order is not None
        ]

    def _between(self) -> dict[CallId, Attempt]:
        return {call: attempt for call, attempt in self._attempts.items() if attempt.is_between}

    def ordered(self, order: CallOut) -> None:
        """Notes a customer who is about to be called."""
        self._attempts[order.call] = Attempt(order)

    def placed(self, arrival: Arrival, lines: Sequence[Trunk]) -> None:
        """Notes by which lines: the first one now, the others where those before do not work."""
        if attempt := self._attempts.get(arrival.call):
            attempt.arrival, attempt.lines = arrival, lines

    def find(self, call: CallId) -> Attempt | None:
        """A customer whose phone is rung, or about to be."""
        return self._attempts.get(call)

    def about_to_use(self, line: Trunk) -> int:
        """How many calls were ordered over this line whose channels are still to come."""
        pending = (attempt.lines for attempt in self._attempts.values() if not attempt.has_channel)
        return sum(line in lines[:1] for lines in pending)

    def forget(self, call: CallId) -> None:
        """No channel will come."""
        self._attempts.pop(call, None)

    def stop(self, call: CallId) -> bool:
        """Notes that we end it; False if there is no channel yet that could be ended."""
        attempt = self._attempts[call]
        attempt.is_stopped = True
        return attempt.has_channel and attempt.cause is None

    def is_stopped(self, call: CallId) -> bool:
        """Whether it is to be ended as soon as there is a channel."""
        return call in self._attempts and self._attempts[call].is_stopped

    def take_due(self) -> list[CallId]:
        """Whom to call by the next line now, the one before having failed."""
        due, self._due = self._due, []
        return due

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

    def _changed(self, attempt: Attempt, call: CallId, message: Message) -> None:
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

    def _settle(self, call: CallId, attempt: Attempt, now: datetime) -> list[Event]:
        """Goes on once all is known: an order that failed is reported besides its channel's end."""
        if attempt.failure is None or (attempt.has_channel and attempt.cause is None):
            return []
        is_fault = is_fault_of_line(attempt.cause, attempt.response, attempt.failure)
        if is_fault and not attempt.is_stopped and attempt.give_way():
            self._attempts[call] = Attempt(attempt.order, attempt.arrival, lines=attempt.lines)
            self._due.append(call)
            return []
        del self._attempts[call]
        reason = reason_of_customer(attempt.cause, attempt.response, attempt.failure)
        if attempt.is_stopped:
            reason = EndReason.HOTLINE_HUNG_UP
        elif is_fault:
            reason = EndReason.NO_LINE
        return [CallEnded(at=now, call=call, reason=reason)]


def _began(attempt: Attempt, call: CallId, message: Message) -> None:
    del call, message
    attempt.has_channel = True


def _ended(attempt: Attempt, call: CallId, message: Message) -> None:
    del call
    attempt.cause = int(required(message, "Cause"))
    attempt.response = response_in(message)


def response_in(message: Message) -> int | None:
    """What the far end of a channel that ended had said in its own words (SIP)."""
    told = str(message.get("TechCause", ""))
    return int(told) if told.isdecimal() else None
