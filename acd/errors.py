"""Refusals of routing."""

from acd.model import Exit
from kernel.errors import Conflict, HotlineError, InvalidInput, NotFound, SiteFileInvalid


class NoPlace(Conflict):
    """The queue does not take the call."""

    exit: Exit


class UnknownQueue(NotFound):
    """The queue is not in the site's `queues.yaml`."""

    code = "unknown_queue"


class UnknownRegion(InvalidInput):
    """The region is not in the site's `regions.yaml`."""

    code = "unknown_region"


class QueueFull(NoPlace):
    """As many callers wait as may."""

    code = "queue_full"
    exit = Exit.FULL


class QueueClosed(NoPlace):
    """The queue's calendar says that nobody works now."""

    code = "queue_closed"
    exit = Exit.CLOSED


class NotWaiting(Conflict):
    """The call has an agent already, or is gone."""

    code = "not_waiting"


class NoHelpProposed(Conflict):
    """It is not asked just now whether the queue's reserve is to help, or it helps already."""

    code = "no_help_proposed"


class NumberForbidden(InvalidInput):
    """Nobody may be called on this number."""

    code = "number_forbidden"


class NotSignedIn(Conflict):
    """The agent has no phone: sign in and open the desk first."""

    code = "no_phone"


class AgentNotThere(Conflict):
    """The agent whose state somebody else wants to change has no phone, or is no agent at all."""

    code = "agent_not_there"


class NoWrapUp(Conflict):
    """The agent is not in wrap-up, or has extended it already."""

    code = "no_wrap_up"


class UnknownBreak(InvalidInput):
    """The site has no such break."""

    code = "unknown_break"


class BreakFull(Conflict):
    """As many agents are on this break as may be at once."""

    code = "break_full"


class NoSuchOffer(Conflict):
    """The call is not being offered to this agent (any more)."""

    code = "no_such_offer"


class NotTalking(Conflict):
    """The agent does not talk with this caller (any more)."""

    code = "not_talking"


class AgentNotFree(Conflict):
    """The colleague cannot be rung now: the caller stays with the agent who has them."""

    code = "agent_not_free"


class NotConsulting(Conflict):
    """The agent does not ask a colleague now, or is not so far yet."""

    code = "not_consulting"


class NothingToHear(Conflict):
    """No other agent talks with this caller now."""

    code = "nothing_to_hear"


class NothingToTakeOver(Conflict):
    """No other agent talks with this caller now, or a colleague is in it too."""

    code = "nothing_to_take_over"


class PhoneInUse(Conflict):
    """The phone that should ring is in use, or not connected."""

    code = "phone_in_use"


class NotFreeToCall(Conflict):
    """The agent's phone is not connected, or is in use: nobody can be called from it now."""

    code = "not_free_to_call"


class StillConsulting(Conflict):
    """The agent asks a colleague, or all three talk: that comes to its end before anything else is done."""

    code = "still_consulting"


class QueuesFileInvalid(SiteFileInvalid):
    """`queues.yaml` cannot be used."""

    code = "queues_file_invalid"


class BreaksFileInvalid(SiteFileInvalid):
    """`breaks.yaml` cannot be used."""

    code = "breaks_file_invalid"


class NotHungUp(HotlineError):
    """The switch did not take the order to end a call, which goes on: try again."""

    code = "not_hung_up"


class RoutingStopped(HotlineError):
    """Routing is not running: the server is starting or stopping."""

    code = "routing_stopped"
