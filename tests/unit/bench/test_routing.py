"""What a measurement of routing says, to people and to scripts."""

from dataclasses import replace
from io import StringIO
from xml.etree import ElementTree as ET

import pytest
from panoramisk.message import Message
from rich.console import Console

from bench.measuring import Floor
from bench.routing import Pair, Result, Row, Size
from bench.showing import draw, page, table
from bench.stamps import read

OURS = Row(
    router="hotline",
    agents=100,
    talk_mean_s=8.0,
    waiting_min=100,
    dispatches=400,
    dispatches_per_s=11.5,
    free_to_invite_p50_ms=4.0,
    free_to_invite_p90_ms=6.0,
    free_to_invite_p99_ms=20.0,
    free_to_invite_max_ms=31.0,
    asterisk_processor_percent=40.0,
    server_processor_percent=20.0,
    edge_processor_percent=2.0,
)
THEIRS = replace(OURS, router="app_queue", free_to_invite_p50_ms=400.0, free_to_invite_p99_ms=1400.0)
RESULT = Result(
    machine={
        "processors": 2,
        "processor": "a processor",
        "memory_gib": 24,
        "python": "3.11",
        "load_average_1min": 0.1,
    },
    pairs=[
        Pair(hotline=OURS, app_queue=THEIRS),
        Pair(hotline=replace(OURS, agents=500, talk_mean_s=40.0), app_queue=replace(THEIRS, agents=500)),
    ],
)


@pytest.mark.parametrize(
    ("p50_ms", "p99_ms", "holds"), [(6.0, 50.0, True), (6.01, 50.0, False), (6.0, 50.01, False)]
)
def test_the_promise_is_of_both_percentiles(p50_ms: float, p99_ms: float, *, holds: bool) -> None:
    ours = replace(OURS, free_to_invite_p50_ms=p50_ms, free_to_invite_p99_ms=p99_ms)
    slow = Pair(hotline=ours, app_queue=THEIRS)
    assert replace(RESULT, pairs=[*RESULT.pairs, slow]).holds is holds


def test_calls_end_no_faster_the_more_agents_there_are_and_more_slowly_if_many_wait() -> None:
    sizes = [Size(agents=agents, waiting=waiting) for agents, waiting in ((10, 100), (100, 100), (500, 500))]
    assert [size.talk_mean_s for size in sizes] == [2.0, 8.0, 100.0]


def test_a_size_that_did_not_come_about_is_said_and_keeps_no_promise() -> None:
    said = "500 agents, 500 waiting: after 150 s, nobody is busy"
    result = replace(RESULT, not_measured=[said])
    assert not result.holds
    assert result.as_json()["not_measured"] == [said]
    shown = Console(file=StringIO(), width=140)
    shown.print(table(result))
    assert said in shown.file.getvalue()  # type: ignore[attr-defined]
    assert said in page(result)


def test_scripts_read_both_rows_the_ratio_and_the_machine() -> None:
    told = RESULT.as_json()
    assert told["name"] == "routing"
    assert told["machine"] == RESULT.machine
    ours, theirs, *others = told["rows"]  # type: ignore[misc]
    assert [(row["router"], row["agents"]) for row in others] == [("hotline", 500), ("app_queue", 500)]
    assert (ours["router"], theirs["router"]) == ("hotline", "app_queue")
    assert (ours["free_to_invite_p50_ms"], theirs["free_to_invite_p50_ms"]) == (4.0, 400.0)
    assert ours["app_queue_over_hotline_p50_ratio"] == 100.0
    assert ours["app_queue_over_hotline_p99_ratio"] == 70.0


def test_people_read_the_ratio_and_whether_the_promise_holds() -> None:
    shown = Console(file=StringIO(), width=140)
    shown.print(table(RESULT))
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "× 100" in text
    assert "500 agents, who talk for 40 s on average" in text
    assert "p99 ≤ 50 ms: holds" in text


def test_the_picture_is_well_formed_and_its_bars_are_to_scale() -> None:
    picture = ET.fromstring(draw(RESULT))
    bars = picture.findall("{http://www.w3.org/2000/svg}rect")[1:]
    widths = [float(bar.get("width", "")) for bar in bars]
    assert len(widths) == 8
    assert widths[3] == widths[7] == max(widths)
    assert widths[1] / widths[3] == pytest.approx(400 / 1400, abs=0.01)


def test_stamps_tell_agents_from_callers_and_hotlines_legs_from_app_queues() -> None:
    floor = Floor(frozenset({"agent-1-ab12"}))
    for headers in (
        {"Event": "MusicOnHoldStart", "Channel": "PJSIP/trunk-network-00000001", "Uniqueid": "rig-1.1"},
        {"Event": "MusicOnHoldStart", "Channel": "PJSIP/trunk-network-00000002", "Uniqueid": "rig-1.2"},
        _dial("leg-rig-1.1-1", "", "10.5"),
        _hang_up("leg-rig-1.1-1", "20.0"),
        _dial("rig-1.9", "rig-1.2", "20.004"),
    ):
        read(Message(headers), floor)
    assert [(one.leg, round(one.delay_s, 6)) for one in floor.dispatches] == [("rig-1.9", 0.004)]
    assert floor.waiting == 0


def _dial(leg: str, caller: str, at: str) -> dict[str, str]:
    channel = "PJSIP/agent-1-ab12-00000007"
    dialled = {"Event": "DialBegin", "DestChannel": channel, "DestUniqueid": leg, "Timestamp": at}
    return dialled | ({"Uniqueid": caller, "Channel": "PJSIP/trunk-network-00000002"} if caller else {})


def _hang_up(leg: str, at: str) -> dict[str, str]:
    return {"Event": "Hangup", "Channel": "PJSIP/agent-1-ab12-00000007", "Uniqueid": leg, "Timestamp": at}
