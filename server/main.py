"""The server process: starts its parts in order, watches those it cannot live without, stops in order.

It is started by the supervisor, which restarts it when it ends and ends it when its loop hangs.
Calls outlive it: the switch keeps them, and the next server adopts them.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack

import structlog
import uvloop

from agent_ui.app import build_app
from agent_ui.listening import listening
from infra.bus import LocalBus
from infra.collector import spare_what_is_loaded
from infra.database import Database
from infra.logging import configure_logging
from infra.migrations import migrate
from infra.tasks import Tasks
from kernel.clock import Clock, SystemClock
from kernel.errors import HotlineError
from kernel.events import Event
from server.errands import site_lookups
from server.first_day import FirstDay
from server.heartbeat import beat
from server.installation import breaks_at_start, breaks_file
from server.parts import Foundation, Hotline, RunningSwitch
from server.reserve import WHEN_TOLD, was_told
from server.retention import recording_retention
from server.settings import Settings, WrongSettings, load_settings
from server.wiring import asterisk_switch, build
from speech.voices import Voices
from speech.vosk import VoskRecogniser

log = structlog.get_logger(__name__)

MakeSwitch = Callable[[Foundation], RunningSwitch]

PRIORITY = 1
"""The least of the real-time ones; Asterisk's is 10."""
WEB_STOP_S = 2.0
"""How long running requests may take to end; calls do not wait for them."""


async def serve(
    settings: Settings,
    *,
    make_switch: MakeSwitch = asterisk_switch,
    started: asyncio.Event | None = None,
    clock: Clock | None = None,
) -> None:
    """Runs the server until it is cancelled; raises when a part ends that it cannot live without.

    `make_switch` can give another switch than Asterisk, `clock` another than the machine's; `started` is set
    when the web is open.
    """
    settings.places.make()
    await migrate(settings.database_url)
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        synthesiser = _voices(settings)
        recogniser = VoskRecogniser(settings.speech.recognition)
        await stack.enter_async_context(synthesiser)
        await stack.enter_async_context(recogniser)
        tasks = Tasks()
        stack.push_async_callback(tasks.close)
        foundation = Foundation(
            settings=settings,
            clock=clock or SystemClock(),
            tasks=tasks,
            bus=LocalBus(tasks),
            database=database,
            synthesiser=synthesiser,
            recogniser=recogniser,
            lookups=await stack.enter_async_context(site_lookups(settings)),
        )
        hotline = build(foundation, make_switch(foundation))
        stack.callback(hotline.records.staff.passwords.close)
        first_day = FirstDay(
            places=settings.places,
            accounts=hotline.records.staff.accounts,
            customers=hotline.records.customers,
            journal=hotline.talk.journal,
        )
        await first_day.prepare()
        vital = await _take_calls(hotline)
        await _open_web(hotline, stack)
        _start_the_rest(hotline, first_day)
        spare_what_is_loaded()
        log.info("server ready", port=settings.web.port)
        if started:
            started.set()
        await _until_one_ends(vital)


def _voices(settings: Settings) -> Voices:
    prompts = settings.places.cache / "prompts"
    return Voices(settings.speech.synthesis, prompts, settings.speech.sounds)


async def _take_calls(hotline: Hotline) -> list[asyncio.Task[None]]:
    """What callers need, before all else: they may have been waiting since the last server was killed.

    Everything listens before the switch connects, so that its snapshot reaches everybody.
    """
    foundation, talk, desk = hotline.foundation, hotline.talk, hotline.desk
    tasks, bus = foundation.tasks, foundation.bus
    tasks.spawn(beat(), name="heartbeat")
    # Who listens first is told first: a free agent's next call waits for nobody's bookkeeping.
    breaks = breaks_file(foundation.settings)
    await talk.routing.start(talk.queues.at_start(), breaks_at_start(foundation.settings, breaks))
    tasks.spawn(talk.routing.following.breaks(breaks.changed), name="breaks of the site")
    hotline.metrics.follow(bus)
    await talk.ledger.start()
    await talk.pauses.start()
    ledger = tasks.spawn(talk.ledger.run(), name="ledger")
    routing = tasks.spawn(talk.routing.run(), name="routing")
    bus.subscribe(Event, desk.desk_phones.on_event)
    bus.subscribe(Event, desk.phones.on_event)
    desk.projections.start(bus)
    hotline.records.transcripts.listen()
    hotline.records.flows.visits.follow(bus)
    await desk.desk_phones.start()
    await desk.phones.start()
    handler = hotline.metrics.counted(hotline.lines.handle)
    switch = tasks.spawn(talk.switch.run(handler), name="switch")
    lines = tasks.spawn(hotline.lines.run(), name="lines")
    calendars = talk.routing.following.calendars(hotline.lines.closed_calendars)
    return [ledger, routing, switch, lines, tasks.spawn(calendars, name="opening hours")]


