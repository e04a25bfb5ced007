"""Outside lines as data: how they are reached, and how they write numbers."""

import re
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, Self

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from ruamel.yaml import YAML

from kernel.errors import InvalidInput
from kernel.numbers import one_spelling
from kernel.site_yaml import YAML_FAULTS
from kernel.written import in_plain_words

_BETWEEN_DIGITS = re.compile(r"[ ().-]")
_NUMBER = re.compile(r"\+?[0-9 ().-]*")
"""As [arrived] of extensions.conf has it."""
_SAFE_WORD = r"^[A-Za-z0-9._~+-]{1,64}$"


class NumberRules(BaseModel):
    """How a line writes callers' numbers. What a trunk leaves out is the site's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    area_code: str = Field(default="", pattern=r"^0?[0-9]{0,5}$")
    """Put before numbers that arrive without one, such as 010."""

    def read(self, raw: str) -> str:
        """A number as it came from the line: E.164 where it is one, else its digits.

        "" when it is withheld, and for what is no number: digits picked out of a text are somebody else's.
        """
        if not _NUMBER.fullmatch(raw):
            return ""
        return one_spelling(_BETWEEN_DIGITS.sub("", raw), region=self.region, area_code=self.area_code)

    def dialled(self, number: str) -> str:
        """A number in E.164 as it is dialled from this line: as at home, or with the way abroad before it."""
        parsed = phonenumbers.parse(number, self.region)
        written = phonenumbers.format_out_of_country_calling_number(parsed, self.region)
        if parsed.country_code == phonenumbers.country_code_for_region(self.region):
            written = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
        return "".join(filter(str.isdigit, written))


AT_HOME = NumberRules()


class Trunk(BaseModel):
    """One outside line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")
    host: str = Field(pattern=_SAFE_WORD)
    """The provider's or gateway's address; calls to the line go there."""
    port: int = Field(default=5060, ge=1, le=65535)
    """5061 is usual for TLS."""
    transport: Literal["udp", "tls"] = "udp"
    """How we reach it; by TLS its certificate must be for `host`, and `telephony.tls_port` must be set."""
    srtp: bool = False
    """The sound is encrypted too, and calls without that are refused."""
    registers: bool = False
    """We sign in there (with `user` and `password`); otherwise the line is known by its address."""
    user: str | None = Field(default=None, pattern=_SAFE_WORD)
    password: SecretStr | None = None
    accept_from: tuple[IPv4Network | IPv6Network, ...] = ()
    """Addresses whose calls are this line's; `host` alone where empty."""
    codecs: tuple[Literal["alaw", "ulaw", "g722"], ...] = ("alaw", "ulaw")
    dtmf: Literal["rfc4733", "info", "inband", "auto"] = "auto"
    numbers: NumberRules = NumberRules()
    asserts_identity: bool = False
    """Who calls is what the line says in P-Asserted-Identity, where it does, and not what the phone wrote.

    Only for a provider that takes that header out of what its customers send.
    """
    caller_id: str = Field(default="", pattern=r"^\+?[0-9]{0,15}$")
    """The number shown to those whom we call; `hotline trunk test` tells it."""
    channels: int = Field(default=30, ge=1, le=10000)
    """Calls at once; one more is refused."""
    order: int = Field(default=100, ge=0)
    """Lines with a smaller figure are tried first."""
    watched_every_s: int = Field(default=60, ge=5, le=3600)
    """How often the far end is asked whether it is there."""

    @model_validator(mode="after")
    def _registration_is_complete(self) -> Self:
        if self.srtp and self.transport != "tls":
            raise ValueError("srtp needs `transport: tls`: else the keys to the sound go in the clear")
        if self.registers and not (self.user and self.password):
            raise ValueError("a line that registers needs user and password")
        secret = self.password.get_secret_value() if self.password else ""
        if any(letter < " " or letter in ";\x7f" for letter in secret):
            raise ValueError("the password has letters that cannot be written to Asterisk's files")
        return self


class TrunksFileInvalid(InvalidInput):
    """The file of outside lines cannot be used as it is."""

    code = "trunks_invalid"


class _TrunksFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    trunks: tuple[Trunk, ...]


def load_trunks(path: Path) -> tuple[Trunk, ...]:
    """The lines of `trunks.yaml`, in the order in which they are tried."""
    return parse_trunks(path.read_text(encoding="utf-8"), name=str(path))


def parse_trunks(
    text: str, *, name: str = "trunks.yaml", home: NumberRules = AT_HOME, has_tls: bool = True
) -> tuple[Trunk, ...]:
    """As `load_trunks`, of a text that was read already; `home` is how the site writes numbers."""
    try:
        written = YAML(typ="safe").load(text)
    except YAML_FAULTS as wrong:
        raise TrunksFileInvalid(f"{name}: {wrong}") from wrong
    try:
        found = _TrunksFile.model_validate(written)
    except ValidationError as wrong:
        # In our own words, since the library's repeat what was written there, passwords too.
        faults = (f"{'.'.join(map(str, fault['loc']))}: {in_plain_words(fault)}" for fault in wrong.errors())
        raise TrunksFileInvalid(f"{name}: {'; '.join(faults)}") from wrong
    if len({trunk.name for trunk in found.trunks}) < len(found.trunks):
        raise TrunksFileInvalid(f"{name}: two lines have one name")
    if not has_tls and (secret := [trunk.name for trunk in found.trunks if trunk.transport == "tls"]):
        raise TrunksFileInvalid(f"{name}: {', '.join(secret)}: `transport: tls` needs telephony.tls_port")
    trunks = (_with_home(trunk, home) for trunk in found.trunks)
    return tuple(sorted(trunks, key=lambda trunk: (trunk.order, trunk.name)))


def _with_home(trunk: Trunk, home: NumberRules) -> Trunk:
    given = trunk.numbers.model_dump(exclude_unset=True)
    if given.get("region", home.region) != home.region:
        return trunk  # abroad, the site's area code means nothing
    return trunk.model_copy(update={"numbers": home.model_copy(update=given)})
