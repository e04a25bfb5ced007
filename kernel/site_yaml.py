"""Site files that people edit, read so that every mistake can be named with its line."""

from io import StringIO
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from kernel.errors import SiteFileInvalid

YAML_FAULTS = (YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What comes of text that is not YAML: beside its own errors the parser lets a few of its inner ones out."""
KEY = r"^[a-z][a-z0-9_-]{0,39}$"


class Strict(BaseModel):
    """What is written in such a file: nothing that nobody knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Key(Strict):
    """By what others name an entry."""

    key: str = Field(pattern=KEY)


class Name(Strict):
    """For people, in both languages."""

    zh: str = Field(min_length=1, max_length=40)
    en: str = Field(min_length=1, max_length=40)


class _DatesAsWritten(RoundTripConstructor):
    """Whoever uses a date reads it, and knows where it stands if there is no such day."""


_DatesAsWritten.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


def document_of(text: str, name: str, refused: type[SiteFileInvalid]) -> Any:
    """The file's content, whose nodes know their lines."""
    yaml = YAML(typ="rt")
    yaml.Constructor = _DatesAsWritten
    try:
        return yaml.load(StringIO(text))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise refused(name, line, f"not YAML: {error.problem}", is_yaml=False) from error
    except YAML_FAULTS as error:
        raise refused(name, 1, f"not YAML: {error}", is_yaml=False) from error


def line_of(node: Any, place: tuple[Any, ...]) -> int:
    """The line of the deepest part of a place that is written in the file."""
    line = 1
    for part in place:
        if isinstance(node, dict) and part in node:
            line = node.lc.key(part)[0] + 1  # type: ignore[attr-defined]  # ruamel's nodes know their lines
        elif isinstance(node, list) and isinstance(part, int):
            line = node.lc.item(part)[0] + 1  # type: ignore[attr-defined]
        else:
            break
        node = node[part]
    return line
