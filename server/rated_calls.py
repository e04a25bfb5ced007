"""Ratings as lines, surveys and pages see them: small adapters between the slices."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from acd.service import Routing
from infra.tasks import Tasks
from ivr.ports import RatingQuestion
from kernel.briefs import RatingBrief
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.ids import AgentId, CallId, is_guest
from telephony.events import CallClosed
from telephony.ledger_rules import CallEntry
from telephony.model import CallMark, Direction, Outcome
from telephony.placed import direction_of
from telephony.store import CallStore
from tickets.rating_model import CallRating
from tickets.ratings import EndedTalk, Ratings, SurveyMarks

FindCall = Callable[[CallId], CallEntry | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingAtLine:
    """Ratings as a caller's line asks for them."""

    ratings: Ratings
    routing: Routing
    find: FindCall

    async def question_for(self, call: CallId, mark: CallMark) -> RatingQuestion | None:
        """How this caller is to be asked; None: not at all."""
        rules = self.routing.rules_of(mark.queue) if mark.queue else None
        entry = self.find(call)
        agent = (last_agent(entry) if entry else None) or mark.agent
        if rules is None or rules.rating is None or mark.queue is None or agent is None or is_guest(agent):
            return None
        if direction_of(call) is Direction.OUT:
            return None
        kept = await self.ratings.ask(call, agent, mark.queue, mark.language or "zh")
        return RatingQuestion(
            text={"zh": rules.rating.zh, "en": rules.rating.en},
            tries=rules.rating.tries,
            wait_s=rules.rating.wait_s,
            comment_s=rules.rating.comment_s,
            score=kept.score,
            has_comment=kept.comment is not None,
        )

    async def rate(self, call: CallId, score: int) -> None:
        """Keeps the call's one rating."""
        await self.ratings.rate(call, score)

    async def begin_comment(self, call: CallId) -> Path:
        """Where the sound of the comment belongs."""
        return await self.ratings.begin_comment(call)

    async def keep_comment(self, call: CallId) -> None:
        """The comment is over."""
        await self.ratings.keep_comment(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedTalks:
    """The ledger as surveys need it."""

    book: CallStore
    find: FindCall
    routing: Routing
    clock: Clock

    async def ended(self, call: CallId) -> EndedTalk | None:
        """A served call of a queue whose callers rate; None of all others."""
        entry = self.find(call) or await self.book.find(call)
        return self._talk(entry) if entry else None

    async def ended_since(self, moment: datetime) -> Sequence[EndedTalk]:
        """All that have come to a queue since then."""
        entries = await self.book.who_wanted(moment, self.clock.now())
        return [talk for entry in entries if (talk := self._talk(entry))]

    def _talk(self, entry: CallEntry) -> EndedTalk | None:
        agent, wanted = last_agent(entry), entry.wanted
        if entry.outcome is not Outcome.SERVED or entry.is_outgoing or agent is None or wanted is None:
            return None
        rules = self.routing.rules_of(wanted.queue)
        if rules is None or rules.rating is None:
            return None
        at = entry.ended_at or self.clock.now()
        return EndedTalk(call=entry.arrival.call, agent=agent, queue=wanted.queue, at=at)


def last_agent(entry: CallEntry) -> AgentId | None:
    """Who of those who work here came to the caller last."""
    talks = [leg for leg in entry.legs if leg.joined_at is not None and not is_guest(leg.agent)]
    return max(talks, key=lambda leg: leg.joined_at or leg.began_at).agent if talks else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsOfCalls:
    """Ratings as lists of calls show them."""

    ratings: Ratings

    async def of_calls(self, calls: Collection[CallId]) -> Mapping[CallId, RatingBrief]:
        """Those of the calls that were rated."""
        found = await self.ratings.of_calls(calls)
        return {call: _brief(rating) for call, rating in found.items() if rating.score is not None}


def _brief(rating: CallRating) -> RatingBrief:
    comment = rating.comment
    return RatingBrief(
        score=rating.score or 0,
        has_comment=comment is not None and bool(comment.seconds),
        comment=(comment.transcript or "") if comment else "",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingShelf:
    """Ratings with all that works on them."""

    ratings: Ratings
    marks: SurveyMarks
    of_calls: RatingsOfCalls

    def follow(self, bus: Bus) -> None:
        """Hears of calls that end, from now on."""

        async def closed(event: CallClosed) -> None:
            if event.outcome is Outcome.SERVED:
                await self.marks.call_ended(event.call)

        bus.subscribe(CallClosed, closed)

    def start(self, tasks: Tasks) -> None:
        """Does what a server that died left undone."""
        tasks.spawn(self.marks.keep_complete(), name="ratings")
