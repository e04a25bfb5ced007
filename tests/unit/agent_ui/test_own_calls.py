"""What an agent reads of a call of their own, from the press to the talk, or to why there was none."""

import pytest

from acd.events import CallBegun, CallDialled, CallNotReached
from acd.model import AgentState
from agent_ui.board import only
from agent_ui.own_calls import OwnCalls
from kernel.ids import StaffId
from telephony.model import EndReason
from tests.unit.agent_ui.floor import (
    CALL,
    CONNECTED,
    LEG,
    LI,
    NOW,
    SALES,
    Scene,
    look_up_done,
    offered,
    state,
)

NUMBER = "+8613812345678"
BEGUN = CallBegun(at=NOW, call=CALL, agent=LI, queue=SALES, to=NUMBER)
DIALLED = CallDialled(at=NOW, call=CALL, agent=LI, leg=LEG, queue=SALES)


def not_reached(reason: EndReason = EndReason.BUSY) -> CallNotReached:
    return CallNotReached(at=NOW, call=CALL, agent=LI, queue=SALES, to=NUMBER, reason=reason)


async def test_whom_one_calls_is_shown_before_their_phone_rings_and_while_it_does(scene: Scene) -> None:
    scene.floor.answers.set()
    await scene.happen(BEGUN)
    await look_up_done()
    await scene.happen(offered())
    ringing = await scene.happen(DIALLED)
    assert ringing is not None
    assert (ringing["phase"], ringing["number_shown"], ringing["customer"]["name"]) == (
        "dialling",
        NUMBER,
        "张伟",
    )
    talking = await scene.happen(CONNECTED)
    assert talking is not None
    assert talking["phase"] == "talking"


async def test_after_a_restart_too_it_is_shown_whose_phone_rings(scene: Scene) -> None:
    await scene.happen(BEGUN)
    ringing = await scene.happen(DIALLED)
    assert ringing is not None
    assert (ringing["phase"], ringing["why"]["code"]) == ("dialling", "own_call")


async def test_nobody_is_shown_any_more_who_was_not_reached(scene: Scene) -> None:
    await scene.happen(BEGUN)
    await scene.happen(DIALLED)
    assert await scene.happen(not_reached()) is None
    assert await scene.happen(state(AgentState.READY)) is None


@pytest.mark.parametrize(
    ("reason", "told"),
    [(EndReason.BUSY, "busy"), (EndReason.OTHER, "other"), (EndReason.AGENT_HUNG_UP, None)],
)
async def test_one_reads_why_until_one_calls_again_but_not_what_one_did_oneself(
    scene: Scene, reason: EndReason, told: str | None
) -> None:
    calls, mine = OwnCalls(scene.board), only(StaffId(LI))
    await calls.on_event(not_reached(reason))
    shown = scene.board.get("not_reached", mine)
    assert (shown and shown["reason"], shown and shown["number_shown"]) == (told, told and NUMBER)
    await calls.on_event(BEGUN)
    assert scene.board.get("not_reached", mine) is None
