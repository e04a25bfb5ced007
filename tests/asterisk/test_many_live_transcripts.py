"""Many conversations are written down at once, both sides of each; `LIVE_CALLS=30 pytest -s` tries more."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from infra.bus import LocalBus
from infra.database import Database
from infra.migrations import migrate
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.ids import CallId
from rig.media import MediaEnd
from rig.tones import SAMPLE_RATE_HZ, load_wav
from server.transcripts import RecogniserHearing
from speech.scoring import score
from speech.vosk import VoskRecogniser
from telephony.events import CallArrived, CallClosed, CallEnded, Joined
from telephony.model import Outcome
from telephony.recordings import Side
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.listened_talks import PATIENT, SENTENCES, SETTINGS, SPEECH, Book, Files, tell_too
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange
from tests.contract.stages import ring
from tests.voices import Line, say
from transcripts.events import Said
from transcripts.model import Source, State, Transcript
from transcripts.wiring import Ground, Neighbours, TranscriptShelf, build_transcripts

CALLS = int(os.environ.get("LIVE_CALLS", "4"))
ROUNDS = 3
SAYS = {Side.CUSTOMER: "customer", Side.AGENT: "agent"}
APART_S = 0.15
"""Between the people who begin to speak."""
WITHIN_S = 30.0
ERROR_RATE_MAX = 0.05


@dataclass
class Floor:
    """Callers and agents who all talk."""

    it: Exchange
    shelf: TranscriptShelf
    recogniser: VoskRecogniser
    book: Book
    spoken: dict[Side, Path]
    voices: dict[tuple[CallId, Side], MediaEnd] = field(default_factory=dict)
    due_s: dict[tuple[CallId, Side, int], float] = field(default_factory=dict)
    """When somebody will have said their sentence for the nth time."""
    heard_s: dict[tuple[CallId, Side, int], float] = field(default_factory=dict)

    def note(self, said: Said) -> None:
        for side in Side:
            times = sum(each.side is side for each in said.segments)
            if times:
                self.heard_s.setdefault((said.call, side, times), time.monotonic())

    async def seat(self, number: int, handler: Holding) -> None:
        """One more caller and agent."""
        before = len(self.it.heard.events)
        customer = await self.it.call(number=f"138001380{number:02}", tone_hz=None)
        call = (await self.it.heard.until(CallArrived, after=before)).arrival.call
        await handler.until(number + 1)
        device, phone = await self.it.phone(100 + number, PATIENT)
        phone.tone_hz = None  # type: ignore[assignment]
        await self.it.switch.ring(ring(call, device))
        await self.it.heard.until(Joined, lambda event: event.call == call)
        await eventually(lambda: phone.ends and phone.ends[-1].is_open)
        self.voices[call, Side.CUSTOMER] = customer.end
        self.voices[call, Side.AGENT] = phone.ends[-1]

    async def all_speak(self, time_: int) -> None:
        """Everybody says their sentence, one a moment after the other, and is waited for."""
        for (call, side), end in self.voices.items():
            path = self.spoken[side]
            end.say(path)
            self.due_s[call, side, time_] = time.monotonic() + len(load_wav(path)) / SAMPLE_RATE_HZ
            await asyncio.sleep(APART_S)
        await eventually(lambda: self.due_s.keys() <= self.heard_s.keys(), within_s=WITHIN_S)

    async def end(self, call: CallId) -> Transcript | None:
        """They have said goodbye, and this is what they said."""
        await self.it.switch.hang_up(call)
        await self.it.heard.until(CallEnded, lambda event: event.call == call)
        closed = CallClosed(at=SystemClock().now(), call=call, outcome=Outcome.SERVED)
        await self.shelf.spoken.on_closed(closed)
        return await self.shelf.spoken.read(call)


def cpu_s(pid: int) -> float:
    """Of all threads of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Processors:
    """How much of a processor each program takes."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._began_s = time.monotonic()
        self._used_s = {name: cpu_s(pid) for name, pid in pids.items()}

    def shares(self) -> str:
        passed_s = time.monotonic() - self._began_s
        shares = {name: (cpu_s(pid) - self._used_s[name]) / passed_s for name, pid in self._pids.items()}
        return ", ".join(f"{name} {share:.0%}" for name, share in shares.items())


@asynccontextmanager
async def open_floor(asterisk: PrivateAsterisk, tmp_path: Path, handler: Holding) -> AsyncIterator[Floor]:
    lines = {side: Line(SENTENCES[name], tmp_path / f"{name}.wav") for side, name in SAYS.items()}
    await say("zh", list(lines.values()))
    url, tasks = f"sqlite:///{tmp_path}/hotline.db", Tasks()
    await migrate(url)
    async with AsyncExitStack() as stack:
        database = Database(url)
        stack.push_async_callback(database.close)
        it = await stack.enter_async_context(exchange(asterisk, handler))
        speech = SPEECH.model_copy(update={"streams_per_worker": 2 * CALLS})
        recogniser = await stack.enter_async_context(VoskRecogniser(speech))
        await recogniser.check()
        stack.push_async_callback(tasks.close)
        book, bus = Book(asterisk), LocalBus(tasks)
        near = Neighbours(
            calls=book,
            files=Files(asterisk.places.recordings),
            pauses=book,
            hearing=RecogniserHearing(recogniser=recogniser, models=frozenset(speech.models)),
            taps=it.switch,
            languages=book,
        )
        on = Ground(database=database, clock=SystemClock(), bus=bus, tasks=tasks)
        shelf = build_transcripts(on, SETTINGS.model_copy(update={"live_max": CALLS}), near)
        shelf.listen()
        tell_too(it.heard, book, bus)
        spoken = {side: line.out for side, line in lines.items()}
        floor = Floor(it, shelf, recogniser, book, spoken)
        bus.listen(Said, floor.note)
        yield floor


async def test_many_conversations_are_heard_at_once_each_on_its_side(
    asterisk: PrivateAsterisk, tmp_path: Path
) -> None:
    handler = Holding(*map(waiting, range(CALLS)))
    async with open_floor(asterisk, tmp_path, handler) as floor:
        for number in range(CALLS):
            await floor.seat(number, handler)
        await eventually(lambda: floor.recogniser.streams("zh") == 2 * CALLS)
        assert asterisk.process is not None
        pids = {"Asterisk": asterisk.process.pid, "server and callers": os.getpid()}
        processors = Processors({**pids, "recogniser": floor.recogniser.worker_pids()[0]})
        for round_ in range(1, ROUNDS + 1):
            await floor.all_speak(round_)
        shares = processors.shares()
        made = [await floor.end(call) for call in list(floor.book.calls)]
    late_ms = [1_000 * (floor.heard_s[key] - due_s) for key, due_s in floor.due_s.items()]
    p50, p95 = np.percentile(late_ms, [50, 95])
    print(f"{CALLS} live: {p50:.0f}/{p95:.0f} ms (p50/p95) after the last word; of a core: {shares}")  # noqa: T201
    assert [(each.state, each.source) for each in made if each] == [(State.DONE, Source.LIVE)] * CALLS
    heard = [
        (list(SENTENCES[SAYS[said.side]]), list(said.text)) for each in made if each for said in each.segments
    ]
    assert score(heard).character_error_rate <= ERROR_RATE_MAX
    await eventually(lambda: "0 active channels" in asterisk.console("core show channels count"))
