"""The rules of the ledger: one entry for each call, one outcome for each entry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from kernel.briefs import Words
from kernel.ids import AgentId, LegId, QueueId, is_guest
from telephony.model import (
    Arrival,
    CallMark,
    Direction,
    EndReason,
    LiveCall,
    LiveLeg,
    Outcome,
    PersonWanted,
    Phase,
)

TALKED = {Phase.TALKING, Phase.PARKED, Phase.HELD}
"""Where a call stands that an agent has talked with, also one whom the switch itself had ring."""

IN_VAIN = frozenset({Outcome.ABANDONED, Outcome.FAILED, Outcome.SELF_SERVED})
"""Of a call that wanted a person: these say that it got none, and left no message either."""
REACHED = frozenset({Outcome.SERVED, Outcome.VOICEMAIL, Outcome.CALLBACK})
"""The customer was heard, by a person or in a message that is a ticket now, or is going to be."""

_NOT_REACHED = {
    EndReason.BUSY: Outcome.BUSY,
    EndReason.REFUSED: Outcome.BUSY,
    EndReason.NO_ANSWER: Outcome.NO_ANSWER,
    EndReason.UNREACHABLE: Outcome.UNREACHABLE,
    EndReason.AGENT_HUNG_UP: Outcome.STOPPED,
    EndReason.SUPERVISOR_HUNG_UP: Outcome.STOPPED,
    EndReason.HOTLINE_HUNG_UP: Outcome.STOPPED,
    EndReason.CALLER_HUNG_UP: Outcome.ABANDONED,
}

TRANSFERS_KEPT = 20
"""Of a caller who is sent on for ever."""
CHOICES_KEPT = 20
"""Of a caller who presses keys for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEntry:
    """An agent's leg of a call, as it is remembered."""

    leg: LegId
    agent: AgentId
    began_at: datetime
    joined_at: datetime | None = None
    ended_at: datetime | None = None
    reason: EndReason | None = None
    consulted_at: datetime | None = None
    """When a colleague whom the call's agent asked picked up; the caller may never have heard them."""
    held_s: float = 0.0
    """How long the agent had the caller on hold, without the hold that goes on."""
    held_since: datetime | None = None
    outside: str = ""
    """Who it was, of somebody who does not work here: an expert's name, or a number without its middle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A caller who was sent on by an agent."""

    at: datetime
    agent: AgentId
    to_agent: AgentId | None
    to_queue: QueueId | None
    note: str
    to_flow: str = ""
    to_outside: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEntry:
    """A call as it is remembered. It is open until `outcome` is set."""

    arrival: Arrival
    legs: tuple[LegEntry, ...] = ()
    decided: Outcome | None = None
    """The first decisive thing that happened; becomes the outcome when the call ends."""
    outcome: Outcome | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    said_in_menu: tuple[Words, ...] = ()
    """What the caller chose, the latest last."""
    wanted: PersonWanted | None = None
    """The person whom the caller waited for, or came too late for."""
    ordered_end: EndReason | None = None
    """Who has ordered the end, which is still to come."""
    transfers: tuple[Sending, ...] = ()
    """How the call came from one agent to the next, the latest last."""
    stood: CallMark | None = None
    """Where the caller stood last in a flow that goes on when they hang up. Not kept with the entry: the
    switch's own record tells it of a call that ended unheard."""

    @property
    def is_outgoing(self) -> bool:
        """Hotline called the customer."""
        return self.arrival.direction is Direction.OUT

    @property
    def answered_at(self) -> datetime | None:
        """When an agent was first heard."""
        return min((leg.joined_at for leg in self.legs if leg.joined_at), default=None)

    @property
    def is_open(self) -> bool:
        """The call goes on, as far as is known."""
        return self.outcome is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchRecord:
    """What the switch itself noted of a call that ended, for the time when nobody listened."""

    arrival: Arrival
    phase: Phase | None
    joined_leg: LegId | None
    decided: Outcome | None = None
    """What the server had decided before it died."""
    mark: CallMark | None = None
    """Where the call had stood; None of a call that no server ever took, and of records of older code."""
    is_rejected: bool = False
    """Turned away by the switch itself."""
    why: EndReason | None = None
    """Of a customer who was called: why they did not answer."""
    ended_at: datetime


def decide(entry: CallEntry, outcome: Outcome) -> CallEntry:
    """The first decisive statement stays."""
    return entry if entry.decided or not entry.is_open else replace(entry, decided=outcome)


