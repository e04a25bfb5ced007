"""Agents come, go, and say what they want to be."""

from dataclasses import replace
from datetime import timedelta

from acd.engine import breaks, conversation, doors, offers, promised, reserving, watching
from acd.engine.availability import clear_absence, forget_missed, refresh, set_wish
from acd.engine.effects import CancelLeg, MirrorAgent
from acd.engine.inputs import (
    PageBack,
    PageLost,
    Restore,
    SetBreaks,
    SetProfile,
    SetQueues,
    SetState,
    SignIn,
    SignOut,
)
from acd.engine.state import Absence, Agent, Call
from acd.engine.world import World, lane_of
from acd.errors import NotSignedIn, NoWrapUp
from acd.model import AgentState, OfferResult
from kernel.ids import AgentId
from telephony.events import DeviceRegistered, DeviceUnregistered
from telephony.model import Phase


def sign_in(world: World, event: SignIn) -> None:
    """The agent has a phone, and with a new phone a page; a page that was lost stays so until told."""
    agent = world.agent(event.agent)
    if agent.device != event.device:
        if agent.device is not None:
            _withdraw_offer(world, agent)
        _take_device(world, agent)
        agent.has_page = True
    agent.device = event.device
    agent.must_accept, agent.rings_at_once = event.must_accept, event.rings_at_once
    world.devices[event.device] = agent.id
    clear_absence(agent, Absence.UNREACHABLE)
    refresh(world, agent)
    conversation.bring_back(world, agent)


def restore(world: World, event: Restore) -> None:
    """An agent goes on as before a restart; others are told once the phone or the switch is there."""
    wish = event.wish
    agent = world.agent(wish.agent)
    agent.wants, agent.wants_reason = wish.state, wish.reason
    if wish.missed_at is not None:
        agent.absence, agent.missed_at = Absence.MISSED, wish.missed_at
    since = wish.since
    if wish.wrap_up is not None:
        # That was work: what the agent wants to be begins behind it.
        since = min(wish.wrap_up.until, world.now.wall)
        conversation.wrap_up(world, agent, wish.wrap_up)
    agent.rests_since = agent.shown_since = since
    if since is not None:
        agent.idle_since_s = world.seconds_at(since)


def sign_out(world: World, event: SignOut) -> None:
    """The agent gives the phone back; a running conversation goes on."""
    agent = world.agent(event.agent)
    set_wish(world, agent, AgentState.OFFLINE, "")
    watching.give_up(world, agent)
    if agent.parked is not None:
        conversation.give_up_parking(world, world.calls[agent.parked])
    _withdraw_offer(world, agent)
    _take_device(world, agent)
    refresh(world, agent)


def set_state(world: World, event: SetState) -> None:
    """The agent's wish; during a call or an offer it takes effect afterwards."""
    agent = world.agents.get(event.agent)
    if agent is None or (agent.device is None and event.state is not AgentState.OFFLINE):
        raise NotSignedIn("You have no phone yet: open the desk, or sign in again.")
    if event.state is AgentState.ON_BREAK:
        breaks.check(world, agent, event.reason)
    set_wish(world, agent, event.state, event.reason)
    agent.absence = None
    forget_missed(world, agent)
    conversation.end_wrap_up(world, agent)
    refresh(world, agent)


def end_wrap_up(world: World, agent_id: AgentId) -> None:
    """The agent is done."""
    agent = _in_wrap_up(world, agent_id)
    conversation.end_wrap_up(world, agent)
    refresh(world, agent)


def extend_wrap_up(world: World, agent_id: AgentId) -> None:
    """The agent needs more time; once."""
    agent = _in_wrap_up(world, agent_id)
    running = agent.wrap_up
    if running is None or running.is_extended:
        raise NoWrapUp("The time after this call was extended already.")
    until = running.until + timedelta(seconds=world.settings.wrap_up_extension_s)
    conversation.wrap_up(world, agent, replace(running, until=until, is_extended=True))
    refresh(world, agent)


def _in_wrap_up(world: World, agent_id: AgentId) -> Agent:
    agent = world.agent(agent_id)
    if agent.state is not AgentState.WRAP_UP:
        raise NoWrapUp("There is no time after a call to change.")
    return agent


