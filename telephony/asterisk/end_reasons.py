"""Why a leg ended, from Asterisk's figures; tables."""

from typing import Protocol

from telephony.model import EndReason

_BUSY = 17
_NOT_ACCEPTED = 19
"""Also what a phone says that is not to be disturbed (SIP 480)."""
_REFUSED = 21
_CLAIMED = 26
_MEDIA_LOST = 44

_BY_CAUSE = {
    1: EndReason.UNREACHABLE,  # nobody has such a number
    3: EndReason.UNREACHABLE,  # no route
    _BUSY: EndReason.BUSY,
    18: EndReason.UNREACHABLE,  # the phone does not respond
    _NOT_ACCEPTED: EndReason.NO_ANSWER,
    20: EndReason.UNREACHABLE,  # not registered
    _REFUSED: EndReason.REFUSED,
    22: EndReason.UNREACHABLE,  # the number has changed
    27: EndReason.UNREACHABLE,  # destination out of order
    28: EndReason.UNREACHABLE,  # the number is not complete
    _CLAIMED: EndReason.CLAIMED,
}
_BY_FAILURE = {
    0: EndReason.UNREACHABLE,  # no contact to ring
    3: EndReason.NO_ANSWER,
    5: EndReason.BUSY,
    8: EndReason.UNREACHABLE,  # congestion
}
_FAULTS_OF_LINE = {
    3,  # no route
    18,  # the far end does not respond
    20,
    27,  # out of order
    34,  # all channels are in use, also by our own count
    38,  # network out of order
    41,  # temporary failure
    42,  # congestion
    44,
    47,
    58,  # no codec in common
}
_FAULTS_SAID = {401, 402, 403, 407, 488}
"""Answers of a provider who does not let us call, not of a person who does not want to be called."""
_NO_CHANNEL = {0, 8}
_CANCELLED = 487
_ENDED_BY_US = {0, 16}


class AnsweredLeg(Protocol):
    """What is asked about a leg that had been answered."""

    cause: int | None
    has_hung_up: bool
    is_media_lost: bool

    @property
    def is_joined(self) -> bool:
        """Agent and caller talked."""
        ...


def reason_of_unanswered(cause: int | None, failure: int | None, *, has_rung: bool) -> EndReason:
    """For a leg that never got an answer: the channel's cause says more than the order's result."""
    if failure == 3:
        return EndReason.NO_ANSWER
    if has_rung and cause == _BUSY:
        # A person pressed a button: many desk phones say so by this, whatever they are busy with.
        return EndReason.REFUSED
    if not has_rung and cause in {_NOT_ACCEPTED, _REFUSED}:
        return EndReason.UNREACHABLE  # nobody has heard it: the phone itself turns calls away
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return _BY_FAILURE.get(-1 if failure is None else failure, EndReason.OTHER)


def is_fault_of_line(cause: int | None, response: int | None, failure: int) -> bool:
    """Whether another line may well lead where this one did not: for an order that failed."""
    if failure == 3:
        return False  # it rang
    if cause is None:
        return failure in _NO_CHANNEL
    return cause in _FAULTS_OF_LINE or response in _FAULTS_SAID


def reason_of_customer(cause: int | None, response: int | None, failure: int) -> EndReason:
    """For a customer who was called: where nobody ended the ringing, we did, for it had been long enough."""
    if failure == 3 or response == _CANCELLED or cause in _ENDED_BY_US:
        return EndReason.NO_ANSWER
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return _BY_FAILURE.get(failure, EndReason.OTHER)


def reason_of_record(cause: int) -> EndReason:
    """For a customer who was called and did not answer, of whom nothing but Asterisk's own record tells."""
    return _BY_CAUSE.get(cause, EndReason.NO_ANSWER)


def reason_of_joined(leg: AnsweredLeg, *, is_caller_gone: bool) -> EndReason:
    """For a leg that had been answered."""
    if leg.cause == _CLAIMED and not leg.is_joined:
        return EndReason.CLAIMED
    if leg.cause == _NOT_ACCEPTED and not leg.is_joined:
        return EndReason.NO_ANSWER  # something answered, and nobody pressed the key
    if leg.is_media_lost or leg.cause == _MEDIA_LOST:
        return EndReason.MEDIA_LOST
    if leg.has_hung_up:
        return EndReason.AGENT_HUNG_UP
    return EndReason.CALLER_HUNG_UP if is_caller_gone else EndReason.OTHER
