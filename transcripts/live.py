"""Transcripts while people talk: both sides of a conversation, each heard from its own sound.

Whatever goes wrong, the call goes on, and its transcript is made from the recording afterwards. It is so too
for calls beyond `live_max`, and for those that went on while the server was started anew.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from telephony.events import Joined, LegEnded, RecordingChanged, SwitchConnected
from telephony.model import Snapshot
from telephony.recordings import Side
from transcripts.assembling import Talked, heard, in_order, place_of, segments, without
from transcripts.events import Said
from transcripts.listening import Ear
from transcripts.model import PAUSED, Gap, Segment, Source, State, Transcript, Word
from transcripts.ports import Hearing, Pauses, TalkedCalls
from transcripts.settings import TranscriptSettings
from transcripts.store import TranscriptStore

log = structlog.get_logger(__name__)

_NEVER = datetime.max.replace(tzinfo=UTC)


class Taps(Protocol):
    """The switch, as far as conversations are heard there."""

    def tap(self, call: CallId, leg: LegId | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The sound of an agent, or else the caller, as long as the conversation lasts."""
        ...


class Languages(Protocol):
    """In which language callers are served."""

    def language_of(self, call: CallId) -> str:
        """A running call's; "" where it is not known."""
        ...


@dataclass(slots=True)
class _Talk:
    """A call that is listened to."""

    call: CallId
    language: str
    is_whole: bool
    """Nothing of what was said is missing."""
    talks: list[Talked] = field(default_factory=list)
    """Conversations that are over."""
    since: datetime | None = None
    """When the one that goes on began."""
    said: list[Segment] = field(default_factory=list)
    partials: dict[Side, str] = field(default_factory=dict)
    open: set[LegId | None] = field(default_factory=set)
    """Who is heard now: agents by their legs, the caller by None."""
    ears: dict[asyncio.Task[None], LegId | None] = field(default_factory=dict)
    """Who listens to them; the last words are understood after they were said."""
    deaf: set[LegId | None] = field(default_factory=set)
    """To whom nobody listens any more, though they talk."""
    agents: dict[LegId, AgentId] = field(default_factory=dict)
    pauses: list[Talked] = field(default_factory=list)
    """When the recording was paused."""
    paused_since: datetime | None = None
    """Nobody listens now."""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def known_talks(self) -> list[Talked]:
        """All conversations, also the one that goes on."""
        return [*self.talks, *([Talked(self.since, _NEVER)] if self.since else [])]

    @property
    def gaps(self) -> list[Gap]:
        """Where in the recording nothing is."""
        known = [*self.pauses, *([Talked(self.paused_since, _NEVER)] if self.paused_since else [])]
        talks = self.known_talks
        places = [(place_of(each.since, talks), place_of(each.until, talks)) for each in known]
        return [Gap(start_s=start, end_s=end, reason=PAUSED) for start, end in places if end > start]

    def pause(self, since: datetime | None, now: datetime) -> None:
        """The recording is paused, or goes on."""
        if self.paused_since is not None:
            self.pauses.append(Talked(self.paused_since, now))
        self.paused_since = since

    def no_longer(self, leg: LegId | None, now: datetime) -> None:
        """Somebody is not heard any more. Without an agent the conversation is over."""
        self.open.discard(leg)
        if self.since is not None and not any(self.open):
            self.talks.append(Talked(self.since, now))
            self.since = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveNeighbours:
    """What listening needs of others."""

    taps: Taps
    hearing: Hearing
    calls: TalkedCalls
    languages: Languages
    pauses: Pauses


