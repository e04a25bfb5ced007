"""Addresses of mail and pages, said sign by sign where they are not words."""

import re
from collections.abc import Callable, Mapping

from speech.normalise.letters import of_address
from speech.normalise.rules import Rule, rule

_TOP = (
    "com|cn|net|org|gov|edu|io|info|top|vip|xyz|shop|site|online|app|dev|cc|tv|me|co|uk|hk|tw|jp|de|eu|asia|"
    "biz"
)
_HOST = r"(?:[A-Za-z0-9-]+\.)+"
_PATH = r"(?:/(?:[A-Za-z0-9._\-/?\#=&%+~]*[A-Za-z0-9/])?)?"
_PORT = r"(?::\d{1,5}(?!\d))?"
_MAIL = rf"(?<![\w.%+-])(?:mailto:)?[A-Za-z0-9._%+-]+@{_HOST}[A-Za-z]{{2,}}"
_PAGE = rf"(?:https?|ftp|sip)://(?:[A-Za-z0-9-]+\.)*[A-Za-z0-9-]+{_PORT}{_PATH}"
_BARE = rf"(?<![\w.@%+-]){_HOST}(?:{_TOP})(?![A-Za-z0-9-]){_PORT}{_PATH}"
_PARTS = re.compile(r"[A-Za-z]+|[0-9]+|[^A-Za-z0-9]")


def address_rule(signs: Mapping[str, str], spell: Callable[[str], str]) -> Rule:
    """`signs` names what stands between words, `spell` says digits."""

    def part(written: str) -> str:
        if written.isdigit():
            return spell(written)
        return of_address(written) if written.isalpha() else signs.get(written, "")

    def say(found: re.Match[str]) -> str:
        written = re.sub(r"^(?:https?://|mailto:)", "", found[0], flags=re.IGNORECASE)
        return " " + " ".join(part(each) for each in _PARTS.findall(written.rstrip("/"))) + " "

    return rule(rf"{_MAIL}|{_PAGE}|{_BARE}", say, ignore_case=True)
