"""Refusals and failures of the switch."""

from kernel.errors import Conflict, HotlineError


class SoundUnavailable(HotlineError):
    """The caller's sound cannot be had now: too many are listened to, or the switch cannot bring it."""

    code = "sound_unavailable"


class LineGone(HotlineError):
    """The line session ended: the caller hung up, or went on to an agent."""

    code = "line_gone"


class CallGone(HotlineError):
    """The call or leg is no longer in the switch."""

    code = "call_gone"


class NotYourCall(Conflict):
    """Whoever asks for this does not talk with the caller."""

    code = "not_your_call"


class SwitchUnavailable(HotlineError):
    """Asterisk cannot be reached. Hotline's supervisor restarts it."""

    code = "switch_unavailable"


class EntryRefused(HotlineError):
    """The database will never take what was to be written; at another time it will say the same."""

    code = "entry_refused"


class UnsafeValue(HotlineError):
    """A text with control characters was about to be sent to the switch."""

    code = "unsafe_value"


class NoOutsideLine(HotlineError):
    """No outside line can reach the number: `trunks.yaml` has none."""

    code = "no_outside_line"
