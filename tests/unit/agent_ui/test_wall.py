"""The wallboard follows routing and the names of who works here."""

import asyncio
from datetime import datetime

from agent_ui.board import EVERY_AGENT, SUPERVISORS
from kernel.ids import AgentId
from tests.unit.agent_ui.desk import CHEN, LI_JING
from tests.unit.agent_ui.floor import (
    LI,
    NOW,
    Scene,
    offered,
)


async def test_the_wall_follows_routing(scene: Scene) -> None:
    scene.floor.waiting = 5
    view = scene.board.attach(CHEN.principal)
    await scene.happen(offered())
    while (row := scene.board.get("queue/sales", EVERY_AGENT)) is None or row["waiting"] != 5:
        await view.next()
    assert row["agents"] == {"ready": 1}
    card = scene.board.get("agent/1", SUPERVISORS)
    assert card is not None
    assert (card["name"], card["number"], card["state"]) == ("李静", "1001", "ready")
    assert (card["reason"], card["until"]) == ("", None)


async def test_supervisors_see_on_which_break_an_agent_is_and_until_when(scene: Scene) -> None:
    scene.floor.rests_until = NOW
    view = scene.board.attach(CHEN.principal)
    await scene.happen(offered())
    async with asyncio.timeout(5):
        while (card := scene.board.get("agent/1", SUPERVISORS)) is None or card["reason"] != "meal":
            await view.next()
    assert (card["state"], datetime.fromisoformat(card["until"])) == ("on_break", NOW)


async def test_supervisors_see_that_no_line_can_be_had_for_as_long_as_that_is_so(scene: Scene) -> None:
    async with asyncio.timeout(5):
        view = scene.board.attach(CHEN.principal)
        scene.floor.no_line_until = NOW
        await scene.happen(offered())
        while (lines := scene.board.get("lines", SUPERVISORS)) is None:
            await view.next()
        assert datetime.fromisoformat(lines["no_line_until"]) == NOW
        assert "lines" not in scene.board.visible_to(LI_JING.principal)
        scene.floor.no_line_until = None
        await scene.happen(offered())
        while "lines" in scene.board.visible_to(CHEN.principal):
            await view.next()


async def test_supervisors_see_which_voices_do_not_speak(scene: Scene) -> None:
    async with asyncio.timeout(5):
        view = scene.board.attach(CHEN.principal)
        scene.floor.broken_voices = {"cloud": "it answered with HTTP 500"}
        while (voices := scene.board.get("voices", SUPERVISORS)) is None:
            await view.next()
        assert voices == {"broken": ["cloud"]}
        assert "voices" not in scene.board.visible_to(LI_JING.principal)
        scene.floor.broken_voices = {}
        while "voices" in scene.board.visible_to(CHEN.principal):
            await view.next()


async def test_the_wall_outlives_a_database_that_is_away(scene: Scene) -> None:
    view = scene.board.attach(CHEN.principal)
    await view.next()
    scene.floor.database_failures = 2
    scene.floor.waiting = 5
    scene.floor.agents = (LI, AgentId(2))
    await scene.happen(offered())
    async with asyncio.timeout(5):
        while (row := scene.board.get("queue/sales", EVERY_AGENT)) is None or row["waiting"] != 5:
            await view.next()
        while (card := scene.board.get("agent/2", SUPERVISORS)) is None or card["name"] != "李静":
            await view.next()
    assert scene.floor.database_failures == 0


async def test_who_left_all_queues_and_queues_taken_away_leave_the_wall(scene: Scene) -> None:
    async with asyncio.timeout(5):
        view = scene.board.attach(CHEN.principal)
        while "agent/1" not in scene.board.visible_to(CHEN.principal):
            await view.next()
        scene.floor.queues = scene.floor.agents = ()
        await scene.happen(offered())
        while {"agent/1", "queue/sales"} & scene.board.visible_to(CHEN.principal).keys():
            await view.next()
    assert "queue/sales" not in scene.board.visible_to(LI_JING.principal)


async def test_an_agent_with_another_name_is_soon_called_by_it_though_nothing_happens(scene: Scene) -> None:
    async with asyncio.timeout(5):
        view = scene.board.attach(CHEN.principal)
        for name in ("李静", "李小静"):
            scene.floor.name = name
            while (card := scene.board.get("agent/1", SUPERVISORS)) is None or card["name"] != name:
                await view.next()
