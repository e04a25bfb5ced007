"""One caller in one flow, and what others are told of them."""

from dataclasses import dataclass
from datetime import UTC, datetime

from ivr.company import Arrange, Choices
from ivr.dialled import NumberRule
from ivr.engine import (
    Engine,
)
from ivr.events import CallerAtNode
from ivr.kept import Kept, write_kept
from ivr.model import Flow
from ivr.names import BoostWritten
from ivr.nodes import Callback, Queue
from ivr.pinned import FlowsOfCall
from ivr.ports import CallLedger, KnownCaller, QueueRequest
from ivr.settings import IvrSettings
from ivr.site import Site
from ivr.turn import (
    Enqueue,
    Facts,
    OfferCallback,
    ReachOut,
    State,
    Turn,
)
from ivr.words import Language
from kernel.ids import QueueId, SkillId
from telephony.model import NOBODY, NOWHERE, Arrival, Boost, BoostSource, CallMark, Phase
from telephony.port import Line


@dataclass(slots=True, kw_only=True)
class Session:
    """One caller in one flow."""

    line: Line
    rule: NumberRule | None
    """Of the number that was dialled."""
    engine: Engine
    state: State
    caller: KnownCaller | None
    mark: CallMark | None
    """What the switch was told last; None if that is unknown."""
    pin: str = ""
    """Which set of flows the call goes by."""
    has_moved: bool = False
    """A first turn is done: the caller has come to a node."""
    since: datetime | None = None
    """Since when the caller has waited for a person, also in queues that sent them away."""
    has_failed: bool = False
    """A node could not do what it was to."""

    @property
    def flow(self) -> Flow:
        """In which the caller stands."""
        return self.engine.flows.of(self.state)


def begin_session(  # noqa: PLR0913, PLR0917 - all that a session is made of
    line: Line,
    mark: CallMark | None,
    caller: KnownCaller | None,
    site: Site,
    began: FlowsOfCall,
    settings: IvrSettings,
) -> Session | None:
    """A caller at the start of a flow, or where they stood; None where the number leads to none.

    A call that was in a menu when the server died goes on at its node, in the flows with which it began; if
    those are not to be had, in today's; if the node is gone there, at the flow's start.
    """
    rule = site.numbers.rule_for(line.arrival.dialled)
    name = mark.flow if mark and mark.flow in began.flows else (rule.flow if rule else "")
    flow = began.flows.get(name)
    if flow is None:
        return None
    engine = Engine(flow, site.calendars.calendars, settings, began.flows)
    language = first_language(
        mark.language if mark else "",
        caller.language if caller else "",
        (rule and rule.language) or "",
    )
    stood = mark if mark and mark.flow == name else CallMark(phase=Phase.MENU)
    return Session(
        line=line,
        rule=rule,
        engine=engine,
        state=engine.begin(facts_of(line.arrival, caller, site), language, stood),
        caller=caller,
        mark=mark,
        pin=began.pin,
        since=waits_since(mark),
    )


def request_of(session: Session, effect: Enqueue | OfferCallback | ReachOut) -> QueueRequest:
    """What a caller asks for who has come to a queue, or is to be called back."""
    line, caller = session.line, session.caller
    return QueueRequest(
        arrival=line.arrival,
        queue=QueueId(effect.queue),
        needs=tuple(sorted((SkillId(skill), level) for skill, level in effect.needs.items())),
        language=session.state.language,
        flow=session.flow.name,
        node=session.state.node,
        level=caller.level if caller else "normal",
        known=caller.known if caller else NOBODY,
        lost_waits=caller.lost_waits if caller else (),
        matter=session.state.matter,
        boosts=(
            *_boost(BoostSource.NUMBER, session.rule.boost if session.rule else None),
            *_boost(BoostSource.NODE, effect.boost if isinstance(effect, Enqueue) else None),
        ),
        home=session.state.home,
        kept_by_flow=kept_of(session),
        since=session.since,
        numbers=caller.numbers if caller else (),
    )


