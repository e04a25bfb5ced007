"""A caller's whole way through the example company's line."""

import asyncio
import shutil
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.events import MenuAnswered
from ivr.settings import IvrSettings
from kernel.briefs import Words
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import CallMark, Outcome, Phase
from telephony.port import LineEntry
from telephony.spool import About, Part
from telephony.spool_folder import SpoolFolder
from tests.unit.ivr.scripted import EXAMPLE, SUNDAY, Office, ScriptedLine, arrival, never, vip

WORKSHOP = "02180009002"
"""A number of the example with office hours."""
SPEAKING = CallMark(phase=Phase.VOICEMAIL, flow="workshop", node="after_hours", language="zh")


async def test_pressing_2_leads_to_complaints_with_the_customer_level(office: Office) -> None:
    office.customer = vip()
    line = ScriptedLine(keys=["2"])
    await office.service().handle(line)
    (request,) = office.requests
    assert (request.queue, request.level, request.language) == (
        "complaints",
        "vip",
        "zh",
    )
    assert line.did[-1] == "hold"
    assert office.said[0] == "您好，欢迎致电海蓝电器。"
    assert "录音" in office.said[-1]
    assert office.outcomes == []


async def test_marks_tell_a_successor_where_the_caller_stands(office: Office) -> None:
    line = ScriptedLine(keys=["1"])
    await office.service().handle(line)
    assert [(mark.phase, mark.node, mark.queue) for mark in line.marks] == [
        (Phase.MENU, "menu", None),
        (Phase.MENU, "sales", None),
        (Phase.WAITING, "sales", "sales"),
    ]
    # Before routing has given the call its place, a successor must not put it ahead of everyone.
    assert line.marks[-1].key_ms == int(line.arrival.at.timestamp() * 1000)


async def test_key_9_goes_on_in_english(office: Office) -> None:
    line = ScriptedLine(keys=["9", "3"])
    await office.service().handle(line)
    assert office.requests[0].language == "en"
    assert office.said[-1].startswith("To improve our service")


async def test_a_part_in_another_language_is_said_by_its_own_voice(office: Office) -> None:
    await office.service().handle(ScriptedLine(keys=["1"]))
    assert office.voices["For English, press 9."] == "en"
    assert office.voices["售前咨询请按1，投诉请按2，技术支持请按3，自助查询请按4，人工服务请按0。"] == "zh"


async def test_choice_is_told_for_the_agents_screen(office: Office) -> None:
    await office.service().handle(ScriptedLine(keys=["2"]))
    (event,) = [event for event in office.published if isinstance(event, MenuAnswered)]
    assert (event.key, event.said) == ("2", (Words(zh="投诉", en="Complaints"),))
    assert office.choices == [*event.said]


async def test_three_wrong_inputs_lead_to_a_person(office: Office) -> None:
    await office.service().handle(ScriptedLine(keys=["7", None, "8"]))
    assert office.requests[0].queue == "sales"


@pytest.mark.parametrize(
    ("dialled", "customers_own", "expected"), [("02180009001", "", "en"), ("02180009001", "zh", "zh")]
)
async def test_language_is_the_customers_before_the_numbers(
    office: Office, dialled: str, customers_own: str, expected: str
) -> None:
    known = vip()
    office.customer = type(known)(name=known.name, level=known.level, language=customers_own)
    await office.service().handle(ScriptedLine(keys=["1"], came=arrival(dialled=dialled)))
    assert office.requests[0].language == expected


async def test_slow_lookup_never_loses_the_call(office: Office) -> None:
    office.lookup = never
    await office.service(settings=IvrSettings(lookup_timeout_s=0.01)).handle(ScriptedLine(keys=["1"]))
    assert office.requests[0].level == "normal"


async def test_failing_lookup_never_loses_the_call(office: Office) -> None:
    async def explode() -> None:
        raise RuntimeError("no database")

    office.lookup = explode
    await office.service().handle(ScriptedLine(keys=["1"]))
    assert office.requests[0].queue == "sales"


async def test_failing_speech_engine_lets_the_call_go_on(office: Office) -> None:
    office.speech_fails = True
    await office.service().handle(ScriptedLine(keys=["2"]))
    assert office.requests[0].queue == "complaints"


