"""Recordings of calls with all that they need of other parts."""

from agent_ui.recordings import Recordings
from infra.own_threads import OwnThreads
from server.settings import Settings


def call_recordings(settings: Settings) -> Recordings:
    """The files of the site."""
    limits = settings.telephony
    threads = OwnThreads(
        "recordings", threads=limits.recordings_threads, work_max_s=limits.recordings_answer_max_s
    )
    return Recordings(folder=settings.places.recordings, threads=threads)
