"""The line of one caller, from arrival to a person, a message or goodbye.

`LineService.handle` is what the switch calls with every caller it hands over. A caller who hangs
up, or is taken by an agent, ends it with `LineGone` at any await: that is a normal way out.
"""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Literal

import structlog

from ivr.asking import Asking
from ivr.callers import keep_choice, who_calls
from ivr.calling_back import CallingBack
from ivr.company import Choices, Company, Left
from ivr.current_site import CurrentSite
from ivr.door import Door
from ivr.errand_runner import ErrandRunner
from ivr.events import MenuAnswered
from ivr.model import Flow
from ivr.neighbours import Neighbours
from ivr.nodes import QueueExit, Voicemail
from ivr.parting import Parting
from ivr.pinned import PinnedFlows
from ivr.ports import KnownCaller, QueueRequest
from ivr.prompts import Prompts
from ivr.rating import Rating
from ivr.reaching_out import ReachingOut
from ivr.session import (
    Session,
    begin_session,
    came_to,
    choices_at,
    first_language,
    mark_of,
    note_place,
    request_as_marked,
    request_of,
    waits_since,
)
from ivr.settings import IvrSettings
from ivr.taking_messages import TakingMessages, Talk
from ivr.texts import SystemText
from ivr.turn import (
    Ask,
    AskDigits,
    AskWords,
    Chose,
    Effect,
    Enqueue,
    Entered,
    Errand,
    Event,
    HangUp,
    MessageTaken,
    NodeFailed,
    OfferCallback,
    PromiseDeclined,
    PromiseMade,
    ReachOut,
    SentAway,
    TakeMessage,
    Turn,
)
from ivr.words import Language
from kernel.briefs import Words
from kernel.errors import NotFound
from kernel.ids import QueueId
from telephony.errors import LineGone
from telephony.model import CallMark, Outcome, PersonWanted, Phase
from telephony.port import Line, LineEntry

log = structlog.get_logger(__name__)


