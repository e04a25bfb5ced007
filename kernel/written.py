"""How settings and entries have to be written, each with a plain sentence for what is not.

A validator's error goes on after the setting's name: `edge.address: …`.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
HOST_CHARACTERS_MAX = 253


def matching(pattern: str, wanted: str) -> AfterValidator:
    """Text of this pattern; `wanted` says it to people: `a country in two capital letters, such as CN`."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"this has to be {wanted}")
        return text

    return AfterValidator(check)


def is_address(text: str) -> bool:
    """Whether it is an IP address of either kind."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_host_name(text: str) -> bool:
    """Whether it can be a machine's name in the DNS, of any script; a mistyped address is none."""
    try:
        name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    labels = name.split(".")
    return (
        len(name) <= HOST_CHARACTERS_MAX
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdigit()
    )


def _own_address(text: str) -> str:
    if not (is_address(text) or text == "localhost"):
        raise ValueError(
            "this has to be an IP address of this machine, such as 127.0.0.1, or 0.0.0.0 for all"
        )
    return text


def _host(text: str) -> str:
    if not (is_address(text) or is_host_name(text)):
        raise ValueError("this has to be an IP address or a host name")
    return text


def _timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError("this has to be an IANA time zone, such as Asia/Shanghai") from error
    return name


OwnAddress = Annotated[str, AfterValidator(_own_address)]
"""Where something listens."""
Host = Annotated[str, AfterValidator(_host)]
"""What others reach a machine by."""
Timezone = Annotated[str, AfterValidator(_timezone)]


SKILL_LEVEL_MAX = 10
SkillName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""Of something an agent can do, such as `billing`."""
SkillLevel = Annotated[int, Field(ge=1, le=SKILL_LEVEL_MAX)]
"""How well."""
SKILLS_ASKED_MAX = 20
SkillsAsked = Annotated[dict[SkillName, SkillLevel], Field(max_length=SKILLS_ASKED_MAX)]
"""Of whoever takes a call. It is written at the call, where there is not room for any number."""


def in_plain_words(fault: Mapping[str, Any]) -> str:
    """What pydantic found wrong, without its own way of speaking."""
    if fault["type"] == "string_pattern_mismatch":
        return "it has characters that cannot be here, or is too long"
    said = str(fault["msg"]).removeprefix("Value error, ")
    return said[:1].lower() + said[1:]
