"""The other end of `speech.worker`: what runs inside a worker process."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]


class Refused(Exception):
    """This request cannot be done; the worker itself is well."""


def serve(start: Callable[[], Callable[[Message], Message]]) -> None:
    """Answers requests until the input ends.

    The engines write to standard output as they like; it is kept for our answers, and theirs
    go to standard error.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    try:
        handle = start()
    except Refused as refusal:
        answers.write(json.dumps({"error": str(refusal)}) + "\n")
        return
    answers.write("{}\n")
    for line in sys.stdin:
        try:
            answer = handle(json.loads(line))
        except Refused as refusal:
            answer = {"error": str(refusal)}
        answers.write(json.dumps(answer) + "\n")
