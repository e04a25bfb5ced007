"""The event socket: snapshot, deltas, gaps, rights, and which pages are there."""

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient

from agent_ui.board import EVERY_AGENT, SUPERVISORS, Board, only
from agent_ui.realtime import RIGHTS_CHANGED, SESSION_OVER, TOO_MANY_SOCKETS
from agent_ui.settings import WebSettings
from kernel.access import Role
from kernel.errors import DatabaseUnavailable
from kernel.ids import StaffId
from tests.unit.agent_ui.conftest import Open
from tests.unit.agent_ui.desk import CHEN, LI_JING, person, web_desk

LI = only(StaffId(1))


async def connect(client: TestClient, page: str = "tab-1") -> ClientWebSocketResponse:
    origin = str(client.make_url("/")).rstrip("/")
    return await client.ws_connect(f"/api/events?page={page}", headers={"Origin": origin})


async def test_a_page_gets_all_it_may_see_and_then_each_change(browse: Open) -> None:
    desk = web_desk()
    desk.board.put("me", {"state": "ready"}, LI)
    desk.board.put("me", {"state": "offline"}, only(StaffId(2)))
    desk.board.put("agent/2", {"name": "王强"}, SUPERVISORS)
    socket = await connect(await browse(desk, "lijing"))
    assert await socket.receive_json() == {
        "type": "snapshot",
        "version": 1,
        "state": {"me": {"state": "ready"}},
    }
    desk.board.put("queue/sales", {"waiting": 1}, EVERY_AGENT)
    assert await socket.receive_json() == {
        "type": "delta",
        "version": 2,
        "set": {"queue/sales": {"waiting": 1}},
        "delete": [],
    }
    desk.board.remove("queue/sales", EVERY_AGENT)
    last = await socket.receive_json()
    assert (last["version"], last["set"], last["delete"]) == (3, {}, ["queue/sales"])
    await socket.close()


async def test_a_key_without_a_value_stays_a_key(browse: Open) -> None:
    desk = web_desk()
    desk.board.put("call", None, LI)
    socket = await connect(await browse(desk, "lijing"))
    assert (await socket.receive_json())["state"] == {"call": None}
    await socket.close()


async def test_a_page_that_missed_a_version_asks_for_a_snapshot(browse: Open) -> None:
    desk = web_desk()
    socket = await connect(await browse(desk, "lijing"))
    assert (await socket.receive_json())["version"] == 1
    await socket.send_json({"type": "resync"})
    again = await socket.receive_json()
    assert (again["type"], again["version"]) == ("snapshot", 2)
    await socket.close()


async def test_a_ping_is_answered_and_nonsense_ends_the_socket(browse: Open) -> None:
    desk = web_desk()
    socket = await connect(await browse(desk, "lijing"))
    await socket.receive_json()
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}
    await socket.send_str("{" * 10)
    assert (await socket.receive()).type.name == "CLOSE"


@pytest.mark.parametrize("origin", ["https://evil.example", ""])
async def test_another_sites_page_gets_no_socket(browse: Open, origin: str) -> None:
    client = await browse(web_desk(), "lijing")
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.ws_connect("/api/events?page=x", headers={"Origin": origin} if origin else {})
    assert refused.value.status == 403


async def test_without_a_session_there_is_no_socket(browse: Open) -> None:
    client = await browse(web_desk())
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(client)
    assert refused.value.status == 401


CHECKS_AT_ONCE = WebSettings(delta_interval_s=0, session_check_s=0.01)


async def test_a_silent_page_whose_session_is_over_is_told_so(browse: Open) -> None:
    desk = web_desk(settings=CHECKS_AT_ONCE)
    socket = await connect(await browse(desk, "lijing"))
    await socket.receive_json()
    desk.people.end_all()
    closed = await socket.receive()
    assert (closed.type.name, closed.data) == ("CLOSE", SESSION_OVER)
    assert ("dismissed", 1, "tab-1") in desk.comings.seen


async def test_a_page_whose_roles_changed_sees_only_what_the_new_ones_may(browse: Open) -> None:
    desk = web_desk(settings=CHECKS_AT_ONCE)
    desk.board.put("agent/2", {"name": "王强"}, SUPERVISORS)
    client = await browse(desk, "chen")
    socket = await connect(client)
    assert (await socket.receive_json())["state"] == {"agent/2": {"name": "王强"}}
    desk.people.change(person(3, "chen", Role.AGENT))
    closed = await socket.receive()
    assert (closed.type.name, closed.data) == ("CLOSE", RIGHTS_CHANGED)
    assert ("dismissed", 3, "tab-1") not in desk.comings.seen
    again = await connect(client)
    assert (await again.receive_json())["state"] == {}
    await again.close()


