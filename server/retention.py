"""The keeping of recordings with all that it needs of other parts."""

from collections.abc import Sequence
from itertools import groupby

from acd.service import Routing
from kernel.ids import QueueId
from server.parts import Foundation, Records, Talk
from telephony.removed_store import RemovedStore
from telephony.retention import Retention, Term


def recording_retention(foundation: Foundation, talk: Talk, records: Records) -> Retention:
    """What removes old recordings; `run` it in the background."""
    settings = foundation.settings.telephony
    recordings = records.calls.recordings
    return Retention(
        book=RemovedStore(foundation.database, talk.book),
        folder=recordings.folder,
        threads=recordings.threads,
        forget=(records.transcripts.spoken.store.forget, records.ratings.ratings.store.forget_comments),
        is_held=records.tickets.store.needs_call,
        terms=lambda: terms_of(talk.routing, settings.recordings_kept_days),
        trail=records.staff.accounts,
        clock=foundation.clock,
        every_s=settings.retention_every_s,
    )


def terms_of(routing: Routing, site_days: int) -> Sequence[Term]:
    """How long recordings are kept by the queues of now, and by the site for all others."""
    keys = [figures.queue for figures in routing.overview().queues]
    found = [(rules.recordings_kept_days, key) for key in keys if (rules := routing.rules_of(key))]
    own: list[tuple[int, QueueId]] = sorted((days, key) for days, key in found if days is not None)
    terms = [
        Term(days=days, queues=frozenset(key for _, key in group))
        for days, group in groupby(own, key=lambda one: one[0])
        if days
    ]
    others = Term(days=site_days, queues=frozenset(key for _, key in own), is_for_others=True)
    return [*terms, others] if site_days else terms
