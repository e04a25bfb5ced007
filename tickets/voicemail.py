"""Turns the messages in the spool into tickets, one for each call, and their recordings into words.

The steps for each part of a message: its sound is written to where it stays, behind what the caller
has said before; ticket, message and the job for its transcript are written in one transaction; the
part in the spool is forgotten. Each step is harmless when it was done before, and the part is whole
until the last, so a crash between any two only means that the rest is done at the next look.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from infra.jobs import Job
from kernel.clock import Clock
from kernel.ids import TicketId
from telephony.spool import Part, Spool
from tickets.engine import DEFAULT_PRIORITY, differences
from tickets.errors import StaleVersion
from tickets.model import (
    Channel,
    HistoryLine,
    Matter,
    Message,
    State,
    TicketType,
    TranscriptState,
    Voicemail,
)
from tickets.ports import Transcriber
from tickets.reading.filling import filled
from tickets.reading.model import Finding
from tickets.recording import read_recording, write_recording
from tickets.service import Tickets
from tickets.store import NewTicket

log = structlog.get_logger(__name__)

TITLES = {"zh": "语音留言：{number}", "en": "Voicemail from {number}"}
UNKNOWN_NUMBERS = {"zh": "未知号码", "en": "an unknown number"}


@dataclass(frozen=True, slots=True)
class Importer:
    """The one way from the spool to tickets."""

    tickets: Tickets
    spool: Spool
    clock: Clock
    _announced: asyncio.Queue[Part] = field(default_factory=asyncio.Queue)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    def import_soon(self, part: Part) -> None:
        """A part of a message is finished. Never raises or waits: until the import the spool keeps it."""
        self._announced.put_nowait(part)

    async def keep_importing(self) -> None:
        """Imports what is announced, and looks through the spool at once and then every so often."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_sweeping())
            while True:
                await self._try(await self._announced.get())

    async def sweep(self) -> None:
        """Imports what nobody announced: messages taken while Hotline was away."""
        quiet_s = self.tickets.settings.message_quiet_s
        for part in await asyncio.to_thread(self.spool.parts):
            if await asyncio.to_thread(self.spool.is_quiet, part, self.clock.now(), quiet_s):
                await self._try(part)

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("spool not looked through, tried again at the next look")
            await asyncio.sleep(self.tickets.settings.sweep_s)

    async def _try(self, part: Part) -> None:
        try:
            await self.import_now(part)
        except Exception:
            log.exception("message not imported, tried again at the next look", call_id=part.call)

    async def import_now(self, part: Part) -> None:
        """Imports a part that is finished; harmless when that is done."""
        async with self._one_at_a_time:
            if not await asyncio.to_thread(self.spool.is_message, part):
                log.info("message too short to be one", call_id=part.call)
            elif not await self.tickets.store.has_part(part.name):
                await self._import(part)
            await asyncio.to_thread(self.spool.forget, part)

    async def _import(self, part: Part) -> None:
        earlier = await self.tickets.store.message_of(part.call)
        message = await asyncio.to_thread(self._keep, part, earlier)
        if earlier is None:
            await self._make_ticket(message)
        else:
            await self.tickets.store.extend_message(earlier.ticket, message, self.clock.now())
            shorter = self.tickets.recordings / earlier.message.path
            await asyncio.to_thread(shorter.unlink, missing_ok=True)

    def _keep(self, part: Part, earlier: Voicemail | None) -> Message:
        recordings, path = self.tickets.recordings, f"{part.begun_at:%Y/%m/%d}/{part.name}-message.wav"
        said = [read_recording(recordings / earlier.message.path)] if earlier else []
        about = self.spool.about(part)
        return Message(
            call=part.call,
            left_at=part.begun_at,
            caller_number=about.caller_number,
            dialled=about.dialled,
            language=about.language,
            path=path,
            seconds=write_recording(recordings / path, [*said, self.spool.sound(part)]),
            part=part.name,
        )

    async def _make_ticket(self, message: Message) -> None:
        tickets = self.tickets
        matter = Matter(
            type=TicketType.CALLBACK,
            priority=DEFAULT_PRIORITY[TicketType.CALLBACK],
            state=State.PENDING_ASSIGNMENT,
            title=_title(message),
            channel=Channel.VOICEMAIL,
            customer=await tickets.near.customers.who_calls(message.call, message.caller_number),
        )
        number = await tickets.next_number()
        made = await tickets.store.create_from_message(
            NewTicket(number=number, matter=matter, by=None, at=self.clock.now()), message
        )
        if made is not None:
            log.info("message became a ticket", call_id=message.call, ticket=made.number)


@dataclass(frozen=True, slots=True)
class Transcription:
    """The job that writes a message's words into its ticket. Without words the recording stays."""

    tickets: Tickets
    transcriber: Transcriber
    clock: Clock

    async def run(self, job: Job) -> None:
        """Handles one job; run twice, it writes the same again."""
        ticket = TicketId(job.payload["ticket"])
        details = await self.tickets.store.get(ticket)
        if details.voicemail is None:
            return
        if job.attempt > self.tickets.settings.transcription_attempts_max:
            # The earlier tries took their worker with them.
            await self._write(ticket, None, TranscriptState.FAILED)
            return
        message = details.voicemail.message
        try:
            text = await self.transcriber.transcribe(self.tickets.recordings / message.path, message.language)
        except Exception:
            if job.attempt < self.tickets.settings.transcription_attempts_max:
                raise
            log.exception("message cannot be transcribed", ticket=details.ticket.number)
            await self._write(ticket, None, TranscriptState.FAILED)
        else:
            if text is None:
                await self._write(ticket, None, TranscriptState.NONE)
            else:
                findings = await self.tickets.reader.read(text, message.left_at)
                await self._write(ticket, text, TranscriptState.DONE, findings)
                await self._fill(ticket)

    async def _fill(self, ticket: TicketId) -> None:
        """The ticket gets what its message says; one that a person has changed stays as it is."""
        details = await self.tickets.store.get(ticket)
        if any(line.by is not None for line in await self.tickets.store.history_of(ticket)):
            return
        known, now = details.ticket, self.clock.now()
        least = self.tickets.settings.filled_confidence_min
        matter = filled(known.matter, details.findings, confidence_min=least)
        lines = [HistoryLine(at=now, by=None, change=change) for change in differences(known.matter, matter)]
        if lines:
            # Where a person was quicker, theirs stays.
            with suppress(StaleVersion):
                await self.tickets.store.change(replace(known, matter=matter), lines, at=now, link=None)

    async def _write(
        self,
        ticket: TicketId,
        text: str | None,
        state: TranscriptState,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        await self.tickets.store.write_transcript(ticket, text, state, self.clock.now(), findings=findings)


def _title(message: Message) -> str:
    language = "en" if message.language.startswith("en") else "zh"
    return TITLES[language].format(number=message.caller_number or UNKNOWN_NUMBERS[language])