def choose(entry: CallEntry, choice: Words) -> CallEntry:
    """The caller chose something in a menu."""
    return replace(entry, said_in_menu=(*entry.said_in_menu, choice)[-CHOICES_KEPT:])


def want(entry: CallEntry, wanted: PersonWanted) -> CallEntry:
    """The caller has come to a queue, or was told that nobody is there."""
    return replace(entry, wanted=wanted)


def _want_as_marked(entry: CallEntry, mark: CallMark | None) -> CallEntry:
    """The mark tells it too, of a call whose server died before it could write it down."""
    if entry.wanted is not None or mark is None or mark.queue is None:
        return entry
    since = datetime.fromtimestamp((mark.key_ms + (mark.boost_ms or 0)) / 1000, tz=UTC)
    return want(entry, PersonWanted(queue=mark.queue, since=max(since, entry.arrival.at)))


def _want_as_recorded(entry: CallEntry, record: SwitchRecord) -> CallEntry:
    if entry.wanted is None and record.mark is None and record.phase in {None, Phase.VOICEMAIL}:
        # The switch alone had it: no server was there to say for whom it waited.
        return want(entry, PersonWanted(queue=QueueId(""), since=entry.arrival.at))
    return _want_as_marked(entry, record.mark)


def hear_out(entry: CallEntry, *, has_message: bool) -> CallEntry:
    """A message is there, if nobody has said what else became of the call."""
    return decide(entry, Outcome.VOICEMAIL) if has_message else entry


def ring(entry: CallEntry, leg: LegId, agent: AgentId, at: datetime) -> CallEntry:
    """An agent's device rings for the call."""
    if any(known.leg == leg for known in entry.legs):
        return entry
    return replace(entry, legs=(*entry.legs, LegEntry(leg=leg, agent=agent, began_at=at)))


def ring_outside(entry: CallEntry, leg: LegId, agent: AgentId, shown: str, at: datetime) -> CallEntry:
    """Somebody outside is called."""
    return _change_leg(ring(entry, leg, agent, at), leg, lambda known: replace(known, outside=shown))


def join(entry: CallEntry, leg: LegId, agent: AgentId, at: datetime) -> CallEntry:
    """Caller and agent talk: the call is served, whatever follows."""
    entry = ring(entry, leg, agent, at)
    legs = tuple(
        replace(known, joined_at=known.joined_at or at) if known.leg == leg else known for known in entry.legs
    )
    return decide(replace(entry, legs=legs), Outcome.SERVED)


def consult(entry: CallEntry, leg: LegId, agent: AgentId, at: datetime) -> CallEntry:
    """A colleague who was asked has picked up, while the caller hears music."""
    entry = ring(entry, leg, agent, at)
    return _change_leg(entry, leg, lambda known: replace(known, consulted_at=known.consulted_at or at))


def hold(entry: CallEntry, leg: LegId, at: datetime, *, is_held: bool) -> CallEntry:
    """The agent has put the caller on hold, or taken them back."""
    return _change_leg(entry, leg, lambda known: _held(known, at) if is_held else _taken_back(known, at))


def _held(leg: LegEntry, at: datetime) -> LegEntry:
    return replace(leg, held_since=leg.held_since or at)


def _taken_back(leg: LegEntry, at: datetime) -> LegEntry:
    if leg.held_since is None:
        return leg
    held_s = leg.held_s + max(0.0, (at - leg.held_since).total_seconds())
    return replace(leg, held_s=held_s, held_since=None)


def _change_leg(entry: CallEntry, leg: LegId, change: Callable[[LegEntry], LegEntry]) -> CallEntry:
    """Changes a leg that goes on; others are as they were left."""
    legs = tuple(
        change(known) if known.leg == leg and known.ended_at is None else known for known in entry.legs
    )
    return replace(entry, legs=legs)


def order_end(entry: CallEntry, agent: AgentId | None) -> CallEntry:
    """The call's agent has ordered its end, or a supervisor has."""
    by_whom = EndReason.SUPERVISOR_HUNG_UP if agent is None else EndReason.AGENT_HUNG_UP
    return replace(entry, ordered_end=by_whom)


def forget_order(entry: CallEntry) -> CallEntry:
    """The end that was ordered did not come."""
    return replace(entry, ordered_end=None)


def transfer(entry: CallEntry, sent: Sending, leg: LegId) -> CallEntry:
    """The agent of this leg sends the caller on: how the leg ends is known before it is gone."""
    entry = replace(entry, transfers=(*entry.transfers, sent)[-TRANSFERS_KEPT:])
    return _change_leg(entry, leg, lambda known: replace(known, reason=EndReason.TRANSFERRED))


