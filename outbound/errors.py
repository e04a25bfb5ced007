"""Why somebody must not be called; each says what can be done about it."""

from kernel.errors import Conflict, Forbidden, InvalidInput, SiteFileInvalid


class NoSuchNumber(InvalidInput):
    """This is no number that can be called."""

    code = "no_such_number"


class OwnNumber(Forbidden):
    """The number is our own: the call would come back to us."""

    code = "own_number"


class EmergencyRefused(Forbidden):
    """The site does not let emergency numbers be called from here."""

    code = "emergency_refused"


class CountryRefused(Forbidden):
    """The site lets nobody call this country."""

    code = "country_refused"


class KindRefused(Forbidden):
    """The site lets nobody call numbers of this kind, such as those at a premium rate."""

    code = "kind_refused"


class NotOfQueue(Forbidden):
    """The agent calls in the name of a queue that is not theirs."""

    code = "not_of_queue"


class DoNotCall(Forbidden):
    """The person does not want to be called; a supervisor keeps the list."""

    code = "do_not_call"


class TooManyCalls(Conflict):
    """The agent has called as often as anybody may within an hour or a day."""

    code = "too_many_calls"


class NobodyToCall(Conflict):
    """The customer has no number, or withheld it."""

    code = "nobody_to_call"


class AlreadyCalled(Conflict):
    """A colleague calls this person, or talks with them."""

    code = "already_called"


class CallingFileInvalid(SiteFileInvalid):
    """`calling.yaml` cannot be used."""

    code = "calling_file_invalid"
