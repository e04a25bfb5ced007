"""A process that makes sound files ready for the telephone, with limits on what a hostile one can take."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

from speech.decoding import decoded
from speech.telephone_sound import RATE, levelled, refuse_unusable, trimmed, write
from speech.worker_side import Message, Refused, serve

MB = 1024 * 1024


def _start() -> Callable[[Message], Message]:
    memory = int(sys.argv[1]) * MB
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return _convert


def _convert(request: Message) -> Message:
    source = Path(request["source"])
    try:
        size = source.stat().st_size
        if size > request["bytes_max"]:
            raise Refused(f"it is larger than {request['bytes_max'] // MB} MB", kind="sound_too_large")
        if size == 0:
            raise Refused("it is empty", kind="unknown_sound")
        samples = decoded(source, seconds_max=request["seconds_max"])
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror or type(error).__name__}") from error
    refuse_unusable(samples, seconds_min=request["seconds_min"])
    ready = levelled(trimmed(samples), request["level_dbfs"])
    write(ready, Path(request["out"]))
    return {"seconds": len(ready) / RATE}


if __name__ == "__main__":
    serve(_start)