def _whose(entry: CallEntry, reason: EndReason) -> EndReason:
    """The switch knows that Hotline ended the call, and not for whom."""
    return entry.ordered_end or reason if reason is EndReason.HOTLINE_HUNG_UP else reason


def end_leg(entry: CallEntry, leg: LegId, reason: EndReason, at: datetime) -> CallEntry:
    """An agent's leg is gone; the call goes on."""
    reason = _whose(entry, reason)
    return _change_leg(
        entry,
        leg,
        lambda known: replace(_taken_back(known, at), ended_at=at, reason=known.reason or reason),
    )


def close(entry: CallEntry, reason: EndReason, at: datetime) -> CallEntry:
    """The caller's channel is gone: the outcome is what was decided, else what the end says."""
    reason = _whose(entry, reason)
    for leg in entry.legs:
        entry = end_leg(entry, leg.leg, reason, at)
    undecided = _not_reached(reason) if entry.is_outgoing else _undecided(reason)
    return replace(entry, outcome=entry.decided or undecided, ended_at=at, end_reason=reason)


def reject(entry: CallEntry, at: datetime) -> CallEntry:
    """The switch turned the call away."""
    return close(decide(entry, Outcome.REJECTED), EndReason.HOTLINE_HUNG_UP, at)


def adopt(entry: CallEntry, live: LiveCall, legs: Sequence[LiveLeg], at: datetime) -> CallEntry:
    """Brings an entry to what is seen alive."""
    entry = _want_as_marked(entry, live.mark)
    if live.mark is not None and (live.mark.phase in TALKED or live.mark.waited_ms is not None):
        entry = decide(entry, Outcome.SERVED)
    if live.mark is not None and live.mark.decided is not None:
        entry = decide(entry, live.mark.decided)
    for leg in legs:
        entry = _ring_as_found(entry, leg, live.mark, at)
        if leg.asked_by is not None and leg.is_answered:
            entry = consult(entry, leg.leg, leg.agent, at)
        if leg.leg == live.talks_with or leg.is_with_caller:
            entry = join(entry, leg.leg, leg.agent, at)
        entry = hold(entry, leg.leg, at, is_held=leg.is_holding)
    alive = {leg.leg for leg in legs}
    for known in entry.legs:
        if known.leg not in alive:
            entry = end_leg(entry, known.leg, EndReason.OTHER, at)
    return entry


def _ring_as_found(entry: CallEntry, leg: LiveLeg, mark: CallMark | None, at: datetime) -> CallEntry:
    if mark is not None and mark.outside is not None and is_guest(leg.agent):
        return ring_outside(entry, leg.leg, leg.agent, mark.outside.shown, at)
    return ring(entry, leg.leg, leg.agent, at)


def close_by_record(entry: CallEntry, record: SwitchRecord, *, has_message: bool) -> CallEntry:
    """Closes a call that ended while nobody listened, by what the switch noted."""
    if record.is_rejected:
        return reject(entry, record.ended_at)
    entry = replace(_want_as_recorded(entry, record), stood=entry.stood or record.mark)
    if record.joined_leg is not None or record.phase in TALKED:
        entry = decide(entry, Outcome.SERVED)
    entry = hear_out(entry, has_message=has_message)
    if record.decided is not None:
        entry = decide(entry, record.decided)
    if record.phase is Phase.SERVED:
        # Goodbye was said, and neither to an agent's caller nor to one who left a message.
        entry = decide(entry, Outcome.SELF_SERVED)
    return close(entry, record.why or EndReason.CALLER_HUNG_UP, record.ended_at)


def close_as_lost(entry: CallEntry, at: datetime, *, has_message: bool) -> CallEntry:
    """Closes a call that vanished together with its switch."""
    return close(hear_out(entry, has_message=has_message), EndReason.SWITCH_LOST, at)


def place(arrival: Arrival, leg: LegId, agent: AgentId, at: datetime) -> CallEntry:
    """A customer is being called, for an agent who is on the phone already."""
    return ring(CallEntry(arrival=arrival), leg, agent, at)


def _not_reached(reason: EndReason) -> Outcome:
    """A customer who was called, and with whom nobody has talked."""
    return _NOT_REACHED.get(reason, Outcome.FAILED)


def _undecided(reason: EndReason) -> Outcome:
    """A call that nobody served and no flow ended."""
    return Outcome.ABANDONED if reason is EndReason.CALLER_HUNG_UP else Outcome.FAILED
