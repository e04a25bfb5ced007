"""What must hold in the engine after every input, whatever happened before."""

from acd.engine import doors
from acd.engine.effects import Effect, RingAgent
from acd.engine.needs import are_met, both, relaxed
from acd.engine.state import Agent, Call
from acd.engine.world import World, lane_of
from acd.events import AgentStateChanged
from acd.model import AgentState
from acd.reserves import Help
from kernel.ids import is_guest
from telephony.model import Phase


def check(world: World, effects: list[Effect]) -> None:
    """Raises on the first thing that is wrong."""
    for agent in world.agents.values():
        _check_agent(world, agent)
        _check_watch(agent)
    for call in world.calls.values():
        _check_call(world, call)
    _nobody_waits_beside_an_idle_agent(world)
    _no_place_is_left_behind(world)
    _check_help(world)
    _nobody_outside_stays_for_nothing(world, effects)
    for effect in effects:
        if isinstance(effect, RingAgent) and not effect.ring.answers_itself:
            _nobody_was_passed(world, effect)


def _check_help(world: World) -> None:
    """A queue over its limit has help, or somebody was asked; whoever helps is reached by all who wait."""
    for queue, line in world.lines.items():
        reserve, stand = world.rules_of(queue).reserve, world.help.get(queue)
        if reserve is None:
            assert stand is None, stand
            continue
        is_over = reserve.waiting is not None and len(line.places) >= reserve.waiting
        assert stand is not None or not is_over or not world.is_connected, f"{queue} is over its limit"
        for call in line.places if stand is not None and stand.help is Help.GIVEN else ():
            assert set(reserve.queues) <= set(world.calls[call].reach), f"{call} has no help"


def _nobody_outside_stays_for_nothing(world: World, effects: list[Effect]) -> None:
    """Whoever takes part from outside does so in one call, and nobody is told of their state."""
    assert world.guests == {agent for agent in world.agents if is_guest(agent)}
    told = {effect.agent for effect in effects if isinstance(effect, AgentStateChanged)}
    assert not any(map(is_guest, told))
    for guest in world.guests:
        agent = world.agents[guest]
        rung = agent.offer.call if agent.offer is not None else None
        calls = {agent.call, agent.parked, agent.consulted, rung} - {None}
        assert len(calls) == 1, f"{guest} takes part in {calls}"
        assert not agent.lanes, f"{guest} is given calls"
        assert (agent.wrap_up, agent.wants) == (None, AgentState.OFFLINE)


def _check_watch(agent: Agent) -> None:
    if agent.watch is not None:
        assert (agent.call, agent.offer, agent.consulted) == (None, None, None), (
            f"{agent.id} hears others too"
        )


def _check_agent(world: World, agent: Agent) -> None:
    assert sum(offer.agent == agent.id for offer in world.offers.values()) == bool(agent.offer), agent
    if agent.offer is not None:
        assert agent.call is None, f"{agent.id} talks and is rung"
        assert world.calls[agent.offer.call].offer is agent.offer
    if agent.call is not None:
        own = world.calls[agent.call]
        phases = {Phase.DIALLING} if agent.is_dialling else {Phase.TALKING, Phase.HELD}
        assert (own.agent, own.phase in phases) == (agent.id, True)
    if agent.consulted is not None:
        asked = world.calls[agent.consulted].consultation
        assert asked is not None
        assert (asked.agent, agent.call, agent.offer) == (agent.id, None, None)
    if agent.parked is not None:
        assert (world.calls[agent.parked].agent, world.calls[agent.parked].phase) == (agent.id, Phase.PARKED)
    for call in agent.held:
        assert world.calls[call].held_for == agent.id
        assert lane_of(world.calls[call]) in agent.lanes, f"{call} is held for who may not serve it"
    is_to_be_placed = agent.id in world.unsettled_agents
    assert (agent.is_standing or is_to_be_placed) == (agent.state is AgentState.READY), agent
    for line in world.lines.values():
        for lane in line.lanes.values():
            is_theirs = {lane.queue, *lane.reach} & set(agent.queues) and are_met(lane.needs, agent.skills)
            assert (lane in agent.lanes) == bool(is_theirs), (agent, lane.needs, lane.reach)
            assert (agent.id in lane.idle) == (agent.is_standing and lane in agent.lanes), agent


