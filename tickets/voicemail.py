"""Turns each message in the spool into one ticket, and its recording into words.

The steps: the recording is moved to where it stays; ticket, message and the job for its transcript
are written in one transaction; the entry in the spool is deleted. Each step is harmless when it was
done before, and the entry is the last to go, so a crash between any two only means that the rest is
done at the next look. A message is known by its call and the time it was left.
"""

import asyncio
from dataclasses import dataclass, field

import structlog
from pydantic import ValidationError

from infra.jobs import Job
from kernel.clock import Clock
from kernel.ids import CallId, TicketId
from tickets.engine import DEFAULT_PRIORITY
from tickets.model import Matter, Message, State, TicketType, TranscriptState
from tickets.ports import Transcriber
from tickets.service import Tickets
from tickets.spool import Spool
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
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def import_now(self, call: CallId) -> None:
        """Imports the message of this call; harmless when that is done, or there is none."""
        async with self._one_at_a_time:
            await self._import(call)

    async def sweep(self) -> None:
        """Imports what nobody announced: messages taken while Hotline was away."""
        quiet_s = self.tickets.settings.message_quiet_s
        for call in await asyncio.to_thread(self.spool.calls):
            if await asyncio.to_thread(self.spool.is_quiet, call, self.clock.now(), quiet_s):
                try:
                    await self.import_now(call)
                except Exception:
                    log.exception("message not imported, tried again at the next look", call_id=call)

    async def keep_sweeping(self) -> None:
        """Looks through the spool at once and then every so often."""
        while True:
            await self.sweep()
            await asyncio.sleep(self.tickets.settings.sweep_s)

    async def _import(self, call: CallId) -> None:
        try:
            message = await asyncio.to_thread(self.spool.read, call)
        except ValidationError:
            log.exception("entry in the spool put aside, because it is unreadable", call_id=call)
            return
        if message is None:
            return
        if message.seconds >= self.tickets.settings.message_s_min:
            await asyncio.to_thread(self.spool.keep, message)
            await self._make_ticket(message)
        else:
            log.info("message too short to be one", call_id=call, seconds=message.seconds)
        await asyncio.to_thread(self.spool.forget, call)

    async def _make_ticket(self, message: Message) -> None:
        tickets = self.tickets
        if await tickets.store.has_message(message.call, message.left_at):
            return
        matter = Matter(
            type=TicketType.CALLBACK,
            priority=DEFAULT_PRIORITY[TicketType.CALLBACK],
            state=State.PENDING_ASSIGNMENT,
            title=_title(message),
            customer=await tickets.near.customers.with_number(message.caller_number),
        )
        number = await tickets.next_number()
        made = await tickets.store.create_from_message(
            NewTicket(
                number=number,
                matter=matter,
                by=None,
                at=self.clock.now(),
                call=message.call,
                message=message,
            )
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
            await self._write(ticket, text, TranscriptState.NONE if text is None else TranscriptState.DONE)

    async def _write(self, ticket: TicketId, text: str | None, state: TranscriptState) -> None:
        await self.tickets.store.write_transcript(ticket, text, state, self.clock.now())


def _title(message: Message) -> str:
    language = "en" if message.language.startswith("en") else "zh"
    return TITLES[language].format(number=message.caller_number or UNKNOWN_NUMBERS[language])
