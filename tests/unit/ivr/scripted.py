"""A caller's line that plays a script, and neighbours that remember what they were told."""

# ruff: noqa: ARG002 - a scripted part takes all that its port gives, and needs little of it

import asyncio
import wave
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from infra.own_threads import OwnThreads
from ivr.current_site import CurrentSite
from ivr.messages import Messages
from ivr.neighbours import Neighbours
from ivr.nodes import QueueExit
from ivr.ports import AfterTalk, ErrandOrder, KnownCaller, QueueRequest, RatingQuestion, Verdict, WaitOutlook
from ivr.service import LineService
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from ivr.turn import ErrandDone, Whom
from ivr.wiring import IvrFolders, build_line_service
from kernel.briefs import Words
from kernel.errors import NotFound
from kernel.events import Event
from kernel.ids import CallId
from speech.port import Ear, Ears
from telephony.errors import LineGone
from telephony.model import Arrival, CallMark, Outcome, PersonWanted
from telephony.port import LineEntry, Recorded
from telephony.spool import Part
from telephony.spool_folder import SpoolFolder

EXAMPLE = Path(__file__).resolve().parents[3] / "server" / "example" / "site"
MONDAY_MORNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""10 o'clock in Shanghai."""
SUNDAY = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def arrival(*, number: str = "+8613812345678", dialled: str = "4008009000") -> Arrival:
    return Arrival(
        call=CallId("hl-1"),
        at=MONDAY_MORNING,
        caller_number=number,
        caller_name="",
        dialled=dialled,
        trunk="t",
    )


class Deaf:
    """Has a recogniser for no language."""

    def can_hear(self, language: str) -> bool:
        return False

    def ear(
        self, language: str, phrases: Sequence[str] = (), *, pauses_long: bool = False
    ) -> AbstractAsyncContextManager[Ear]:
        raise AssertionError("nobody listens who cannot hear")


class ScriptedLine:
    """Hangs up after `steps_left` commands; presses the given keys; None is silence."""

    def __init__(
        self,
        *,
        keys: Sequence[str | None] = (),
        entry: LineEntry = LineEntry.ARRIVED,
        mark: CallMark | None = None,
        steps_left: int = 1000,
        came: Arrival | None = None,
    ) -> None:
        self.entry = entry
        self.arrival = came or arrival()
        self.mark = mark
        self.keys = list(keys)
        self.steps_left = steps_left
        self.keys_in_queue: list[str] = []
        """Pressed while the music plays."""
        self.heard: list[str] = []
        self.marks: list[CallMark] = []
        self.did: list[str] = []
        self.message_s = 3.0
        self.ends_message_by_hanging_up = False

    async def _step(self, name: str) -> None:
        if self.steps_left <= 0:
            raise LineGone(name)
        self.steps_left -= 1
        self.did.append(name)

    async def answer(self) -> None:
        await self._step("answer")

    async def play(self, prompts: Sequence[Path], *, keys: str = "") -> str | None:
        await self._step("play")
        self.heard += [path.stem for path in prompts]
        return None

    async def wait_key(self, timeout_s: float) -> str | None:
        await self._step("wait_key")
        return self.keys.pop(0) if self.keys else None

    async def collect(self, prompts: Sequence[Path], *, digits_max: int, timeout_s: float) -> str:
        await self._step("collect")
        self.heard += [path.stem for path in prompts]
        return (self.keys.pop(0) if self.keys else None) or ""

    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        await self._step("record")
        assert to.with_suffix(".json").exists()
        with wave.open(str(to), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"\x01\x02" * round(self.message_s * 8000))
        if self.ends_message_by_hanging_up:
            self.steps_left = 0
        return Recorded(ended_by_caller=self.ends_message_by_hanging_up)

    async def hold(self, *, keys: str = "") -> str:
        await self._step("hold")
        while self.keys_in_queue:
            if (key := self.keys_in_queue.pop(0)) in keys:
                return key
        for _ in range(3):
            await asyncio.sleep(0)
        raise LineGone("an agent took the call")

    async def write_mark(self, mark: CallMark) -> None:
        await self._step("write_mark")
        self.mark = mark
        self.marks.append(mark)

    async def hang_up(self) -> None:
        await self._step("hang_up")


