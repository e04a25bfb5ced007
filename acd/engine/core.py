"""The engine: one input at a time, effects out; no clock, no I/O."""

from collections.abc import Callable
from typing import Any

from acd.engine import (
    adoption,
    calling,
    consulting,
    conversation,
    doors,
    flow_inputs,
    guests,
    inputs,
    offers,
    presence,
    promise_inputs,
    promises,
    queueing,
    reaching,
    reserving,
    transferring,
    watching,
)
from acd.engine.availability import refresh
from acd.engine.effects import Effect
from acd.engine.inputs import Input
from acd.engine.matching import settle
from acd.engine.state import Absence, Timer
from acd.engine.world import World
from acd.model import Instant
from acd.settings import AcdSettings
from kernel.ids import AgentId, CallId
from telephony import events
from telephony.model import Phase


class Engine:
    """Decides for all calls and agents of a site."""

    def __init__(self, settings: AcdSettings, now: Instant) -> None:
        self.world = World(settings, now)

    def handle(self, event: Input, now: Instant) -> list[Effect]:
        """Takes one input and says what is to be done, commands first.

        Raises a typed error for a command that the state does not allow; nothing changes then.
        Timers that were due have fired all the same: their effects come with the next input.
        """
        world = self.world
        world.now = now
        if (first := world.timers.head) is not None and first[0] <= now.seconds:
            self._fire_timers()
        HANDLERS[type(event)](world, event)
        if world.unanswered:
            _ask_again(world)
        settle(world)
        if world.guests:
            guests.say_goodbye(world)
        return world.take_effects()

    def next_wakeup(self) -> float | None:
        """When to send a `Tick` if nothing else comes first; monotonic seconds."""
        first = self.world.timers.head
        return first[0] if first is not None else None

    def _fire_timers(self) -> None:
        world, timers = self.world, self.world.timers
        while (first := timers.head) is not None and (due := first[0]) <= world.now.seconds:
            # What is due in the same moment comes first and is matched then, so that no key is passed over.
            while first is not None and first[0] <= due:
                timer, owner = first[1]
                timers.discard(first[1])
                ON_TIMER[timer](world, owner)
                if world.unanswered:
                    _ask_again(world)
                first = timers.head
            settle(world)


def _ask_again(world: World) -> None:
    """Callers whom a colleague did not take, or for whom none came, go back to who had them."""
    while world.unanswered:
        call = world.calls.get(world.unanswered.pop())
        if call is not None and call.phase is Phase.HELD:
            consulting.not_taken(world, call)
        elif call is not None and call.phase is Phase.DIALLING:
            calling.not_taken(world, call)
        elif call is not None:
            transferring.ask_sender(world, call)


def _hold_over(world: World, call: CallId) -> None:
    world.free(world.calls[call])


def _wrap_up_over(world: World, owner: AgentId) -> None:
    agent = world.agents[owner]
    conversation.end_wrap_up(world, agent)
    refresh(world, agent)


def _park_over(world: World, call: CallId) -> None:
    conversation.give_up_parking(world, world.calls[call])


def _absence_over(world: World, owner: AgentId) -> None:
    presence.absent_too_long(world, world.agents[owner])


def _pause_over(world: World, owner: AgentId) -> None:
    agent = world.agents[owner]
    if agent.absence in {Absence.SWITCH, Absence.UNREACHABLE}:
        agent.absence = None
        refresh(world, agent)
        conversation.bring_back(world, agent)


def _call_ended(world: World, event: events.CallEnded) -> None:
    if not promises.call_ended(world, event):
        calling.ended(world, event)
    promises.origin_ended(world, event.call)


def _dialling(world: World, event: events.Dialling) -> None:
    if event.call in world.absent:
        promises.accepted(world, event)
    else:
        calling.began(world, event)


def _ring_failed(world: World, event: inputs.RingFailed) -> None:
    offer = world.offers.get(event.leg)
    is_gone = event.failure is inputs.RingFailure.CALL_GONE
    if offer is not None and is_gone and offer.call not in world.absent:
        calling.forget(world, offer.call)
    elif offer is not None and event.failure is inputs.RingFailure.NO_LINE:
        calling.not_rung(world, offer)
    else:
        watching.failed(world, event.leg)
        offers.order_failed(world, event.leg)


def _page_lost(world: World, event: inputs.PageLost) -> None:
    calling.page_lost(world, world.agent(event.agent))
    consulting.page_lost(world, event)


def _leg_ended(world: World, event: events.LegEnded) -> None:
    if not promises.leg_ended(world, event):
        calling.leg_ended(world, event)