def request_as_marked(line: Line, mark: CallMark, queue: QueueId, caller: KnownCaller | None) -> QueueRequest:
    """The same of a caller whose line is back."""
    return QueueRequest(
        arrival=line.arrival,
        queue=queue,
        language=mark.language,
        flow=mark.flow,
        node=mark.node,
        level=caller.level if caller else "normal",
        known=caller.known if caller else NOBODY,
        mark=mark,
        numbers=caller.numbers if caller else (),
    )


def mark_of(session: Session, phase: Phase) -> CallMark:
    """What a successor needs of a caller who stands in a flow."""
    return CallMark(
        phase=phase,
        flow=session.flow.name,
        node=session.state.node,
        language=session.state.language,
        matter=session.state.matter,
        region=session.state.home.region,
        region_by=session.state.home.by,
        kept_by_flow=kept_of(session),
        key_ms=int(session.since.timestamp() * 1000) if session.since else 0,
    )


async def note_place(session: Session, ledger: CallLedger) -> None:
    """Tells those who go on with the caller where they stand: a successor, and the flow after a hang-up."""
    mark = mark_of(session, Phase.MENU)
    goes_on = session.engine.flows.after_hangup(session.state) is not None
    await ledger.stand(session.line.arrival.call, mark if goes_on else None)
    if mark != session.mark:
        session.mark = mark
        await session.line.write_mark(mark)


def came_to(session: Session, turn: Turn, now: datetime) -> CallerAtNode:
    """Where the caller stands after a turn; a node at which they are asked again is not come to again."""
    stood = (session.flow.name, session.state.node)
    # A call that is new stands at the start without having been there.
    was_there = session.has_moved or (session.mark is not None and session.mark.node == session.state.node)
    session.has_moved = True
    passed = turn.passed[1:] if was_there and turn.passed[:1] == (stood,) else turn.passed
    flow = session.engine.flows.of(turn.state).name
    return CallerAtNode(
        at=now, call=session.line.arrival.call, flow=flow, node=turn.state.node, passed=passed
    )


def kept_of(session: Session) -> str:
    """What the flow itself is to know of the caller again."""
    state = session.state
    return write_kept(Kept(given=state.given, flow=state.flow, back=state.back, pin=session.pin))


def keys_at(flow: Flow, node: str) -> str:
    """What callers may press who wait at a node."""
    at = flow.nodes.get(node)
    return "".join(at.keys) if isinstance(at, Queue) else ""


def callback_keys_at(flow: Flow, node: str) -> str:
    """Those of them by which callers are called back instead: until that is promised, they wait on."""
    at = flow.nodes.get(node)
    ways = at.keys.items() if isinstance(at, Queue) else ()
    return "".join(key for key, target in ways if isinstance(flow.nodes.get(target), Callback))


def _boost(source: BoostSource, written: BoostWritten | None) -> tuple[Boost, ...]:
    return () if written is None else (Boost(source, None if written == "strict" else written),)


def waits_since(mark: CallMark | None) -> datetime | None:
    """Since when a caller has waited who was in a queue before; a mark without a boost holds just that."""
    if mark is None or not mark.key_ms:
        return None
    return datetime.fromtimestamp((mark.key_ms + (mark.boost_ms or 0)) / 1000, tz=UTC)


def facts_of(came: Arrival, caller: KnownCaller | None, site: Site) -> Facts:
    """What the flow may know of the call."""
    return Facts(
        caller_number=came.caller_number,
        caller_name=caller.name if caller else "",
        caller_level=caller.level if caller else "normal",
        dialled=came.dialled,
        timezone=site.numbers.timezone,
        home=caller.home if caller else NOWHERE,
    )


def choices_at(flow: Flow | None, node: str, arrange: Arrange) -> Choices:
    """What a caller who waits at a node may press."""
    if flow is None:
        return Choices()
    return Choices(keys=keys_at(flow, node), callback_keys=callback_keys_at(flow, node), arrange=arrange)


def first_language(*wishes: str) -> Language | None:
    """The first of the wishes that is a language."""
    for wish in wishes:
        if wish in {"zh", "en"}:
            return "zh" if wish == "zh" else "en"
    return None