@dataclass
class Office:
    """All that stands around a line; what it was told is kept for the test to read."""

    tmp_path: Path
    now: datetime = MONDAY_MORNING
    customer: KnownCaller | None = None
    lookup: Callable[[], Awaitable[None]] | None = None
    verdict: Verdict = Verdict.LET_IN
    verdicts: list[Verdict] = field(default_factory=list)
    """Before that, one after the other."""
    screening: Callable[[], Awaitable[None]] | None = None
    screened: list[Arrival] = field(default_factory=list)
    speech_fails: bool = False
    queue_fails: bool = False
    queues_gone: frozenset[str] = frozenset()
    refusals: list[QueueExit | None] = field(default_factory=list)
    """What the queues say to those who come, one after the other; then they take everybody."""
    reached: list[tuple[QueueRequest, Whom]] = field(default_factory=list)
    """Who outside was rung, for whom."""
    outside_fails: bool = False
    exits: list[QueueExit] = field(default_factory=list)
    """Why those who wait are sent away, one after the other; then nobody is."""
    outlooks: list[WaitOutlook | None] = field(default_factory=list)
    """What those who wait may be told, each time it is asked."""
    left: list[CallId] = field(default_factory=list)
    lets_go: bool = True
    """Whether who presses a key in a queue waits there still."""
    after: AfterTalk = "goodbye"
    awaited: str = "\0"
    was_said: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once something was said that begins with `awaited`."""
    said: list[str] = field(default_factory=list)
    voices: dict[str, str] = field(default_factory=dict)
    """The language in which each text was said last."""
    requests: list[QueueRequest] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    wanted: list[PersonWanted] = field(default_factory=list)
    languages_kept: list[tuple[str, str]] = field(default_factory=list)
    """What callers chose, for their next calls."""
    stood: list[CallMark | None] = field(default_factory=list)
    """Where the caller stood whose flow goes on when they hang up; None where it does not."""
    choices: list[Words] = field(default_factory=list)
    imported: list[Part] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)

    promised: list[tuple[QueueRequest, str]] = field(default_factory=list)
    promises_fail: bool = False
    opening: datetime | None = None
    """When the queues open that are closed."""

    kept_flows: dict[str, Mapping[str, str]] = field(default_factory=dict)
    """The texts of flows, by the pins of calls that began with them."""
    errands: list[ErrandOrder] = field(default_factory=list)
    errand: Callable[[ErrandOrder], Awaitable[ErrandDone]] | None = None
    """Does what flows have done outside; without it all fails."""

    spool_answer_max_s: float = 5.0
    ears: Ears = field(default_factory=Deaf)

    question: RatingQuestion | None = None
    """How callers are to rate; None: nobody is asked."""
    rating_fails: bool = False
    scores: list[int] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    """What was done about comments, in order."""

    @property
    def spool(self) -> SpoolFolder:
        return SpoolFolder(self.tmp_path / "spool", min_s=1.0)

    def service(self, site: Path = EXAMPLE, settings: IvrSettings | None = None) -> LineService:
        settings = settings or IvrSettings()
        files = SiteFiles(site, settings, kept=self.tmp_path / "last_good")
        current = CurrentSite(files, answer_max_s=settings.site_answer_max_s)
        folders = IvrFolders(
            cache=self.tmp_path / "cache",
            fallback_prompts=self.tmp_path / "fallback",
        )
        near = Neighbours(
            screening=self,
            customers=self,
            queueing=self,
            callbacks=self,
            outside=self,
            ledger=self,
            messages=Messages(
                spool=self.spool,
                threads=OwnThreads("spool", threads=1, work_max_s=self.spool_answer_max_s),
                ledger=self,
                inbox=self,
                clock=_Clock(self),
            ),
            ratings=self,
            ears=self.ears,
            archive=self,
            errands=self,
            bus=self,
            clock=_Clock(self),
        )
        return build_line_service(current, folders, self, near, settings)

    async def judge(self, came: Arrival) -> Verdict:
        self.screened.append(came)
        if self.screening is not None:
            await self.screening()
        return self.verdicts.pop(0) if self.verdicts else self.verdict

    async def find_caller(self, came: Arrival) -> KnownCaller | None:
        if self.lookup is not None:
            await self.lookup()
        return self.customer

    async def keep_language(self, came: Arrival, language: str) -> None:
        if self.lookup is not None:
            await self.lookup()
        self.languages_kept.append((came.caller_number, language))

    async def enter(self, request: QueueRequest) -> QueueExit | None:
        if self.queue_fails:
            raise RuntimeError("routing is broken")
        if request.queue in self.queues_gone:
            raise NotFound(request.queue)
        self.requests.append(request)
        return self.refusals.pop(0) if self.refusals else None

    async def reach(self, request: QueueRequest, whom: Whom) -> None:
        if self.outside_fails:
            raise NotFound(whom.key)
        self.reached.append((request, whom))

    async def leave(self, call: CallId) -> bool:
        self.left.append(call)
        return self.lets_go

    async def sent_away(self, call: CallId) -> QueueExit:
        if not self.exits:
            await never()
        return self.exits.pop(0)

    def outlook(self, call: CallId) -> WaitOutlook | None:
        return self.outlooks.pop(0) if self.outlooks else None

    async def number_for(self, digits: str) -> str | None:
        plain = digits.removeprefix("+86")
        return f"+86{plain}" if len(plain) == 11 else None

    async def promise(self, request: QueueRequest, number: str) -> None:
        if self.promises_fail:
            raise RuntimeError("the database is away")
        self.promised.append((request, number))

    async def opens(self, queue: str) -> datetime | None:
        return self.opening

    async def do(self, order: ErrandOrder) -> ErrandDone:
        self.errands.append(order)
        if self.errand is not None:
            return await self.errand(order)
        return ErrandDone(way="failed")

    async def after_talk(self, call: CallId) -> AfterTalk:
        return self.after

    async def decide(self, call: CallId, outcome: Outcome) -> Outcome:
        self.outcomes.append(outcome)
        return self.outcomes[0]

    async def stand(self, call: CallId, mark: CallMark | None) -> None:
        self.stood.append(mark)

    async def want(self, call: CallId, wanted: PersonWanted) -> None:
        self.wanted.append(wanted)

    async def choose(self, call: CallId, choice: Words) -> tuple[Words, ...]:
        self.choices.append(choice)
        return tuple(self.choices)

    async def question_for(self, call: CallId, mark: CallMark) -> RatingQuestion | None:
        if self.rating_fails:
            raise RuntimeError("the database is away")
        return self.question

    async def rate(self, call: CallId, score: int) -> None:
        self.scores.append(score)

    async def begin_comment(self, call: CallId) -> Path:
        self.comments.append("begun")
        to = self.tmp_path / "comment.wav"
        to.with_suffix(".json").touch()
        return to

    async def keep_comment(self, call: CallId) -> None:
        self.comments.append("kept")

    def import_soon(self, part: Part) -> None:
        self.imported.append(part)

    async def texts_of(self, pin: str) -> Mapping[str, str] | None:
        return self.kept_flows.get(pin)

    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        if self.speech_fails:
            raise RuntimeError("the engine died")
        self.said.append(text)
        self.voices[text] = language
        if text.startswith(self.awaited):
            self.was_said.set()
        spoken = self.tmp_path / "cache" / f"{language}-{len(self.said)}.wav"
        spoken.parent.mkdir(exist_ok=True)
        spoken.write_text(text, encoding="utf-8")
        return spoken

    def publish(self, event: Event) -> None:
        self.published.append(event)

    def subscribe(self, kind: object, handler: object) -> None:
        raise AssertionError("a line only tells")


class _Clock:
    def __init__(self, office: Office) -> None:
        self._office = office

    def now(self) -> datetime:
        return self._office.now

    def monotonic(self) -> float:
        return 0.0


async def never() -> None:
    await asyncio.Event().wait()


def vip() -> KnownCaller:
    return KnownCaller(name="张伟", level="vip", language="")