async def test_a_page_gets_the_board_again_while_the_database_is_away(browse: Open) -> None:
    desk = web_desk(settings=CHECKS_AT_ONCE)
    client = await browse(desk, "lijing")
    desk.people.is_away = True
    socket = await connect(client)
    assert (await socket.receive_json())["type"] == "snapshot"
    await socket.send_json({"type": "ping"})
    assert await socket.receive_json() == {"type": "pong"}
    await socket.close()


async def test_a_session_that_nobody_knows_is_to_try_again_while_the_database_is_away(browse: Open) -> None:
    desk = web_desk(settings=WebSettings(session_remembered_s=0))
    client = await browse(desk, "lijing")
    desk.people.is_away = True
    with pytest.raises(WSServerHandshakeError) as refused:
        await connect(client)
    assert refused.value.status == 503


async def test_a_sign_in_opens_so_many_sockets_and_another_once_one_is_closed(browse: Open) -> None:
    desk = web_desk(settings=WebSettings(delta_interval_s=0, sockets_per_session_max=2))
    client = await browse(desk, "lijing")
    first, second = [await connect(client, page) for page in ("tab-1", "tab-2")]
    third = await connect(client, "tab-3")
    refused = await third.receive()
    assert (refused.type.name, refused.data) == ("CLOSE", TOO_MANY_SOCKETS)
    assert refused.extra == "这次登录打开的页面太多，请关闭一些。"
    assert "tab-3" not in {page for _, _, page in desk.comings.seen}
    other = await connect(await browse(desk, "chen"))
    assert (await other.receive_json())["type"] == "snapshot"

    await first.receive_json()
    await first.close()
    again = await connect(client, "tab-3")
    assert (await again.receive_json())["type"] == "snapshot"
    for socket in (second, other, again):
        await socket.close()


async def test_a_page_has_gone_when_its_last_socket_has(browse: Open) -> None:
    desk = web_desk()
    client = await browse(desk, "lijing")
    first, second = await connect(client), await connect(client)
    await first.receive_json()
    await second.receive_json()
    await first.close()
    third = await connect(client, page="tab-2")
    await third.receive_json()
    assert desk.comings.seen == [("came", 1, "tab-1"), ("came", 1, "tab-1"), ("came", 1, "tab-2")]
    await second.close()
    fourth = await connect(client, page="tab-3")
    await fourth.receive_json()
    assert ("went", 1, "tab-1") in desk.comings.seen


async def test_a_slow_view_gets_the_newest_values_only() -> None:
    board = Board(backlog_keys_max=10)
    view = board.attach(LI_JING.principal)
    await view.next()
    for waiting in range(100):
        board.put("queue/sales", {"waiting": waiting}, EVERY_AGENT)
    assert (await view.next())["set"] == {"queue/sales": {"waiting": 99}}


async def test_a_view_far_behind_starts_over_with_a_snapshot() -> None:
    board = Board(backlog_keys_max=3)
    view = board.attach(LI_JING.principal)
    await view.next()
    for queue in range(4):
        board.put(f"queue/{queue}", {"waiting": 1}, EVERY_AGENT)
    message = await view.next()
    assert message["type"] == "snapshot"
    assert len(message["state"]) == 4
    assert message["version"] == 2


async def test_what_did_not_change_is_not_sent() -> None:
    board = Board(backlog_keys_max=3)
    board.put("me", {"state": "ready"}, LI)
    view = board.attach(LI_JING.principal)
    await view.next()
    board.put("me", {"state": "ready"}, LI)
    board.put("agent/1", {"state": "ready"}, SUPERVISORS)
    board.put("me", {"state": "talking"}, LI)
    assert (await view.next())["set"] == {"me": {"state": "talking"}}


async def test_a_detached_view_costs_nothing_more() -> None:
    board = Board(backlog_keys_max=3)
    view = board.attach(CHEN.principal)
    board.detach(view)
    await view.next()
    board.put("agent/1", {"state": "ready"}, SUPERVISORS)
    message_state = board.visible_to(CHEN.principal)
    assert message_state == {"agent/1": {"state": "ready"}}
    assert not view._news.is_set()


@pytest.mark.filterwarnings("ignore:Unclosed")
async def test_a_page_that_could_not_be_taken_up_leaves_nothing_behind(browse: Open) -> None:
    desk = web_desk()
    client = await browse(desk, "lijing")
    desk.comings.failure = DatabaseUnavailable("away")
    socket = await connect(client)
    assert (await socket.receive()).type in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}
    assert desk.comings.seen == [("went", 1, "tab-1")]
    assert not desk.board._views
