"""Takes a message from a caller whom nobody could serve, while Hotline's server is dead.

Asterisk runs this script by itself (`[message]` in extensions.conf). It asks nothing of Hotline:
prompts were rendered ahead, and the message lands in the spool that the server imports later.
Arguments: the spool's folder, the prompts' folder, the longest and the shortest message in seconds.
The dialplan's argument is the phase in which the call came here.
"""

import io
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from asterisk.agi import AGI, AGIAppError, AGIHangup

from kernel.ids import CallId
from telephony.model import Phase
from telephony.spool import About, Spool
from telephony.spool_folder import SpoolFolder

LANGUAGES = ("zh", "en")
SILENCE_S = 5


@dataclass(frozen=True, slots=True)
class MessageTaker:
    """Where it finds its words, and leaves the caller's."""

    spool: Spool
    prompts: Path
    max_s: int

    def serve(self, agi: AGI) -> None:
        """Says what to do and records; or only thanks, if the server died after the message."""
        call = CallId(agi.env["agi_uniqueid"])
        language = _variable(agi, "HL_LANG").partition("-")[0]
        if agi.env.get("agi_arg_1") == Phase.VOICEMAIL and self.spool.was_spoken(call):
            self._say(agi, "thanks", language)
            return
        self._say(agi, "message", language)
        about = About(
            caller_number=_variable(agi, "HL_FROM"), dialled=_variable(agi, "HL_TO"), language=language
        )
        part = self.spool.begin(call, about, datetime.now(UTC))
        to = f'"{self.spool.recording(part).with_suffix("")}"'
        agi.execute("RECORD FILE", to, "wav", '"#"', self.max_s * 1000, "0", "BEEP", f"s={SILENCE_S}")

    def _say(self, agi: AGI, name: str, language: str) -> None:
        """In the caller's language; in all of them where it is not known."""
        for spoken in (language,) if language in LANGUAGES else LANGUAGES:
            file = self.prompts / spoken / f"{name}.wav"
            if not file.exists():
                continue
            try:
                agi.stream_file(f'"{file.with_suffix("")}"')
            except AGIHangup:
                raise
            except AGIAppError:
                pass  # a prompt that cannot be played must not cost the message


def _variable(agi: AGI, name: str) -> str:
    value = agi.get_variable(name)
    return value if isinstance(value, str) else ""


def main() -> None:
    """Speaks AGI on the standard streams."""
    spool, prompts, max_s, min_s = sys.argv[1:]
    # A caller's name may hold any bytes; and pyst2 reports every line on the error stream.
    stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape")
    with Path(os.devnull).open("w", encoding="utf-8", errors="replace") as nowhere:
        agi = AGI(stdin=stdin, stdout=sys.stdout, stderr=nowhere)
        taker = MessageTaker(SpoolFolder(Path(spool), min_s=float(min_s)), Path(prompts), int(max_s))
        with suppress(AGIAppError, AGIHangup):  # hung up: what was said until then is the message
            taker.serve(agi)


if __name__ == "__main__":
    main()