async def test_failing_queue_leaves_the_caller_to_the_switchs_own(office: Office) -> None:
    office.queue_fails = True
    line = ScriptedLine(keys=["2"])
    await office.service().handle(line)
    assert "hang_up" not in line.did
    assert line.marks[-1].phase is Phase.WAITING
    assert office.outcomes == []


async def test_message_out_of_hours_is_kept_with_its_circumstances(office: Office) -> None:
    office.now = SUNDAY
    line = ScriptedLine(came=arrival(dialled=WORKSHOP))
    await office.service().handle(line)
    (part,) = office.imported
    assert (part.call, part.begun_at) == ("hl-1", SUNDAY)
    assert set(office.outcomes) == {Outcome.VOICEMAIL}
    assert line.marks[-1].decided is Outcome.VOICEMAIL
    assert office.spool.about(part) == About(caller_number="+8613812345678", dialled=WORKSHOP, language="zh")
    assert "beep" in line.heard
    assert "留言已收到" in office.said[-1]
    assert line.did[-1] == "hang_up"


async def test_who_would_leave_a_message_that_nothing_can_hold_is_led_to_a_person(
    office: Office, tmp_path: Path
) -> None:
    office.now = SUNDAY
    (tmp_path / "spool").touch()  # where the folder should be
    line = ScriptedLine(came=arrival(dialled=WORKSHOP))
    await office.service().handle(line)
    assert [request.queue for request in office.requests] == ["technical"]
    assert (line.did[-1], office.outcomes, "record" in line.did) == ("hold", [], False)


@pytest.mark.parametrize("mark", [None, SPEAKING])
async def test_who_would_leave_a_message_in_a_folder_that_hangs_is_led_to_a_person(
    tmp_path: Path, mark: CallMark | None
) -> None:
    disk_is_back = threading.Event()

    class HangingSpool(SpoolFolder):
        @override
        def begin(self, call: CallId, about: About, now: datetime, *, room_for_s: float = 0) -> Part:
            disk_is_back.wait(10)
            return super().begin(call, about, now, room_for_s=room_for_s)

        @override
        def parts(self) -> list[Part]:
            disk_is_back.wait(10)
            return super().parts()

    class HangingOffice(Office):
        @property
        @override
        def spool(self) -> SpoolFolder:
            return HangingSpool(self.tmp_path / "spool", min_s=1.0)

    office = HangingOffice(tmp_path, now=SUNDAY, spool_answer_max_s=0.05)
    entry = LineEntry.NEXT if mark else LineEntry.ARRIVED
    line = ScriptedLine(came=arrival(dialled=WORKSHOP), entry=entry, mark=mark)
    async with asyncio.timeout(5):
        await office.service().handle(line)
    disk_is_back.set()
    assert [request.queue for request in office.requests] == ["technical"]
    assert (line.did[-1], office.outcomes) == ("hold", [])


async def test_message_of_a_caller_who_hangs_up_at_its_end_is_kept(office: Office) -> None:
    office.now = SUNDAY
    line = ScriptedLine(came=arrival(dialled=WORKSHOP))
    line.ends_message_by_hanging_up = True
    await office.service().handle(line)
    assert (office.imported, office.outcomes) == (office.spool.parts(), [Outcome.VOICEMAIL])


@pytest.mark.parametrize(("hangs_up", "outcomes"), [(True, []), (False, [Outcome.SELF_SERVED])])
async def test_who_says_nothing_after_the_tone_leaves_no_message(
    office: Office, *, hangs_up: bool, outcomes: list[Outcome]
) -> None:
    office.now = SUNDAY
    line = ScriptedLine(came=arrival(dialled=WORKSHOP))
    line.ends_message_by_hanging_up = hangs_up
    line.message_s = 0.2
    await office.service().handle(line)
    assert (office.imported, office.outcomes) == ([], outcomes)
    assert not any("留言已收到" in said for said in office.said)


async def test_caller_is_brought_back_to_the_menu_node(office: Office) -> None:
    mark = CallMark(phase=Phase.MENU, flow="main", node="menu", language="en")
    line = ScriptedLine(keys=["2"], entry=LineEntry.NEXT, mark=mark)
    await office.service().handle(line)
    assert "answer" not in line.did
    assert office.said[0].startswith("For sales, press 1.")
    assert office.requests[0].language == "en"


