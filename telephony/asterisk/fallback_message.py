"""Takes a message from a caller whom nobody could serve, while Hotline's server is dead.

Asterisk runs this script by itself (`[message]` in extensions.conf). It needs nothing of Hotline:
prompts were rendered ahead, and the message lands in the spool that the server imports later.
Arguments: the spool's folder, the prompts' folder, the longest message in seconds.
"""

import io
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from asterisk.agi import AGI, AGIAppError, AGIHangup

LANGUAGES = ("zh", "en")
SILENCE_S = 5
MIN_S = 1
WAV_HEADER_BYTES = 44
BYTES_PER_SECOND = 16_000


def take_message(agi: AGI, spool: Path, prompts: Path, max_s: int) -> None:
    """Says what to do, records, and leaves the message in the spool."""
    call = agi.env["agi_uniqueid"]
    # A caller without words for us is of no use later, so who it is gets written first.
    about = spool / f"{call}.json"
    recording = spool / f"{call}.wav"
    language = _variable(agi, "HL_LANG").partition("-")[0]
    _write(
        about,
        {
            "call": call,
            "from": _variable(agi, "HL_FROM"),
            "to": _variable(agi, "HL_TO"),
            "at": datetime.now(UTC).isoformat(),
            "language": language,
        },
    )
    try:
        for prompt in _prompts(prompts, language):
            agi.stream_file(f'"{prompt.with_suffix("")}"')
        agi.execute(
            "RECORD FILE",
            f'"{recording.with_suffix("")}"',
            "wav",
            '"#"',
            max_s * 1000,
            "0",
            "BEEP",
            f"s={SILENCE_S}",
        )
    except (AGIAppError, AGIHangup):
        pass  # hung up: what was said until then is the message
    finally:
        _drop_empty(about, recording)


def _variable(agi: AGI, name: str) -> str:
    value = agi.get_variable(name)
    return value if isinstance(value, str) else ""


def _prompts(folder: Path, language: str) -> list[Path]:
    """The prompt in the caller's language; in all of them where it is not known."""
    languages = (language,) if language in LANGUAGES else LANGUAGES
    files = [folder / name / "message.wav" for name in languages]
    return [file for file in files if file.exists()]


def _drop_empty(about: Path, recording: Path) -> None:
    size = recording.stat().st_size if recording.exists() else 0
    if size - WAV_HEADER_BYTES < MIN_S * BYTES_PER_SECOND:
        recording.unlink(missing_ok=True)
        about.unlink(missing_ok=True)


def _write(file: Path, about: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(".json.part")
    part.write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")
    part.replace(file)


def main() -> None:
    """Speaks AGI on the standard streams."""
    spool, prompts, max_s = sys.argv[1:]
    # A caller's name may hold any bytes; and pyst2 reports every line on the error stream.
    stdin = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape")
    with Path(os.devnull).open("w", encoding="utf-8", errors="replace") as nowhere:
        agi = AGI(stdin=stdin, stdout=sys.stdout, stderr=nowhere)
        take_message(agi, Path(spool), Path(prompts), int(max_s))


if __name__ == "__main__":
    main()
