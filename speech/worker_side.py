"""The other end of `speech.worker`: what runs inside a worker process."""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import IO, Any

Message = dict[str, Any]
Handler = Callable[[Message], Message]

_NICE = 10
"""Of threads whose work has time: what is heard right now comes first."""


class Refused(Exception):
    """This request cannot be done; the worker itself is well."""

    def __init__(self, reason: str, *, kind: str = "") -> None:
        """`kind` tells reasons apart for programs, where they have to be."""
        super().__init__(reason)
        self.kind = kind


def serve(start: Callable[[], Handler]) -> None:
    """Answers requests, one after the other, until the input ends."""
    with _answers() as answers:
        try:
            handle = start()
        except Refused as refusal:
            answers.write(json.dumps({"error": str(refusal)}) + "\n")
            return
        answers.write("{}\n")
        for line in sys.stdin:
            answers.write(json.dumps(_answer(handle, json.loads(line))) + "\n")


def serve_streams(start: Callable[[], Callable[[Message], Handler]], *, threads: int) -> None:
    """Carries many conversations at once, each of which asks one thing at a time, until the input ends.

    Each line names its `stream`. `open` begins a conversation, with what is needed for it, and with
    `can_wait` if nobody waits for its end; `close` ends it and has no answer.
    """
    with _answers() as answers:
        try:
            begin = start()
        except Refused as refusal:
            answers.write(json.dumps({"error": str(refusal)}) + "\n")
            return
        answers.write("{}\n")
        now = ThreadPoolExecutor(threads, thread_name_prefix="now")
        later = ThreadPoolExecutor(1, thread_name_prefix="later", initializer=_step_back)
        writing, streams = threading.Lock(), dict[int, _Stream]()

        def reply(answer: Message) -> None:
            with writing:  # lines of several threads must not mix
                answers.write(json.dumps(answer) + "\n")

        for line in sys.stdin:
            request = json.loads(line)
            number = request.pop("stream")
            if "open" in request:
                opening = request["open"]
                streams[number] = _Stream(number, begin, later if opening.get("can_wait") else now, reply)
            if "close" in request:
                streams.pop(number, None)
            elif number in streams:
                streams[number].ask(request)
    os._exit(0)  # nobody is left who waits for the threads


class _Stream:
    """One conversation. What it needs is made in the thread that works for it, not in the one that reads."""

    def __init__(
        self,
        number: int,
        begin: Callable[[Message], Handler],
        works: Executor,
        reply: Callable[[Message], None],
    ) -> None:
        self._number = number
        self._begin = begin
        self._works = works
        self._reply = reply
        self._handle: Handler | None = None

    def ask(self, request: Message) -> None:
        """Answers as soon as a thread is free."""
        self._works.submit(self._work, request)

    def _work(self, request: Message) -> None:
        try:
            answer = _answer(self._do, request)
        except Exception as error:  # noqa: BLE001 - this stream's alone; the others go on
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        self._reply(answer | {"stream": self._number})

    def _do(self, request: Message) -> Message:
        if "open" in request:
            self._handle = self._begin(request["open"])
            return {}
        if self._handle is None:
            raise Refused("this stream was never opened")
        return self._handle(request)


def _answer(handle: Handler, request: Message) -> Message:
    try:
        return handle(request)
    except Refused as refusal:
        return {"error": str(refusal), "kind": refusal.kind}


def _step_back() -> None:
    # Linux keeps this for each thread, and knows threads by the ids of processes.
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


@contextmanager
def _answers() -> Iterator[IO[str]]:
    """Where answers go.

    The engines write to standard output as they like; it is kept for our answers, and theirs
    go to standard error.
    """
    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as answers:
        os.dup2(2, 1)
        yield answers
