"""Ordering a call by outside lines, and what each failure of an order means."""

from collections.abc import Awaitable, Callable

import structlog

from telephony.asterisk.ami import PerhapsTaken
from telephony.asterisk.channels import ByLines
from telephony.errors import SwitchUnavailable, UnsafeValue
from telephony.model import EndReason
from telephony.trunks import Trunk

_log = structlog.get_logger(__name__)


async def order_by_lines(called: ByLines, send: Callable[[Trunk], Awaitable[None]]) -> EndReason | None:
    """Has the call made by the first of its lines for which Asterisk takes the order.

    Returns why no channel will come. None: there may be one, of which events tell, or the next look.
    """
    while called.lines and not called.is_stopped:
        line = called.lines[0]
        try:
            await send(line)
        except PerhapsTaken:
            return None
        except SwitchUnavailable:
            return EndReason.SWITCH_LOST
        except UnsafeValue as unsafe:
            # The number's fault, or its label's: another line does not make it better.
            _log.error("call_not_ordered", error=str(unsafe))
            return EndReason.UNREACHABLE
        except Exception as refused:  # noqa: BLE001 - whatever it was, somebody waits for who is called
            _log.warning("line_refused", line=line.name, error=repr(refused))
            called.give_way()
        else:
            return None
    return EndReason.HOTLINE_HUNG_UP if called.is_stopped else EndReason.NO_LINE
