"""Callers whom Asterisk hands over: who they are, and the handler that serves them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import structlog

from kernel.ids import CallId
from telephony.asterisk.agi_codec import AgiProtocolError
from telephony.asterisk.agi_server import AgiSession
from telephony.asterisk.audio_socket import AudioSocketServer
from telephony.asterisk.lines import AsteriskLine, HandedOver
from telephony.asterisk.mark_variables import MARK_VARIABLES, to_mark
from telephony.asterisk.status import ARRIVAL_VARIABLES, arrival_of, arrival_time
from telephony.model import Arrival, CallMark
from telephony.port import LineEntry, LineHandler
from telephony.settings import TelephonySettings
from telephony.trunks import NumberRules

_ASKED = (*ARRIVAL_VARIABLES, *MARK_VARIABLES)
_SEPARATOR = "|"
"""Occurs in no value: numbers are filtered by the dialplan, texts are percent-encoded."""

_log = structlog.get_logger(__name__)


class Callers:
    """Turns sessions into lines."""

    def __init__(  # noqa: PLR0913 - one collaborator each
        self,
        settings: TelephonySettings,
        rules: Mapping[str, NumberRules],
        *,
        now: Callable[[], datetime],
        on_caller: Callable[[Arrival], None],
        write_mark: Callable[[CallId, CallMark], Awaitable[None]],
        sounds: AudioSocketServer,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._now = now
        self._on_caller = on_caller
        self._write_mark = write_mark
        self._sounds = sounds
        self._lines: dict[CallId, AsteriskLine] = {}

    def press(self, call: CallId, key: str) -> None:
        """A caller pressed a key; without a line that holds them it means nothing."""
        if line := self._lines.get(call):
            line.press(key)

    async def serve(self, session: AgiSession, handler: LineHandler) -> None:
        """Runs `handler` for one session."""
        line = await self._line(session)
        call = line.arrival.call
        self._on_caller(line.arrival)
        with structlog.contextvars.bound_contextvars(call_id=call):
            # A caller comes back at the moment in which the agent's next phone is to ring.
            (_log.info if line.entry is LineEntry.ARRIVED else _log.debug)(
                "line_taken", entry=line.entry.value
            )
            self._lines[call] = line
            try:
                await handler(line)
            finally:
                if self._lines.get(call) is line:
                    del self._lines[call]

    async def _line(self, session: AgiSession) -> AsteriskLine:
        environment = await session.environment()
        try:
            call, request = CallId(environment["agi_uniqueid"]), environment["agi_request"]
        except KeyError as missing:
            raise AgiProtocolError("a session without a call") from missing
        entry = LineEntry.ARRIVED if request.endswith("/arrived") else LineEntry.NEXT
        variables = await self._variables(session)
        at = self._now() if entry is LineEntry.ARRIVED else arrival_time(call)
        arrival = arrival_of(call, at, environment.get("agi_calleridname", ""), variables, self._rules)
        return AsteriskLine(
            session,
            self._settings,
            handed_over=HandedOver(entry, arrival, to_mark(variables)),
            write_mark=lambda mark: self._write_mark(call, mark),
            sounds=self._sounds,
        )

    async def _variables(self, session: AgiSession) -> dict[str, str]:
        """All that the dialplan knows of the call, in one round trip."""
        reply = await session.command(
            "GET FULL VARIABLE",
            _SEPARATOR.join(f"${{{name}}}" for name in _ASKED),
            timeout_s=self._settings.agi_command_timeout_s,
        )
        values = (reply.value or "").split(_SEPARATOR)
        if len(values) != len(_ASKED):
            raise AgiProtocolError("the dialplan's variables cannot be read")
        return dict(zip(_ASKED, values, strict=True))