def page_lost(world: World, event: PageLost) -> None:
    """The page is gone without a word. Without it nobody answers, refuses or ends a call."""
    agent = world.agent(event.agent)
    agent.has_page = False
    watching.give_up(world, agent)
    _lose_offer(world, agent)
    conversation.take_out(world, agent)
    refresh(world, agent)


def page_back(world: World, event: PageBack) -> None:
    """The page is connected."""
    agent = world.agent(event.agent)
    agent.has_page = True
    clear_absence(agent, Absence.UNREACHABLE)
    refresh(world, agent)
    conversation.bring_back(world, agent)


def device_registered(world: World, event: DeviceRegistered) -> None:
    """A phone can be rung."""
    world.registered.add(event.device)
    agent = _agent_of(world, event)
    if agent is not None:
        clear_absence(agent, Absence.UNREACHABLE)
        refresh(world, agent)
        conversation.bring_back(world, agent)


def device_unregistered(world: World, event: DeviceUnregistered) -> None:
    """A phone can no longer be rung. A running conversation may well go on without registration.

    So may the one of who has accepted, and hears the tone of the customer's phone.
    """
    world.registered.discard(event.device)
    agent = _agent_of(world, event)
    if agent is not None:
        if agent.offer is None or not promised.is_being_called(world, agent.offer.call):
            _lose_offer(world, agent)
        refresh(world, agent)


def set_profile(world: World, event: SetProfile) -> None:
    """Whom the agent may serve from now on; offers and talks go on."""
    profile = event.profile
    agent = world.agent(profile.agent)
    doors.went_off_duty(world, agent.queues)
    world.assign(agent, profile.queues, profile.skills)
    agent.region, agent.wrap_up_s = profile.region, profile.wrap_up_s
    _look_again(world, agent)
    refresh(world, agent)


def set_queues(world: World, event: SetQueues) -> None:
    """The site's queues from now on; idle agents stand in the order of the new strategies."""
    reserving.change_rules(world, event.queues)
    world.set_rules(event.queues)
    doors.doubt_closed(world)
    for call in list(world.calls.values()):
        if call.phase is Phase.WAITING and call.queue not in world.rules:
            _move_to_default_queue(world, call)
    for agent in world.agents.values():
        _look_again(world, agent)


def set_breaks(world: World, event: SetBreaks) -> None:
    """The site's breaks from now on; who is on one may stay, and is over its limit by what it says now."""
    world.breaks = event.breaks
    for agent in world.agents.values():
        refresh(world, agent)


def _look_again(world: World, agent: Agent) -> None:
    """Whom the agent may serve has changed: who is held for them, and who waits whom they could serve."""
    for call in list(agent.held):
        if lane_of(world.calls[call]) not in agent.lanes:
            world.free(world.calls[call])
    if agent.state is AgentState.READY:
        world.unsettled_agents.add(agent.id)


def _move_to_default_queue(world: World, call: Call) -> None:
    """The line of a queue that is no more is nobody's. The place is kept, and a ringing phone rings on."""
    world.remove_waiting(call)
    world.add_waiting(call)
    if call.offer is not None:
        world.reserve(call)
        world.unsettled_calls.discard(call.id)
    offers.announce_waiting(world, call)


def absent_too_long(world: World, agent: Agent) -> None:
    """Nobody has been there for a while: offline until the agent says otherwise."""
    set_wish(world, agent, AgentState.OFFLINE, "absent")
    refresh(world, agent)


def _agent_of(world: World, event: DeviceRegistered | DeviceUnregistered) -> Agent | None:
    owner = world.devices.get(event.device)
    return world.agents[owner] if owner is not None else None


def _take_device(world: World, agent: Agent) -> None:
    if agent.device is None:
        return
    world.order(MirrorAgent(device=agent.device, is_ready=None))
    world.devices.pop(agent.device, None)
    agent.device = agent.mirrored = None


def _lose_offer(world: World, agent: Agent) -> None:
    if agent.offer is not None:
        world.order(CancelLeg(leg=agent.offer.leg))
        offers.fail(world, agent.offer, OfferResult.UNREACHABLE)


def _withdraw_offer(world: World, agent: Agent) -> None:
    """The phone that rings is the agent's no longer."""
    if agent.offer is not None:
        world.order(CancelLeg(leg=agent.offer.leg))
        offers.fail(world, agent.offer, OfferResult.WITHDRAWN)
