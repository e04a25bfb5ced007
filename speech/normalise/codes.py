"""Orders, models and parts: letters and figures mixed, in either language."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from speech.normalise.letters import of_code

WRITTEN = r"(?<![A-Za-z0-9])(?<!\d\.)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_MODEL_DIGITS_MAX = 2


@dataclass(frozen=True, slots=True)
class CodeReader:
    """How a language says the parts."""

    number: Callable[[str], str]
    """Of a model's figures, which are a number."""
    digits: Callable[[str], str]
    """One by one."""
    comma: str
    """Where a voice rests."""
    between: str
    """For the dash in a model's name."""

    def read(self, found: re.Match[str]) -> str:
        """Letters one by one; long figures digit by digit, a model's one or two as a number."""
        written = found[0]
        digits = sum(character.isdigit() for character in written)
        if digits in {0, len(written.replace("-", ""))}:
            return written  # a word, or parts of figures
        is_model = digits <= _MODEL_DIGITS_MAX
        said = re.sub(r"[A-Za-z]+|[0-9]+|-", lambda run: self._part(run[0], is_model=is_model), written)
        return re.sub(rf" +{self.comma.strip()}", self.comma.strip(), f" {said} ")

    def _part(self, part: str, *, is_model: bool) -> str:
        if part == "-":
            return self.between if is_model else self.comma
        if part.isalpha():
            return f" {of_code(part)} "
        return f" {self.number(part) if is_model and part[0] != '0' else self.digits(part)} "