async def test_caller_whose_node_is_gone_starts_over(office: Office) -> None:
    mark = CallMark(phase=Phase.MENU, flow="main", node="old_menu", language="zh")
    await office.service().handle(ScriptedLine(keys=["2"], entry=LineEntry.NEXT, mark=mark))
    assert office.said[0] == "您好，欢迎致电海蓝电器。"


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.PARKED])
async def test_waiting_caller_keeps_the_place(office: Office, phase: Phase) -> None:
    mark = CallMark(
        phase=phase, queue=QueueId("sales"), key_ms=5, sequence=9, sticky_agent=AgentId(3), language="en"
    )
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    await office.service().handle(line)
    assert office.requests[0].mark == mark
    assert line.did == ["hold"]


@pytest.mark.parametrize("queue", [None, QueueId("closed-last-week")])
async def test_who_waited_in_no_queue_of_the_site_is_led_through_the_numbers_flow(
    office: Office, queue: QueueId | None
) -> None:
    office.queues_gone = frozenset({"closed-last-week"})
    mark = CallMark(phase=Phase.WAITING, flow="gone", node="gone", queue=queue, language="en")
    line = ScriptedLine(keys=["2"], entry=LineEntry.NEXT, mark=mark)
    await office.service().handle(line)
    assert office.said[0].startswith("Welcome to Hailan")
    assert [(request.queue, request.language) for request in office.requests] == [("complaints", "en")]
    assert line.did[-1] == "hold"


async def test_caller_whose_agents_leg_was_lost_is_held(office: Office) -> None:
    office.after = "hold"
    line = ScriptedLine(entry=LineEntry.NEXT, mark=CallMark(phase=Phase.TALKING))
    await office.service().handle(line)
    assert line.did == ["hold"]


async def test_caller_whose_agent_hung_up_while_sending_them_to_a_flow_goes_there(office: Office) -> None:
    office.after = "flow"
    mark = CallMark(phase=Phase.TALKING, flow="main", node="menu", language="en")
    line = ScriptedLine(keys=["2"], entry=LineEntry.NEXT, mark=mark)
    await office.service().handle(line)
    assert office.said[0].startswith("For sales")
    assert [request.queue for request in office.requests] == ["complaints"]


async def test_caller_who_talked_was_served_though_the_server_heard_nothing_of_it(office: Office) -> None:
    line = ScriptedLine(entry=LineEntry.NEXT, mark=CallMark(phase=Phase.TALKING))
    await office.service().handle(line)
    assert office.outcomes == [Outcome.SERVED]
    assert line.marks[-1].decided is Outcome.SERVED


@pytest.mark.parametrize("phase", [Phase.TALKING, Phase.SERVED, Phase.VOICEMAIL])
async def test_caller_who_is_done_hears_goodbye_in_their_language(office: Office, phase: Phase) -> None:
    line = ScriptedLine(entry=LineEntry.NEXT, mark=CallMark(phase=phase, language="en"))
    await office.service().handle(line)
    assert office.said[0].endswith("oodbye.")
    assert line.did[-1] == "hang_up"
    assert line.marks[-1].phase is Phase.SERVED


@pytest.mark.parametrize(("recorded_s", "is_kept"), [(3.0, True), (0.1, False)])
async def test_message_cut_by_a_restart_counts_or_is_asked_for_again(
    office: Office, recorded_s: float, *, is_kept: bool
) -> None:
    office.now = SUNDAY
    cut = office.spool.begin(CallId("hl-1"), About(), SUNDAY - timedelta(seconds=20))
    office.spool.recording(cut).write_bytes(bytes(44) + b"\x01\x02" * round(recorded_s * 8000))
    line = ScriptedLine(entry=LineEntry.NEXT, mark=SPEAKING)
    await office.service().handle(line)
    assert ("record" in line.did) is not is_kept
    assert [part.begun_at for part in office.imported] == [cut.begun_at if is_kept else SUNDAY]
    # Whatever there was is still there: nothing is recorded over it.
    assert office.spool.recording(cut).stat().st_size == 44 + round(recorded_s * 16000)


