"""What a flow keeps of a caller, as one word at the call: bounded, and it outlives the server."""

import base64
import binascii
import json
import zlib
from dataclasses import dataclass
from typing import Any

WRITTEN_MAX = 1000
"""Characters in the call's mark."""
_READ_MAX = 20_000
"""Bytes that such a word may unfold into."""

Given = tuple[tuple[str, str], ...]
"""Variables that the call has given another value, each with what it is now."""


Ways = tuple[tuple[str, str], ...]
"""Nodes, each with its flow before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the flow knows of the caller beside their node."""

    given: Given = ()
    flow: str = ""
    """Where the caller stands who is led back from there."""
    back: Ways = ()
    pin: str = ""
    """Which set of flows the call began with."""


def write_kept(kept: Kept) -> str:
    """The word; of variables whose values are too much together the oldest are left out."""
    given = kept.given
    while True:
        text = _text([given, kept.flow, kept.back, kept.pin]) if given or kept.back or kept.pin else b""
        written = _pack(text) if text else ""
        if not given or (len(text) <= _READ_MAX and len(written) <= WRITTEN_MAX):
            return written
        given = given[1:]


def read_kept(written: str) -> Kept:
    """What was written; nothing of what cannot be read."""
    try:
        # Calls that were marked before there were pins have none.
        given, flow, back, pin = (*_unpack(written), "")[:4]
    except (ValueError, TypeError, zlib.error, binascii.Error, RecursionError):
        return Kept()
    if not isinstance(flow, str) or not isinstance(pin, str) or not _are_pairs(given) or not _are_pairs(back):
        return Kept()
    return Kept(given=tuple(map(tuple, given)), flow=flow, back=tuple(map(tuple, back)), pin=pin)


def _are_pairs(data: Any) -> bool:
    return isinstance(data, list) and all(
        isinstance(pair, list) and [type(part) for part in pair] == [str, str] for pair in data
    )


def _text(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _pack(text: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(text, 9)).decode().rstrip("=")


def _unpack(written: str) -> Any:
    packed = base64.urlsafe_b64decode(written + "=" * (-len(written) % 4))
    return json.loads(zlib.decompressobj().decompress(packed, _READ_MAX))
