"""What is wrong with a site file: collected, with lines, in words that say how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kernel.yaml_lines import Document, Path

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One error in a site file. `line` counts from 1; `node` is "" outside of nodes."""

    file: str
    line: int
    code: str
    node: str
    message: str


class Findings:
    """Collects the problems of one file."""

    parts: ClassVar[str] = "nodes"
    """The field below which the file's named parts stand."""
    targets: ClassVar[frozenset[str]] = frozenset()
    """Fields that name such a part."""
    where_to: ClassVar[str] = "what comes next"
    """What is to be written where such a name is missing."""

    def __init__(self, file: str, document: Document) -> None:
        self._file = file
        self._document = document
        self._noted: dict[tuple[str, Path], Problem] = {}
        for path, line in document.repeated:
            message = f"{path[-1]!r} stands here a second time; only one of the two can count"
            self._note("duplicate_key", path, line, message)

    @property
    def problems(self) -> list[Problem]:
        """All that was found, in the order of the file."""
        return sorted(self._noted.values())

    def add(self, code: str, path: Path, message: str) -> None:
        """Notes a problem with the part at `path`; of the same one, what was said first stays."""
        self._note(code, path, self._document.line(path), message)

    def valid(self, model: type[M], data: Any, at: Path) -> M | None:
        """What is written at a place, or None and what is wrong with it."""
        try:
            return model.model_validate(data)
        except ValidationError as error:
            self.add_invalid(error, at)
            return None

    def add_invalid(self, error: ValidationError, at: Path) -> None:
        """Notes what a model refused, in the words of the file."""
        found: dict[tuple[str, Path], list[ErrorDetails]] = {}
        for detail in error.errors(include_url=False):
            if detail["type"] in _TOO_FEW and not _is_empty(detail):
                continue  # A list whose parts are all wrong: they are told one by one.
            path = self._as_written((*at, *detail["loc"]), is_missing=detail["type"] == "missing")
            found.setdefault((self._code_of(detail, path), path), []).append(detail)
        for (code, path), details in found.items():
            self.add(code, path, self._message_of(details, path))

    def _note(self, code: str, path: Path, line: int, message: str) -> None:
        node = str(path[1]) if len(path) > 1 and path[0] == self.parts else ""
        self._noted.setdefault(
            (code, path), Problem(file=self._file, line=line, code=code, node=node, message=message)
        )

    def _as_written(self, path: Path, *, is_missing: bool) -> Path:
        """Where that stands in the file, which knows nothing of keys, alternatives and parts of a model."""
        *around, last = path
        written: Path = ()
        for step in around if is_missing else path:
            if (*written, step) in self._document.lines:
                written = (*written, step)
        return (*written, last) if is_missing else written

    def _code_of(self, detail: ErrorDetails, path: Path) -> str:
        if detail["type"] == "missing":
            return self._code_if_missing(str(path[-1]) if path else "")
        if detail["type"] == "extra_forbidden":
            return "unknown_field"
        if detail["type"] == "bad_expression":
            return "bad_expression"
        return self._code_if_empty(path) if _is_empty(detail) else "wrong_type"

    def _code_if_missing(self, field: str) -> str:
        return "missing_target" if field in self.targets else "missing_field"

    def _code_if_empty(self, path: Path) -> str:
        return self._code_if_missing(str(path[-1]) if path else "")

    def _wanted(self, path: Path) -> str:
        return self.where_to if path and path[-1] in self.targets else "at least one value"

    def _message_of(self, details: list[ErrorDetails], path: Path) -> str:
        detail, last = details[0], path[-1] if path else "this"
        last = f"part {last + 1}" if isinstance(last, int) else last
        if detail["type"] == "missing":
            return f"{last!r} is missing here; add it"
        if detail["type"] == "extra_forbidden":
            return f"{last!r} is not a field of this part; check its spelling or take it out"
        if _is_empty(detail):
            return f"{last!r} is empty; write {self._wanted(path)}"
        reasons = dict.fromkeys(map(_reason, details))
        return f"{last!r} cannot be {detail['input']!r:.60}: {', or: '.join(reasons)}"


_TOO_FEW = frozenset({"string_too_short", "too_short"})


def _is_empty(detail: ErrorDetails) -> bool:
    """Whether nothing is written where something must be."""
    written = detail["input"]
    return written is None or written in ([], (), {}) or (isinstance(written, str) and not written.strip())


_REASONS: Mapping[str, str] = {
    "string_type": "write a word",
    "tuple_type": "write a list: [..., ...]",
    "list_type": "write a list: [..., ...]",
    "dict_type": "write fields, each with a name, a colon and a value",
    "model_type": "write fields, each with a name, a colon and a value",
    "string_too_long": "it is too long; make it shorter, or two of it",
}
_PATTERNS: Mapping[str, str] = {
    "^[a-z][a-z0-9_-]{0,29}$": "a name has at most 30 small letters, figures, - and _, a letter first",
    "^[0-9*#]$": "a key is one of 0-9, * and #, in quotes",
    "^[A-Za-z][A-Za-z0-9_-]{0,39}$": "a name has at most 40 letters (A-Z), figures, - and _, a letter first",
    "^[a-z][a-z0-9_-]{0,39}$": "a name has at most 40 small letters, figures, - and _, a letter first",
    "^[a-z][a-z0-9_]{0,39}$": "a variable's name has at most 40 small letters, figures and _, a letter first",
}


def _reason(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    known = _PATTERNS.get(str(context.get("pattern", ""))) or _REASONS.get(detail["type"])
    return known or detail["msg"].removeprefix("Value error, ")