async def _open_web(hotline: Hotline, stack: AsyncExitStack) -> None:
    settings = hotline.foundation.settings.web
    app = build_app(hotline.desk.web)
    await stack.enter_async_context(listening(app, settings.host, settings.port, stop_s=WEB_STOP_S))


def _start_the_rest(hotline: Hotline, first_day: FirstDay) -> None:
    tasks, records = hotline.foundation.tasks, hotline.records
    tasks.spawn(hotline.metrics.watch_loop(), name="loop lag")
    records.jobs.start(tasks)
    records.transcripts.start()
    # Beside the start, since large models take minutes to load; a bad one is named in the log at once.
    tasks.spawn(records.speech_models.keep(), name="speech models")
    tasks.spawn(records.inbox.keep_importing(), name="voicemail")
    records.ratings.start(tasks)
    records.deadlines.start(tasks)
    records.surveys.start(tasks)
    retention = recording_retention(hotline.foundation, hotline.talk, records)
    tasks.spawn(retention.run(), name="old recordings")
    tasks.spawn(records.attachments.keep_tidy(), name="attachments")
    tasks.spawn(records.learned.keep_learning(), name="types of tickets")
    tasks.spawn(records.staff.sessions.keep_tidy(), name="old sessions")
    tasks.spawn(hotline.desk.phone_review.run(), name="phone review")
    tasks.spawn(hotline.talk.routing.following.profiles(hotline.talk.journal.profiles), name="agents' queues")
    tasks.spawn(hotline.talk.routing.following.queues(hotline.talk.queues.changed), name="queues of the site")
    regions_every_s = hotline.foundation.settings.customers.regions_every_s
    tasks.spawn(records.homes.prepare(), name="areas of numbers")
    tasks.spawn(records.homes.regions.follow(regions_every_s), name="regions of the site")
    records.flows.start(tasks)
    tasks.spawn(first_day.forget_changed(), name="first sign-ins")


async def _until_one_ends(vital: list[asyncio.Task[None]]) -> None:
    """A server without one of these is worse than a fresh start, which takes a second."""
    ended, _ = await asyncio.wait(vital, return_when=asyncio.FIRST_COMPLETED)
    names = ", ".join(task.get_name() for task in ended)
    raise RuntimeError(f"ended unexpectedly: {names}")


async def _serve_until_told(settings: Settings) -> None:
    serving = asyncio.create_task(serve(settings), name="server")
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    try:
        await serving
    except asyncio.CancelledError:
        log.info("server stopped")


def go_before_other_programs() -> None:
    """Where the system lets it, the loop comes next after Asterisk, so that no call waits for other programs.

    What is started from here, threads and workers, has no hurry and is like every other program.
    """
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(PRIORITY))


def main() -> int:
    """Entry point of the process."""
    # Before the settings are read: they are to be those of the moment when this server begins.
    if WHEN_TOLD in sys.argv and not was_told(sys.stdin.buffer):
        return 0
    try:
        settings = load_settings()
    except WrongSettings as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(level=settings.log_level)
    go_before_other_programs()
    try:
        uvloop.run(_serve_until_told(settings))
    except HotlineError as error:
        log.error("server failed", reason=str(error))  # noqa: TRY400 - its words say all
        return 1
    except Exception:  # the last word of a process that dies; its supervisor starts the next
        log.exception("server failed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