class LiveTranscripts:
    """`start` before the switch connects."""

    def __init__(  # noqa: PLR0913 - one collaborator each
        self,
        store: TranscriptStore,
        near: LiveNeighbours,
        settings: TranscriptSettings,
        *,
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self._store = store
        self._near = near
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._talks: dict[CallId, _Talk] = {}
        self._unsaved: dict[CallId, list[Segment]] = {}

    def start(self) -> None:
        """Follows conversations from now on."""
        self._bus.listen(RecordingChanged, self._hush)
        self._bus.subscribe(Event, self.heard)
        self._tasks.spawn(self._keep_writing(), name="live transcripts")

    @property
    def listened_to(self) -> int:
        """Calls whose conversation is heard now."""
        return sum(bool(talk.open) for talk in self._talks.values())

    def knows(self, call: CallId) -> bool:
        """Whether this call's transcript may yet come from here."""
        return call in self._talks

    async def heard(self, event: Event) -> None:
        """Takes one of the switch's events."""
        match event:
            case Joined(call=call, leg=leg, agent=agent, at=at):
                await self._joined(call, leg, agent, at)
            case LegEnded(call=call, leg=leg) if talk := self._talks.get(call):
                talk.agents.pop(leg, None)
                talk.deaf.discard(leg)
            case SwitchConnected(snapshot=snapshot, at=at):
                await self._adopt(snapshot, at)
            case _:
                pass

    def _hush(self, event: RecordingChanged) -> None:
        """At once: what is said next may be a card's number."""
        if talk := self._talks.get(event.call):
            talk.pause(event.paused_since, event.at)

    async def _joined(self, call: CallId, leg: LegId, agent: AgentId, at: datetime) -> None:
        talk = self._talks.get(call) or await self._begin(call, self._near.languages.language_of(call), at)
        if talk is None:
            self._promise(call, agent)
            return
        talk.agents[leg] = agent
        talk.since = talk.since or at
        self._listen(talk, Side.CUSTOMER, None, at)
        self._listen(talk, Side.AGENT, leg, at)

    def _promise(self, call: CallId, agent: AgentId) -> None:
        """Tells who talks that the words come later, if they do."""
        if self._near.hearing.languages:
            said = Said(
                at=self._clock.now(), call=call, agents=(agent,), segments=(), partials={}, is_live=False
            )
            self._bus.publish(said)

    async def _begin(self, call: CallId, chosen: str, at: datetime) -> _Talk | None:
        known = await self._near.calls.find(call)
        if known is None:
            return None
        await self._store.begin(call, known.at, chosen)
        language = chosen or self._settings.language
        has_ear = language in self._near.hearing.languages
        if not has_ear or self.listened_to >= self._settings.live_max:
            return None
        # What was said before, nobody here has heard.
        before = [talk for talk in known.talks if talk.until < at]
        # A pause may be older than this server, or than its listening to this call.
        paused = self._near.pauses.paused_since(call)
        talk = _Talk(call, language, is_whole=not before, talks=before, paused_since=paused)
        self._talks[call] = talk
        self._tasks.spawn(self._keep_telling(talk), name=f"live transcript of {call}")
        return talk

    async def _adopt(self, snapshot: Snapshot, at: datetime) -> None:
        """Goes on with conversations that were there before this server, or this connection."""
        talking = {leg.leg: leg for leg in snapshot.legs if leg.is_with_caller}
        marks = {live.arrival.call: live.mark for live in snapshot.calls}
        for leg in talking.values():
            mark = marks.get(leg.call)
            if leg.call not in self._talks and (
                begun := await self._begin(leg.call, mark.language if mark else "", at)
            ):
                begun.is_whole = False
                known = await self._store.find(leg.call)
                begun.said[:0] = known.segments if known else ()
            await self._joined(leg.call, leg.leg, leg.agent, at)
            if talk := self._talks.get(leg.call):
                talk.news.set()
        with_agents = {leg.call for leg in talking.values()}
        for talk in self._talks.values():
            for ear, leg_heard in talk.ears.items():
                if (leg_heard or talk.call) not in {*talking, *with_agents}:
                    ear.cancel()

    def _listen(self, talk: _Talk, side: Side, leg: LegId | None, joined: datetime) -> None:
        if leg not in talk.open:
            talk.open.add(leg)
            talk.deaf.discard(leg)
            hearing = self._hear(talk, side, leg, joined)
            ear = self._tasks.spawn(hearing, name=f"ear for the {side} of {talk.call}")
            talk.ears[ear] = leg
            ear.add_done_callback(lambda done: talk.ears.pop(done, None))

    async def _hear(self, talk: _Talk, side: Side, leg: LegId | None, joined: datetime) -> None:
        ear = Ear(self._clock, behind_s_max=self._settings.behind_s_max)
        try:
            async with self._near.taps.tap(talk.call, leg) as sound:
                deaf_s = (self._clock.now() - joined).total_seconds()
                if deaf_s > self._settings.deaf_s_max:
                    talk.is_whole = False
                    log.info("begun late, heard from the recording later", call_id=talk.call, deaf_s=deaf_s)
                taking = asyncio.create_task(self._take(talk, leg, ear, sound))
                try:
                    await self._follow(talk, side, ear)
                finally:
                    taking.cancel()
                    await asyncio.wait([taking])
        except HotlineError as trouble:
            talk.is_whole = False
            talk.deaf.add(leg)
            log.info("heard from the recording later", call_id=talk.call, side=side, why=str(trouble))
        finally:
            if not ear.was_used:
                talk.no_longer(leg, self._clock.now())
            talk.partials.pop(side, None)
            talk.news.set()

    async def _take(self, talk: _Talk, leg: LegId | None, ear: Ear, sound: AsyncIterator[bytes]) -> None:
        """Takes the sound to its end, after which the same side may be heard anew."""
        try:
            await ear.take(_hushed(talk, sound))
        except HotlineError as trouble:
            talk.is_whole = False
            log.info("heard from the recording later", call_id=talk.call, why=str(trouble))
        finally:
            talk.no_longer(leg, self._clock.now())

    async def _follow(self, talk: _Talk, side: Side, ear: Ear) -> None:
        async with aclosing(self._near.hearing.listen(ear.heard(), talk.language)) as events:
            async for event in events:
                if isinstance(event, str):
                    talk.partials[side] = event
                else:
                    talk.partials.pop(side, None)
                    self._note(talk, side, self._moment_of(ear), event)
                talk.news.set()

    def _moment_of(self, ear: Ear) -> datetime:
        """When the sound began, on the wall's clock."""
        passed_s = self._clock.monotonic() - (ear.began_s or 0.0)
        return self._clock.now() - timedelta(seconds=passed_s)

    def _note(self, talk: _Talk, side: Side, began: datetime, words: tuple[Word, ...]) -> None:
        """Puts a speech where the recording has it."""
        start = place_of(began, talk.known_talks)
        placed = [replace(word, start_s=start + word.start_s, end_s=start + word.end_s) for word in words]
        found = segments(
            side,
            [without(placed, talk.gaps)],
            longest_s=self._settings.segment_s_max,
            written=partial(self._near.hearing.written, talk.language),
            said_at=lambda at_s: began + timedelta(seconds=at_s - start),
        )
        talk.said += found
        self._unsaved.setdefault(talk.call, []).extend(found)

    async def _keep_telling(self, talk: _Talk) -> None:
        """Tells what was heard, but not more often than anybody can read."""
        while talk.call in self._talks:
            await talk.news.wait()
            talk.news.clear()
            shown = in_order(talk.said)[-self._settings.live_shown :]
            self._bus.publish(
                Said(
                    at=self._clock.now(),
                    call=talk.call,
                    agents=tuple(sorted(set(talk.agents.values()))),
                    segments=shown,
                    partials=dict(talk.partials),
                    is_live=not talk.deaf,
                )
            )
            await asyncio.sleep(self._settings.told_every_s)

    async def _keep_writing(self) -> None:
        """Keeps what was heard: a page that is opened now shows it."""
        while True:
            await asyncio.sleep(self._settings.kept_every_s)
            unsaved, self._unsaved = self._unsaved, {}
            for call, said in unsaved.items():
                try:
                    await self._store.hear_live(call, said)
                except Exception:
                    log.exception("live transcript not kept, made from the recording later", call_id=call)
                    if talk := self._talks.get(call):
                        talk.is_whole = False

    async def finish(self, call: CallId) -> Transcript | None:
        """The transcript of a call that is over; None if the recording has more."""
        talk = self._talks.get(call)
        if talk is None:
            return None
        if talk.ears:
            # The last words are still being heard.
            _, late = await asyncio.wait(list(talk.ears), timeout=self._settings.last_words_s_max)
            for ear in late:
                talk.is_whole = False
                ear.cancel()
        self._talks.pop(call, None)
        self._unsaved.pop(call, None)
        talk.news.set()
        return self._made(talk) if talk.is_whole else None

    def _made(self, talk: _Talk) -> Transcript:
        engine = self._near.hearing.engine(talk.language)
        return Transcript(
            call=talk.call,
            state=State.DONE,
            language=talk.language,
            source=Source.LIVE,
            seconds=sum((each.until - each.since).total_seconds() for each in talk.talks),
            sides=tuple(
                heard(side, talk.language, engine, [each for each in talk.said if each.side is side])
                for side in Side
            ),
            gaps=tuple(talk.gaps),
            segments=in_order(talk.said),
        )


async def _hushed(talk: _Talk, sound: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The sound, with silence while the recording is paused."""
    async for frame in sound:
        yield bytes(len(frame)) if talk.paused_since is not None else frame