def _check_call(world: World, call: Call) -> None:
    line = world.lines[call.queue]
    is_waiting = call.phase is Phase.WAITING
    assert (call.id in line.places) == is_waiting, call
    is_free = is_waiting and call.offer is None and call.held_for is None and not call.is_withheld
    assert (call.lane is not None) == is_waiting, call
    for lane in line.lanes.values():
        assert (call.id in lane.free) == (is_free and lane is call.lane), call
    if is_waiting:
        _check_needs(world, call)
        _check_wait(world, call)
    if call.consultation is not None:
        is_rung = call.offer is not None and call.offer.leg == call.consultation.leg
        assert (world.agents[call.consultation.agent].consulted == call.id) != is_rung, call
    if call.phase is Phase.HELD and call.leg is None:
        assert call.consultation is not None, f"{call.id} is nobody's"
    if call.phase is Phase.TALKING:
        assert call.agent is not None
        assert world.agents[call.agent].call == call.id
    if call.sent_by is not None:
        timer = "transfer" if is_waiting else "park"
        assert (timer, call.id) in world.timers, f"{call.id} was sent on without an end"
    assert (call.phase is Phase.PARKED) == (call.kept is not None), f"{call.id} is kept for nobody"
    if call.held_for is not None:
        assert ("hold", call.id) in world.timers, f"{call.id} is held without an end"
    is_kept_back = ("claimed", call.id) in world.timers or (call.offer is None and world.rests(call))
    assert call.is_withheld == is_kept_back, f"{call.id} is withheld without an end"
    _check_promise(world, call)


def _check_promise(world: World, call: Call) -> None:
    """A customer who is not on the line stands in line, and is called only for an agent's sake."""
    assert (call.id in world.absent) == call.is_absent, call
    if not call.is_absent:
        return
    assert call.phase is Phase.WAITING, call
    assert call.promise is not None, call
    assert call.promise.call == call.id, call
    if call.promise.is_dialled:
        has_end = ("dial", call.id) in world.timers or ("callback", call.id) in world.timers
        assert has_end, f"{call.id} is called without an end"
    elif world.rests(call):
        assert call.offer is None, f"{call.id} is offered and is not to be called now"
        has_timer = ("callback", call.id) in world.timers or ("no_line", "") in world.timers
        is_to_wake = has_timer or world.is_closed(call.queue)
        assert is_to_wake, f"{call.id} rests without an end"


def _check_needs(world: World, call: Call) -> None:
    """What is asked for is what the queue's rules say for a wait of this length."""
    rules = world.rules_of(call.queue)
    steps = rules.relaxations[: call.steps_relaxed]
    assert lane_of(call).needs == relaxed(both(rules.needs, call.asked), steps), call
    overdue = [step for step in rules.relaxations if step.after_s < world.waited_s(call) - 0.001]
    assert len(steps) >= len(overdue) or not lane_of(call).needs, call


def _check_wait(world: World, call: Call) -> None:
    """It reaches what its wait has earned, and waits neither too long nor where nobody works."""
    rules, waited_s = world.rules_of(call.queue), world.waited_s(call)
    earned = [
        rule.to for rule in rules.overflows if rule.after_s is not None and rule.after_s < waited_s - 0.01
    ]
    assert {queue for queues in earned for queue in queues} <= set(call.reach) == set(lane_of(call).reach), (
        call
    )
    if call.offer is not None or call.is_withheld or not world.is_connected:
        return
    due_s = world.timers.due_s(("max_wait", call.id))
    if due_s is not None and due_s <= world.now.seconds:
        return  # it was over while no server lived; the next turn begins with that
    in_queue_s = world.now.seconds - call.queued_s
    is_over = rules.max_wait_s is not None and call.promise is None and in_queue_s > rules.max_wait_s + 0.01
    # Rules that were changed to a shorter wait end it in the next moment.
    assert not is_over or ("max_wait", call.id) in world.timers, f"{call.id} waits too long"
    assert doors.exit_of(world, call) is None, f"{call.id} waits where nobody works"


def _nobody_waits_beside_an_idle_agent(world: World) -> None:
    if not world.is_connected:
        return
    for line in world.lines.values():
        for lane in line.lanes.values():
            assert not (len(lane.free) and len(lane.idle)), f"{list(lane.free)} and {list(lane.idle)}"


def _no_place_is_left_behind(world: World) -> None:
    for line in world.lines.values():
        for call in line.places:
            assert call in world.calls
    for offer in world.offers.values():
        assert offer.call in world.calls


def _nobody_was_passed(world: World, effect: RingAgent) -> None:
    ring = effect.ring
    call, agent = world.calls.get(ring.call), world.agents[ring.agent]
    if call is None or call.sent_by is not None:
        return  # a colleague was named, or the sender is asked
    for lane in agent.lanes:
        first = lane.free.head
        assert first is None or call.key < first[0], f"{ring.call} overtook {first}"
