"""How orders about channels are said to Asterisk. No I/O."""

import re

from kernel.ids import DeviceId
from telephony.asterisk.status import DIALS, DIALS_ORDERED
from telephony.asterisk.trunk_sections import endpoint_name, place_of
from telephony.destinations import Outside
from telephony.errors import UnsafeValue
from telephony.model import CallOut, Ring, Watch
from telephony.trunks import Trunk

ANSWER_BY_ITSELF = "PJSIP_HEADER(add,Alert-Info)=<http://hotline>;info=alert-autoanswer"
"""A variable that is a function's call: set on the leg before it dials. Desk phones answer such an INVITE at
once; pages know it from the board."""
_FROM_THE_START = 'BRIDGEPEER=nobody,CDR_PROP(disable)=1,CHANNEL(hangup_handler_push)="ended,s,1"'
"""Of a customer's phone that we ring, whatever becomes of it: [ended] writes the record of it."""
MEMBER_PENALTY = "2"
"""Above what a caller of the emergency queue accepts at first; see queuerules.conf."""
_DEVICE = re.compile(r"(?!trunk-)[A-Za-z0-9-]{1,64}")


def way_of(ring: Ring) -> tuple[str, dict[str, str]]:
    """Where an agent's leg goes once it is answered, and what the dialplan is to know of it."""
    variables: dict[str, str] = {"HL_CALL": ring.call}
    if ring.dials:
        return "dials", variables | {DIALS: DIALS_ORDERED}
    if ring.asked_by is not None:
        return "asked", variables | {"HL_ASKED_BY": ring.asked_by}
    return "agent-leg", variables


def originate(order: Ring | Watch, way: tuple[str, str], *, answers_itself: bool) -> dict[str, str]:
    """Rings a device, whose leg goes to a context and extension once it is answered."""
    context, exten = way
    headers = {
        "Channel": interface(order.device),
        "ChannelId": order.leg,
        "Context": context,
        "Exten": exten,
        "Priority": "1",
        "Timeout": str(int(order.timeout_s * 1000)),
        "CallerID": _digits(order.shown_number),
        "Async": "true",
    }
    if answers_itself:
        headers["Variable"] = ANSWER_BY_ITSELF
    return headers


def originate_out(order: CallOut, line: Trunk) -> dict[str, str]:
    """Rings a customer's phone by an outside line, where the number is dialled as that line has it."""
    headers = {
        "Channel": _by_line(line, order.to),
        "ChannelId": order.call,
        "Context": "called",
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(int(order.ring_s * 1000)),
        "Async": "true",
        # Functions' calls, before it is dialled: counted on its line, and noted whatever becomes of it.
        "Variable": f"GROUP(trunk)={line.name},{_FROM_THE_START}",
    }
    shown = _digits(order.shown or line.caller_id or line.user or "")
    if shown:
        headers["CallerID"] = shown
    return headers


def originate_outside(ring: Ring, outside: Outside, line: Trunk) -> dict[str, str]:
    """Calls the first number of somebody outside by a line, in whose channels it counts from the start.

    They are shown the line's own number: a carrier refuses a stranger's.
    """
    context, _ = way_of(ring)
    headers = {
        "Channel": _by_line(line, outside.numbers[0]),
        "ChannelId": ring.leg,
        "Context": context,
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(int(ring.timeout_s * 1000)),
        "Async": "true",
        "Variable": f"GROUP(trunk)={line.name}",
    }
    shown = _digits(line.caller_id or line.user or "")
    return headers | {"CallerID": shown} if shown else headers


def _by_line(line: Trunk, number: str) -> str:
    """A number at the line's far end, by its address.

    By the line's name alone Asterisk calls nobody while the far end is thought to be away, and some far ends
    never answer when they are asked whether they are there.
    """
    return f"PJSIP/{endpoint_name(line)}/sip:{line.numbers.dialled(number)}@{place_of(line)}"


def redirect(*ways: tuple[str, str, str]) -> dict[str, str]:
    """Sends one channel, or two at the same moment, to a context and extension each."""
    return {
        f"{prefix}{name}": value
        for prefix, way in zip(("", "Extra"), ways, strict=False)
        for name, value in zip(("Channel", "Context", "Exten", "Priority"), (*way, "1"), strict=True)
    }


def interface(device: DeviceId) -> str:
    """What Asterisk calls the device; never an outside line, never anything that means more to it."""
    if not _DEVICE.fullmatch(device):
        raise UnsafeValue("this is no device")
    return f"PJSIP/{device}"


def _digits(number: str) -> str:
    """The number shown on a device, without anything else."""
    return "".join(letter for letter in number if letter in "+0123456789")[:20]
