"""The server's side of being kept in reserve: its code is loaded, and nothing is opened before the word.

Loading the code is most of a start. A server that has done so already serves callers again
a fraction of a second after another one was killed.
"""

from typing import BinaryIO

WHEN_TOLD = "--when-told"
"""The argument of a server that waits for a line on its standard input."""


def was_told(words: BinaryIO) -> bool:
    """Waits for the word; False when whoever would give it is gone."""
    return bool(words.readline())