class LineService:
    """Leads callers through their flows."""

    def __init__(
        self,
        site: CurrentSite,
        prompts: Prompts,
        neighbours: Neighbours,
        settings: IvrSettings,
    ) -> None:
        self._site = site
        self._pinned = PinnedFlows(neighbours.archive, settings)
        self._prompts = prompts
        self._parting = Parting(prompts=prompts)
        self._near = neighbours
        self._settings = settings
        self._asking = Asking(prompts=prompts, ears=neighbours.ears)
        self._calling_back = CallingBack(desk=neighbours.callbacks, prompts=prompts, ledger=neighbours.ledger)
        self._rating = Rating(
            desk=neighbours.ratings, asking=self._asking, prompts=prompts, settings=settings
        )
        self._errands = ErrandRunner(near=neighbours, prompts=prompts, settings=settings)
        self._taking_messages = TakingMessages(messages=neighbours.messages, prompts=prompts)
        self._door = Door(
            screening=neighbours.screening,
            callbacks=neighbours.callbacks,
            ledger=neighbours.ledger,
            asking=self._asking,
            parting=self._parting,
            taking=self._taking_messages,
            within_s=settings.lookup_timeout_s,
        )
        self._company = Company(queueing=neighbours.queueing, prompts=prompts, settings=settings)
        self._reaching_out = ReachingOut(outside=neighbours.outside, company=self._company, prompts=prompts)

    async def run(self) -> None:
        """Renders prompts ahead, now and whenever the site's files changed; until cancelled."""
        try:
            await self._site.read()
            await self._prompts.write_fallback()
            changed = self._site.watch()
            while True:
                await changed.wait()
                changed.clear()
                for flow in self._site.last.flows.values():
                    await self._prompts.render_ahead(flow)
        finally:
            await self._site.close()

    async def closed_calendars(self) -> frozenset[str]:
        """The names of the site's calendars by which nobody works now."""
        return (await self._site.read()).calendars.closed_at(self._near.clock.now())

    async def handle(self, line: Line) -> None:
        """Runs one session; the `LineHandler` of the switch."""
        with structlog.contextvars.bound_contextvars(call_id=line.arrival.call):
            try:
                await self._handle(line)
            except LineGone:
                log.debug("line gone", entry=line.entry)
            except Exception:
                # The switch goes on by the call's mark: the caller is asked for again, and in the
                # end falls into the switch's own emergency queue. Nobody is hung up on.
                log.exception("line session failed", entry=line.entry)

    async def _handle(self, line: Line) -> None:
        mark = line.mark
        # Until the flow has them again; who is gone by then stood there.
        await self._near.ledger.stand(line.arrival.call, mark)
        if line.entry is LineEntry.ARRIVED or mark is None:
            await self._arrived(line, mark)
            return
        match mark.phase:
            case Phase.MENU:
                await self._run_flow(line, mark)
            case Phase.WAITING | Phase.PARKED | Phase.HELD:
                await self._wait_on(line, mark)
            case Phase.TALKING | Phase.DIALLING:
                # Who was called, and whose agent is gone, is asked for like who has lost an agent.
                await self._after_talk(line, mark)
            case Phase.VOICEMAIL:
                await self._after_message(line, mark)
            case Phase.RATING:
                await self._rate_and_part(line, mark)
            case Phase.SERVED:
                await self._after_end(line, mark)

    async def _arrived(self, line: Line, mark: CallMark | None) -> None:
        if await self._door.lets_in(line):
            await line.answer()
            await self._run_flow(line, mark)

    async def _after_end(self, line: Line, mark: CallMark) -> None:
        """Routing may have noted the end of a talk before the line is back: then nobody has dealt with it."""
        if mark.decided is None:
            await self._after_talk(line, mark)
        else:
            await self._parting.part(line, mark, SystemText.GOODBYE)

    async def _run_flow(self, line: Line, mark: CallMark | None, event: Event | None = None) -> None:
        caller, site = await asyncio.gather(self._look_up(line), self._site.read())
        began = await self._pinned.of(mark, site)
        session = begin_session(line, mark, caller, site, began, self._settings)
        if session is not None:
            await self._run(session, event or Entered())
        else:
            await self._turn_away(line, is_known=site.numbers.rule_for(line.arrival.dialled) is not None)

    async def _run(self, session: Session, first: Event) -> None:
        event: Event | None = first
        while event is not None:
            turn = session.engine.step(session.state, event, self._near.clock.now())
            try:
                event = await self._perform_all(session, turn)
            except LineGone:
                raise
            except Exception:
                # What fails where the flow leads then as well is left to the switch, which asks again.
                if session.has_failed:
                    raise
                log.exception("a node failed its caller", flow=session.flow.name, node=session.state.node)
                session.has_failed, event = True, NodeFailed()

    async def _perform_all(self, session: Session, turn: Turn) -> Event | None:
        if turn.state.came_too_late and not session.state.came_too_late and session.since is None:
            queue = QueueId(session.engine.flows.queue_for(session.state))
            await self._turned_from(session.line, queue, self._near.clock.now(), "closed")
        self._near.bus.publish(came_to(session, turn, self._near.clock.now()))
        await keep_choice(self._near.customers, session, turn, self._settings.lookup_timeout_s)
        session.state = turn.state
        await note_place(session, self._near.ledger)
        event: Event | None = None
        for effect in turn.effects:
            event = await self._perform(session, effect)
        return event

    async def _perform(  # noqa: C901, PLR0911 - one case for each effect
        self, session: Session, effect: Effect
    ) -> Event | None:
        match effect:
            case Chose():
                await self._tell_choice(session, effect)
                return None
            case Ask() | AskDigits() | AskWords():
                return await self._asking.ask(session.line, effect)
            case Enqueue():
                return await self._enqueue(session, effect)
            case TakeMessage():
                return await self._take_message(session, effect)
            case ReachOut():
                return await self._reach_out(session, effect)
            case OfferCallback():
                return await self._offer_callback(session, effect)
            case Errand():
                return await self._errands.run(session, effect)
            case HangUp():
                await self._hang_up(session, effect)
                return None

    async def _tell_choice(self, session: Session, chose: Chose) -> None:
        call, zh, en = session.line.arrival.call, chose.label.get("zh", ""), chose.label.get("en", "")
        try:
            said = await self._near.ledger.choose(call, Words(zh=zh or en, en=en or zh))
        except Exception:
            # The agent reads less; the caller has chosen all the same.
            log.exception("a choice is not written down", node=chose.node)
            return
        self._near.bus.publish(
            MenuAnswered(
                at=self._near.clock.now(),
                call=call,
                flow=session.flow.name,
                node=chose.node,
                key=chose.key,
                said=said,
            )
        )

    async def _enqueue(self, session: Session, effect: Enqueue) -> Event:
        line, request = session.line, request_of(session, effect)
        choices = choices_at(
            session.flow, session.state.node, lambda: self._calling_back.arrange(line, request)
        )
        pressed = await self._parting.say(line, *effect.prompts, keys=choices.keys)
        # The place in the queue is routing's to decide; until it has, the arrival alone is a fair one.
        place = int((session.since or line.arrival.at).timestamp() * 1000)
        mark = replace(
            mark_of(session, Phase.WAITING), queue=request.queue, key_ms=place, needs=request.needs
        )
        await line.write_mark(mark)
        session.since = session.since or self._near.clock.now()
        session.mark = mark
        wanted = PersonWanted(queue=request.queue, since=session.since)
        await self._near.ledger.want(line.arrival.call, wanted)
        refused = await self._near.queueing.enter(request)
        event = await self._wait(line, refused, session.state.language, replace(choices, pressed=pressed))
        await self._gone_from(line, request.queue, session.since, event)
        return event

    async def _wait(
        self, line: Line, refused: QueueExit | None, language: Language, choices: Choices
    ) -> Left:
        return SentAway(why=refused) if refused else await self._company.keep(line, language, choices)

    async def _reach_out(self, session: Session, effect: ReachOut) -> Event:
        line, queue = session.line, QueueId(effect.queue)
        session.since = since = session.since or self._near.clock.now()
        await self._near.ledger.want(line.arrival.call, PersonWanted(queue=queue, since=since))
        event = await self._reaching_out.wait(session, effect)
        await self._gone_from(line, queue, since, event)
        return event

    async def _offer_callback(self, session: Session, effect: OfferCallback) -> Event:
        line, request, now = session.line, request_of(session, effect), self._near.clock.now()
        await self._parting.say(line, *effect.prompts)
        arranged = await self._calling_back.arrange(line, request)
        if isinstance(arranged, PromiseMade) and session.since is None:
            await self._turned_from(line, request.queue, now, "")
        return arranged

    async def _gone_from(self, line: Line, queue: QueueId, since: datetime, event: Left) -> None:
        why = event.why if isinstance(event, SentAway) else ""
        await self._turned_from(line, queue, since, why)

    async def _turned_from(
        self, line: Line, queue: QueueId, since: datetime, why: QueueExit | Literal[""]
    ) -> None:
        """The caller is to be called back, unless they get through in what is left of the call."""
        wanted = PersonWanted(queue=queue, since=since, until=self._near.clock.now(), turned_away=why)
        await self._near.ledger.want(line.arrival.call, wanted)

    async def _take_message(self, session: Session, effect: TakeMessage) -> Event:
        await self._parting.say(session.line, *effect.prompts)
        mark = mark_of(session, Phase.VOICEMAIL)
        talk = Talk(line=session.line, language=session.state.language, effect=effect, mark=mark)
        return await self._taking_messages.take(talk)

    async def _after_message(self, line: Line, mark: CallMark) -> None:
        """The server died under a message: what was said counts, else it is asked for again."""
        decided = await self._near.messages.keep_spoken(line.arrival.call)
        if decided is None:
            await self._run_flow(line, mark)
            return
        flow = await self._flow_of(mark)
        if flow is None or not isinstance(flow.nodes.get(mark.node), Voicemail):
            await self._parting.part(line, replace(mark, decided=decided), SystemText.THANKS_FOR_MESSAGE)
            return
        # As the server that died would have: nothing is marked anew until the caller stands elsewhere, for
        # who is found marked at this node in a menu would be asked for the message again.
        await self._run_flow(line, replace(mark, phase=Phase.MENU), MessageTaken())

    async def _flow_of(self, mark: CallMark) -> Flow | None:
        """In which the mark says that the caller stands."""
        return (await self._pinned.of(mark, await self._site.read())).flows.get(mark.flow)

    async def _hang_up(self, session: Session, effect: HangUp) -> None:
        decided = await self._near.ledger.decide(session.line.arrival.call, effect.outcome)
        await session.line.write_mark(replace(mark_of(session, Phase.SERVED), decided=decided))
        await self._parting.say(session.line, *effect.prompts)
        await session.line.hang_up()

    async def _wait_on(self, line: Line, mark: CallMark) -> None:
        """Goes on waiting, in the place that the mark keeps; where that is no more, the flow begins again."""
        if mark.queue is None:
            await self._begin_again(line, mark)
            return
        try:
            request = await self._request_as_marked(line, mark, mark.queue)
            why = await self._near.queueing.enter(request)
        except NotFound:
            await self._begin_again(line, mark)
            return
        await self._go_on(line, mark, await self._wait_as_marked(line, mark, why))

    async def _wait_as_marked(self, line: Line, mark: CallMark, refused: QueueExit | None = None) -> Left:
        async def arrange() -> PromiseMade | PromiseDeclined:
            request = await self._request_as_marked(line, mark, mark.queue or QueueId(""))
            return await self._calling_back.arrange(line, request)

        choices = choices_at(await self._flow_of(mark), mark.node, arrange)
        return await self._wait(line, refused, first_language(mark.language) or "zh", choices)

    async def _begin_again(self, line: Line, mark: CallMark) -> None:
        log.warning("waited in no queue of this site", queue=mark.queue)
        await self._run_flow(line, CallMark(phase=Phase.MENU, language=mark.language))

    async def _go_on(self, line: Line, mark: CallMark, event: Left) -> None:
        """The flow says what follows for a caller who is in no queue any more."""
        if mark.queue is not None:
            await self._gone_from(line, mark.queue, waits_since(mark) or line.arrival.at, event)
        await self._run_flow(line, mark, event)

    async def _request_as_marked(self, line: Line, mark: CallMark, queue: QueueId) -> QueueRequest:
        return request_as_marked(line, mark, queue, await self._look_up(line))

    async def _after_talk(self, line: Line, mark: CallMark) -> None:
        decided = mark.decided
        if mark.phase is not Phase.DIALLING:
            # Perhaps nobody heard of it: the switch itself has agents ring in the absence of the server.
            decided = await self._near.ledger.decide(line.arrival.call, Outcome.SERVED)
        match await self._near.queueing.after_talk(line.arrival.call):
            case "hold":
                await self._go_on(line, mark, await self._wait_as_marked(line, mark))
            case "flow":
                # The agent's leg ended by itself, just when the caller was to be sent there.
                await self._run_flow(line, mark)
            case "goodbye":
                await self._rate_and_part(line, replace(mark, decided=decided))

    async def _rate_and_part(self, line: Line, mark: CallMark) -> None:
        has_rated = await self._rating.ask(line, mark)
        text = SystemText.THANKS_FOR_RATING if has_rated else SystemText.GOODBYE
        await self._parting.part(line, mark, text)

    async def _turn_away(self, line: Line, *, is_known: bool) -> None:
        outcome = Outcome.FAILED if is_known else Outcome.REJECTED
        log.warning("no flow for the dialled number", dialled=line.arrival.dialled, is_known=is_known)
        decided = await self._near.ledger.decide(line.arrival.call, outcome)
        mark = CallMark(phase=Phase.SERVED, decided=decided)
        await self._parting.part(line, mark, SystemText.UNKNOWN_NUMBER)

    async def _look_up(self, line: Line) -> KnownCaller | None:
        return await who_calls(self._near.customers, line.arrival, self._settings.lookup_timeout_s)