def _set_closed(world: World, event: inputs.SetClosed) -> None:
    doors.set_closed(world, event.calendars)
    promises.look(world)


def _set_queues(world: World, event: inputs.SetQueues) -> None:
    presence.set_queues(world, event)
    promises.look(world)


def _disconnected(world: World, _: events.SwitchDisconnected) -> None:
    world.is_connected = False


ON_TIMER: dict[Timer, Callable[[World, Any], None]] = {
    Timer.OFFER: offers.overdue,
    Timer.SILENT: offers.silent,
    Timer.HOLD: _hold_over,
    Timer.CLAIMED: _hold_over,
    Timer.WRAP_UP: _wrap_up_over,
    Timer.PARK: _park_over,
    Timer.ABSENCE: _absence_over,
    Timer.RETRY: _pause_over,
    Timer.TRANSFER: lambda world, call: transferring.waited_in_vain(world, world.calls.get(call)),
    Timer.CALLBACK: promises.due,
    Timer.DIAL: promises.overdue,
    Timer.NO_LINE: lambda world, _: promises.look(world),
    Timer.RELAX: lambda world, call: world.relax(world.calls[call]),
    Timer.OVERFLOW: lambda world, call: world.overflow(world.calls[call]),
    Timer.RESERVE: lambda world, queue: world.doubtful_reserves.add(queue),
    Timer.MAX_WAIT: lambda world, call: doors.max_wait_over(world, world.calls[call]),
}

HANDLERS: dict[type, Callable[[World, Any], None]] = {
    inputs.SetQueues: _set_queues,
    inputs.SetBreaks: presence.set_breaks,
    inputs.SetClosed: _set_closed,
    inputs.SetProfile: presence.set_profile,
    inputs.Enter: queueing.enter,
    inputs.Leave: queueing.leave,
    flow_inputs.Reach: reaching.reach,
    inputs.GiveBoost: queueing.boost,
    promise_inputs.TakePromise: promises.take,
    promise_inputs.RelyOnPromise: promises.rely,
    promise_inputs.CancelPromise: promises.cancel,
    promise_inputs.CustomerCame: promises.customer_came,
    inputs.TalkOver: lambda world, event: queueing.talk_over(world, event.call),
    inputs.SignIn: presence.sign_in,
    inputs.Restore: presence.restore,
    inputs.SignOut: presence.sign_out,
    inputs.SetState: presence.set_state,
    inputs.EndWrapUp: lambda world, event: presence.end_wrap_up(world, event.agent),
    inputs.ExtendWrapUp: lambda world, event: presence.extend_wrap_up(world, event.agent),
    inputs.Refuse: lambda world, event: offers.refuse(world, event.agent, event.call),
    inputs.HangUp: calling.hang_up,
    inputs.HangUpFailed: lambda world, event: conversation.mean_to_end(world, event.call, is_meant=False),
    inputs.Transfer: transferring.transfer,
    inputs.Consult: consulting.consult,
    inputs.TakeBack: consulting.take_back,
    inputs.HandOver: consulting.hand_over,
    inputs.JoinAll: consulting.join_all,
    inputs.Part: consulting.leave,
    inputs.MoveToQueue: queueing.move,
    inputs.AnswerHelp: reserving.answer,
    inputs.RestoreHelp: reserving.restore,
    inputs.TakeOver: transferring.take_over,
    inputs.StartWatch: watching.start,
    inputs.StopWatch: watching.stop,
    inputs.PageLost: _page_lost,
    inputs.PageBack: presence.page_back,
    inputs.RingFailed: _ring_failed,
    inputs.Tick: lambda _world, _event: None,
    events.Joined: consulting.joined,
    events.Consulting: consulting.answered,
    events.LegRinging: lambda world, event: offers.leg_rings(world, event.call, event.leg),
    events.LegEnded: _leg_ended,
    events.CallPlaced: calling.placed,
    events.CallEnded: _call_ended,
    events.Dialling: _dialling,
    events.CallClosed: promises.call_closed,
    inputs.PlaceCall: calling.place,
    inputs.NotCalled: calling.failed,
    events.Watching: watching.began,
    events.WatchEnded: watching.ended,
    events.DeviceRegistered: presence.device_registered,
    events.DeviceUnregistered: presence.device_unregistered,
    events.SwitchConnected: lambda world, event: adoption.adopt(world, event.snapshot),
    events.SwitchDisconnected: _disconnected,
}
"""What each input means; an input that is not here is a programming error."""
