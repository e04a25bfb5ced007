"""How orders about channels are said to Asterisk. No I/O."""

import re

from kernel.ids import DeviceId
from telephony.errors import UnsafeValue
from telephony.model import Ring, Watch

ANSWER_BY_ITSELF = "PJSIP_HEADER(add,Alert-Info)=<http://hotline>;info=alert-autoanswer"
"""A variable that is a function's call: set on the leg before it dials. Desk phones answer such an INVITE at
once; pages know it from the board."""
MEMBER_PENALTY = "2"
"""Above what a caller of the emergency queue accepts at first; see queuerules.conf."""
_DEVICE = re.compile(r"(?!trunk-)[A-Za-z0-9-]{1,64}")


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
