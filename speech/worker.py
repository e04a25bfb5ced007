"""Worker processes for engines that may crash, hang or block; and a bounded pool of them.

A worker is a module of ours that runs `speech.worker_side.serve`. One request at a time: a line
of JSON to its standard input, a line back. It ends when its input ends, so that it never
outlives the server, however that dies.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any, Self

from speech.errors import SpeechBusy, WorkerFailed, WorkerRefused

ROOT = Path(__file__).resolve().parent.parent
_LINE_BYTES_MAX = 4 * 1024 * 1024
_COMPLAINT_BYTES_MAX = 2_000

Message = dict[str, Any]


class Worker:
    """One process."""

    def __init__(self, process: asyncio.subprocess.Process, complaints: IO[bytes]) -> None:
        self._process = process
        self._complaints = complaints

    @classmethod
    async def start(
        cls, module: str, arguments: Sequence[str], timeout_s: float, *, python: str = sys.executable
    ) -> Self:
        """Starts it and waits until it says that it is ready; `python` may have packages of its own."""
        complaints = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
        try:
            process = await asyncio.create_subprocess_exec(
                *(python, "-m", module, *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=complaints,
                limit=_LINE_BYTES_MAX,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
            )
        except OSError as error:
            complaints.close()
            raise WorkerFailed(f"{module} cannot be started: {error}") from error
        except BaseException:  # the server stops while it starts
            complaints.close()
            raise
        worker = cls(process, complaints)
        try:
            await worker._answer(timeout_s)
        except WorkerRefused as refusal:
            reason = f"{refusal}: {worker._complaint()}"
            await worker.end()
            raise WorkerFailed(reason) from refusal
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ask(self, message: Message, timeout_s: float) -> Message:
        """One request. After anything but an answer or `WorkerRefused` the worker must be ended."""
        await self.send(message)
        return await self._answer(timeout_s)

    async def send(self, message: Message) -> None:
        """A request without its answer; raises `WorkerFailed`."""
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(json.dumps(message).encode() + b"\n")
            await stdin.drain()
        except (BrokenPipeError, ConnectionResetError) as error:
            raise WorkerFailed(f"the speech worker has died: {self._complaint()}") from error

    async def receive(self) -> Message:
        """The next answer, whatever it says; raises `WorkerFailed`."""
        stdout = self._process.stdout
        assert stdout is not None
        line = await stdout.readline()
        if not line.endswith(b"\n"):
            raise WorkerFailed(f"the speech worker has died: {self._complaint()}")
        answer: Message = json.loads(line)
        return answer

    async def _answer(self, timeout_s: float) -> Message:
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the line.
            async with asyncio.timeout(timeout_s):
                answer = await self.receive()
        except TimeoutError as error:
            raise WorkerFailed(f"the speech worker did not answer within {timeout_s} s") from error
        return accepted(answer)

    def _complaint(self) -> str:
        """The end of what it wrote to its standard error."""
        if self._complaints.closed:
            return "it was ended"
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(0, size - _COMPLAINT_BYTES_MAX))
        return self._complaints.read().decode(errors="replace").strip() or "it left no message"

    async def end(self) -> None:
        """Ends the process, whatever it does."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):  # it was faster
                self._process.kill()
        try:
            await self._process.wait()
        finally:
            self._complaints.close()


def accepted(answer: Message) -> Message:
    """The answer of a worker that did as it was asked; raises `WorkerRefused` for another."""
    if "error" in answer:
        raise WorkerRefused(str(answer["error"]), kind=str(answer.get("kind", "")))
    return answer


class WorkerPool:
    """At most so many workers of one kind, started when first needed, replaced when they fail."""

    def __init__(  # noqa: PLR0913 - each a limit of its own
        self,
        module: str,
        arguments: Sequence[str],
        *,
        size: int,
        waiting_max: int,
        start_timeout_s: float,
        python: str = sys.executable,
    ) -> None:
        self._module = module
        self._arguments = arguments
        self._python = python
        self._waiting_max = waiting_max
        self._start_timeout_s = start_timeout_s
        self._waiting = 0
        self._free: asyncio.LifoQueue[Worker | None] = asyncio.LifoQueue()
        self._all: set[Worker] = set()
        for _ in range(size):
            self._free.put_nowait(None)

    def pids(self) -> list[int]:
        """The processes that run now."""
        return [worker.pid for worker in self._all]

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Worker]:
        """A worker for one conversation. If that breaks off, its state is unknown, and it is ended."""
        worker = await self._take()
        try:
            if worker is None:
                worker = await Worker.start(
                    self._module, self._arguments, self._start_timeout_s, python=self._python
                )
                self._all.add(worker)
            yield worker
        except WorkerRefused:
            self._free.put_nowait(worker)
            raise
        except BaseException:
            self._free.put_nowait(None)
            if worker is not None:
                self._all.discard(worker)
                await asyncio.shield(worker.end())
            raise
        else:
            self._free.put_nowait(worker)

    async def _take(self) -> Worker | None:
        if self._free.empty() and self._waiting >= self._waiting_max:
            raise SpeechBusy("too much waits for speech already; try again later")
        self._waiting += 1
        try:
            return await self._free.get()
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Ends all workers."""
        for worker in list(self._all):
            await worker.end()
        self._all.clear()
