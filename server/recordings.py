"""Recordings of calls with all that they need of other parts."""

from agent_ui.board import Board
from agent_ui.hearers import Hearers, hearer_routes
from agent_ui.hearings import Hearings
from agent_ui.recorded import Recorded, recording_routes
from agent_ui.recordings import Recordings
from infra.own_threads import OwnThreads
from infra.web import Route
from server.parts import Foundation, Records, RunningSwitch, Talk
from server.settings import Settings
from telephony.ledger import Ledger
from telephony.pause_store import PauseStore
from telephony.pauses import RecordingPauses


def call_recordings(settings: Settings) -> Recordings:
    """The files of the site."""
    limits = settings.telephony
    threads = OwnThreads(
        "recordings", threads=limits.recordings_threads, work_max_s=limits.recordings_answer_max_s
    )
    return Recordings(folder=settings.places.recordings, threads=threads)


def recording_pauses(foundation: Foundation, switch: RunningSwitch, ledger: Ledger) -> RecordingPauses:
    """Pauses, whose `start` is to be called before the switch connects."""
    return RecordingPauses(
        book=PauseStore(foundation.database),
        switch=switch,
        find=ledger.find,
        bus=foundation.bus,
        clock=foundation.clock,
        tasks=foundation.tasks,
        longest_s=foundation.settings.telephony.recording_pause_max_s,
    )


def routes_of_recordings(foundation: Foundation, talk: Talk, records: Records, board: Board) -> list[Route]:
    """What people hear of calls, and who did; agents see whether they are being recorded."""
    hearings = Hearings(
        records.staff.accounts,
        foundation.clock.monotonic,
        gap_s=foundation.settings.web.recording_replayed_after_s,
    )
    recorded = Recorded(calls=records.calls, hearings=hearings, pauses=talk.pauses, board=board)
    recorded.start(foundation.bus)
    hearers = Hearers(calls=records.calls, trails=records.staff.accounts)
    return [*recording_routes(recorded), *hearer_routes(hearers)]
