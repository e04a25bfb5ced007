"""Workers that carry many conversations at once, and a bounded pool of them."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from speech.errors import SpeechBusy, WorkerFailed
from speech.worker import Message, Worker, accepted

log = structlog.get_logger(__name__)


class SharedWorker:
    """A process that runs `speech.worker_side.serve_streams`. When it fails, all its streams fail."""

    def __init__(self, worker: Worker, on_failure: Callable[["SharedWorker"], None]) -> None:
        self._worker = worker
        self._on_failure = on_failure
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._failure = ""
        self.has_answered = False
        """It has done something since it started: what ended it was not its start."""
        self._reading = asyncio.create_task(self._read(), name=f"answers of speech worker {worker.pid}")

    @property
    def pid(self) -> int:
        """The process id."""
        return self._worker.pid

    @property
    def is_fit(self) -> bool:
        """It can be asked."""
        return not self._failure

    @asynccontextmanager
    async def stream(self, opening: Message, timeout_s: float) -> AsyncIterator["Stream"]:
        """One conversation; over when the block ends, however it does."""
        stream = Stream(self, next(self._numbers), timeout_s)
        try:
            await stream.ask({"open": opening})
            yield stream
        finally:
            with suppress(WorkerFailed):  # which closes everything
                await self._worker.send({"stream": stream.number, "close": True})

    async def ask(self, number: int, message: Message, timeout_s: float) -> Message:
        """One request of one stream; raises `WorkerRefused`, or `WorkerFailed` if the process did."""
        if self._failure:
            raise WorkerFailed(self._failure)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            await self._worker.send({"stream": number, **message})
            async with asyncio.timeout(timeout_s):
                return accepted(await answer)
        except TimeoutError as error:
            await self._fail(f"the speech worker did not answer within {timeout_s} s")
            raise WorkerFailed(self._failure) from error
        finally:
            self._waiting.pop(number, None)

    async def _read(self) -> None:
        try:
            while True:
                answer = await self._worker.receive()
                self.has_answered = True
                waiting = self._waiting.get(answer["stream"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(answer)
        except WorkerFailed as failure:
            await self._fail(str(failure))
        except ValueError as error:
            await self._fail(f"the speech worker answers nonsense: {error}")

    async def _fail(self, reason: str) -> None:
        if self._failure:
            return
        self._failure = reason
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(WorkerFailed(reason))
        await self._worker.end()
        self._on_failure(self)

    async def end(self) -> None:
        """Ends the process, whatever it does."""
        self._failure = self._failure or "the speech worker was ended"
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._worker.end()


@dataclass(frozen=True, slots=True)
class Stream:
    """A conversation with a worker."""

    worker: SharedWorker
    number: int
    timeout_s: float

    async def ask(self, message: Message) -> Message:
        """See `SharedWorker.ask`."""
        return await self.worker.ask(self.number, message, self.timeout_s)


@dataclass
class _Place:
    """Where a worker runs or will run."""

    live: int = 0
    recordings: int = 0
    worker: SharedWorker | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How much is listened to at once."""

    workers: int
    streams_per_worker: int
    recordings_at_once: int
    """Beside the streams, of all workers together."""
    waiting_max: int
    start_timeout_s: float
    answer_timeout_s: float


class StreamPool:
    """At most so many workers of one kind. One that failed is replaced at once, before it is needed."""

    def __init__(self, module: str, arguments: Sequence[str], limits: StreamLimits) -> None:
        self._module = module
        self._arguments = arguments
        self._limits = limits
        self._places = [_Place() for _ in range(limits.workers)]
        self._recordings = asyncio.Semaphore(limits.recordings_at_once)
        self._waiting = 0
        self._starts: set[asyncio.Task[None]] = set()

    def pids(self) -> list[int]:
        """The processes that run now."""
        return [place.worker.pid for place in self._places if place.worker and place.worker.is_fit]

    @property
    def streams(self) -> int:
        """How many are open now, recordings among them."""
        return sum(place.live + place.recordings for place in self._places)

    async def start(self) -> None:
        """Starts all workers that do not run; raises `WorkerFailed` with the first one's reason."""
        await asyncio.gather(*(self._ready(place) for place in self._places))

    @asynccontextmanager
    async def live(self, opening: Message) -> AsyncIterator[Stream]:
        """A stream of what is said right now, which cannot wait: raises `SpeechBusy` at once."""
        place = min(self._places, key=lambda each: each.live)
        if place.live >= self._limits.streams_per_worker:
            raise SpeechBusy("the recogniser listens to as many as it can already")
        place.live += 1
        try:
            async with self._stream(place, opening) as stream:
                yield stream
        finally:
            place.live -= 1

    @asynccontextmanager
    async def recording(self, opening: Message) -> AsyncIterator[Stream]:
        """A stream of what was said before, which waits its turn and leaves the processors to live ones."""
        if self._recordings.locked() and self._waiting >= self._limits.waiting_max:
            raise SpeechBusy("too many recordings wait for the recogniser already; try again later")
        self._waiting += 1
        try:
            await self._recordings.acquire()
        finally:
            self._waiting -= 1
        place = min(self._places, key=lambda each: each.recordings)
        place.recordings += 1
        try:
            async with self._stream(place, opening | {"can_wait": True}) as stream:
                yield stream
        finally:
            place.recordings -= 1
            self._recordings.release()

    @asynccontextmanager
    async def _stream(self, place: _Place, opening: Message) -> AsyncIterator[Stream]:
        worker = await self._ready(place)
        async with worker.stream(opening, self._limits.answer_timeout_s) as stream:
            yield stream

    async def _ready(self, place: _Place) -> SharedWorker:
        async with place.starting:
            if place.worker is None or not place.worker.is_fit:
                process = await Worker.start(self._module, self._arguments, self._limits.start_timeout_s)
                place.worker = SharedWorker(process, self._replace)
            return place.worker

    def _replace(self, failed: SharedWorker) -> None:
        if not failed.has_answered:
            return  # the next one would end the same way; it is tried when it is needed
        place = next(each for each in self._places if each.worker is failed)
        log.warning("speech worker is replaced", pid=failed.pid, streams=place.live + place.recordings)
        start = asyncio.create_task(self._start_again(place), name="speech worker after a failure")
        self._starts.add(start)
        start.add_done_callback(self._starts.discard)

    async def _start_again(self, place: _Place) -> None:
        try:
            await self._ready(place)
        except WorkerFailed as failure:
            log.error("speech worker cannot be replaced", error=str(failure))  # noqa: TRY400 - says all

    async def close(self) -> None:
        """Ends all workers."""
        starts = list(self._starts)
        for start in starts:
            start.cancel()
        await asyncio.gather(*starts, return_exceptions=True)
        for place in self._places:
            if place.worker is not None:
                await place.worker.end()
                place.worker = None