@pytest.mark.parametrize("is_in_a_ticket", [True, False])
async def test_after_a_message_cut_by_a_restart_the_flow_goes_on(
    office: Office, tmp_path: Path, *, is_in_a_ticket: bool
) -> None:
    office.now, site = SUNDAY, tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    workshop = site / "flows" / "workshop.yaml"
    with workshop.open("a", encoding="utf-8") as file:
        file.write("    next: more\n\n  more:\n    type: queue\n    queue: technical\n")
    if not is_in_a_ticket:
        cut = office.spool.begin(CallId("hl-1"), About(), SUNDAY - timedelta(seconds=20))
        office.spool.recording(cut).write_bytes(bytes(44) + b"\x01\x02" * 24000)
    line = ScriptedLine(entry=LineEntry.NEXT, mark=SPEAKING)
    await office.service(site).handle(line)
    assert "record" not in line.did
    assert [said[:8] for said in office.said] == ["您的留言已收到，"]
    assert [(mark.phase, mark.node) for mark in line.marks] == [
        (Phase.MENU, "more"),
        (Phase.WAITING, "more"),
    ]
    assert (line.did[-1], office.outcomes) == ("hold", [Outcome.VOICEMAIL])


async def test_a_successor_that_dies_too_asks_for_no_message_again(office: Office) -> None:
    line = ScriptedLine(entry=LineEntry.NEXT, mark=SPEAKING)
    await office.service().handle(line)
    assert [mark.phase for mark in line.marks] == [Phase.SERVED]


async def test_who_is_found_marked_without_a_recording_has_it_in_a_ticket(office: Office) -> None:
    line = ScriptedLine(entry=LineEntry.NEXT, mark=SPEAKING)
    await office.service().handle(line)
    assert "record" not in line.did
    assert set(office.outcomes) == {Outcome.VOICEMAIL}


@pytest.mark.parametrize("steps", range(12))
async def test_wherever_the_server_dies_under_a_message_it_is_spoken_once(office: Office, steps: int) -> None:
    office.now = SUNDAY
    died = ScriptedLine(came=arrival(dialled=WORKSHOP), steps_left=steps)
    await office.service().handle(died)
    office.now += timedelta(seconds=3)
    entry = LineEntry.NEXT if died.marks else LineEntry.ARRIVED
    line = ScriptedLine(came=died.arrival, entry=entry, mark=died.mark)
    await office.service().handle(line)
    assert [*died.did, *line.did].count("record") == 1
    assert {part for part in office.spool.parts() if office.spool.is_message(part)} == set(office.imported)
    assert office.imported


async def test_prompts_are_rendered_ahead_and_for_the_switch_alone(office: Office) -> None:
    office.awaited = "Our office is closed"
    running = asyncio.create_task(office.service().run())
    async with asyncio.timeout(5):
        await office.was_said.wait()
    running.cancel()
    await asyncio.wait([running])
    fallback = (office.tmp_path / "fallback" / "zh" / "message.wav").read_text(encoding="utf-8")
    assert "请在提示音后留言" in fallback
    assert "您好，欢迎致电海蓝电器。" in office.said


async def test_a_disk_that_takes_no_prompts_for_the_switch_ends_nothing(office: Office) -> None:
    (office.tmp_path / "fallback").touch()  # where the folder should be
    office.awaited = "您好，欢迎致电"
    running = asyncio.create_task(office.service().run())
    async with asyncio.timeout(5):
        await asyncio.wait(
            [running, asyncio.create_task(office.was_said.wait())], return_when=asyncio.FIRST_COMPLETED
        )
    assert not running.done()
    running.cancel()
    await asyncio.wait([running])


def _site_without_default(tmp_path: Path) -> Path:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    (site / "numbers.yaml").write_text('numbers:\n  "1": {flow: main}\n', encoding="utf-8")
    return site


async def test_unknown_number_is_turned_away_politely(office: Office, tmp_path: Path) -> None:
    line = ScriptedLine(came=arrival(dialled="999"))
    await office.service(_site_without_default(tmp_path)).handle(line)
    assert office.outcomes == [Outcome.REJECTED]
    assert [(mark.phase, mark.decided) for mark in line.marks] == [(Phase.SERVED, Outcome.REJECTED)]
    assert office.said == ["对不起，您拨打的号码暂未开通服务，再见。"]
    assert line.did[-1] == "hang_up"


@pytest.mark.parametrize("steps", range(14))
@pytest.mark.parametrize("is_open", [True, False])
async def test_caller_may_hang_up_anywhere(office: Office, steps: int, *, is_open: bool) -> None:
    office.now = office.now if is_open else SUNDAY
    line = ScriptedLine(keys=[None, "9", "7", "2"], steps_left=steps)
    await office.service().handle(line)
    assert len(line.did) <= steps
    assert Outcome.FAILED not in office.outcomes
