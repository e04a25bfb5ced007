"""Words that espeak-ng says otherwise than they are meant."""

import re

_LETTER_A = re.compile(
    r"(?<![A-Za-z])A(?= (?:[B-Z](?![A-Za-z])|(?:zero|one|two|three|four|five|six|seven|eight|nine)\b(?!-)))"
    r"|(?<=\b[B-Z] )A(?= [A-Za-z])"
)


def spelled_for_espeak(text: str) -> str:
    """The letter A of a name such as `A P P`, which would be taken for the article."""
    return _LETTER_A.sub("eigh", text)
