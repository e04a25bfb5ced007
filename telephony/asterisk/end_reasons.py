"""Why a leg ended, from Asterisk's figures; tables."""

from typing import Protocol

from telephony.model import EndReason

_CLAIMED = 26
_NOT_ACCEPTED = 19
_MEDIA_LOST = 44

_BY_CAUSE = {
    3: EndReason.UNREACHABLE,  # no route
    17: EndReason.BUSY,
    18: EndReason.UNREACHABLE,  # the phone does not respond
    19: EndReason.NO_ANSWER,
    20: EndReason.UNREACHABLE,  # not registered
    21: EndReason.REFUSED,
    27: EndReason.UNREACHABLE,  # destination out of order
    _CLAIMED: EndReason.CLAIMED,
}
_BY_FAILURE = {
    0: EndReason.UNREACHABLE,  # no contact to ring
    3: EndReason.NO_ANSWER,
    5: EndReason.BUSY,
    8: EndReason.UNREACHABLE,  # congestion
}


class AnsweredLeg(Protocol):
    """What is asked about a leg that had been answered."""

    cause: int | None
    has_hung_up: bool
    is_media_lost: bool

    @property
    def is_joined(self) -> bool:
        """Agent and caller talked."""
        ...


def reason_of_unanswered(cause: int | None, failure: int | None) -> EndReason:
    """For a leg that never got an answer: the channel's cause says more than the order's result."""
    if failure == 3:
        return EndReason.NO_ANSWER
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return _BY_FAILURE.get(-1 if failure is None else failure, EndReason.OTHER)


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
