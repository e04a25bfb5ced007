"""Recordings that a flow names: there, and playable, in the language in which they are said."""

import re
from collections.abc import Mapping
from typing import Any

from ivr.spoken import placeholders
from ivr.wording import Findings, recordings_named
from ivr.words import RECORDING_PATTERN, Language

_NAME = re.compile(RECORDING_PATTERN)

RecordingKey = tuple[Language, str]
"""A recording's language and name."""


def check_recordings(
    raw: Mapping[str, Any], known: Mapping[RecordingKey, str] | None, findings: Findings
) -> None:
    """Notes recordings that are not there or cannot be played, where it is known which there are."""
    for path, language, name, words in recordings_named(raw):
        if not _NAME.fullmatch(name):
            continue  # Its spelling is told already.
        if varying := placeholders(words):
            message = f"a recording says the same to everyone; say {{{varying[0]}}} as a part of its own"
            findings.add("unspeakable_prompt", (*path, "words"), message)
        fault = known.get((language, name)) if known is not None else ""
        if fault is None:
            others = ", ".join(sorted(one for voice, one in known or () if voice == language)) or "none"
            message = (
                f"there is no recording {name!r} in {language!r} (there: {others});"
                f" add it with ./hotline ivr recording add FILE --name {name} --lang {language}"
            )
            findings.add("missing_recording", (*path, "recording"), message)
        elif fault:
            message = f"the recording {name!r} in {language!r} {fault}; add it anew from its source"
            findings.add("bad_recording", (*path, "recording"), message)
