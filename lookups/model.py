"""Look-ups as `lookups.yaml` declares them."""

from typing import Annotated, Literal, get_args

from pydantic import Field

from kernel.site_yaml import Strict

FieldType = Literal["text", "number", "money", "date", "time", "phone", "digits", "yes_no"]
"""As variables of flows have them."""
FIELD_TYPES: tuple[FieldType, ...] = get_args(FieldType)
FIELDS_MAX = 20

Word = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
SecretName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,79}$")]
"""Of an environment variable, or of a file in the folder of secrets."""


class _Source(Strict):
    """What all look-ups have."""

    params: dict[Word, FieldType] = Field(default_factory=dict, max_length=FIELDS_MAX)
    """What it is asked by."""
    timeout_s: float = Field(default=3.0, gt=0, le=10)


class HttpField(Strict):
    """One value of an answer in JSON."""

    type: FieldType
    at: str = Field(default="", pattern=r"^[^.\s]+(\.[^.\s]+)*$|^$", max_length=200)
    """Where it stands: names and places in lists with dots between; by itself under its own name."""


class HttpSource(_Source):
    """A question by GET, answered in JSON; 404, 204, null or an empty list: there is no such thing."""

    kind: Literal["http"]
    url: str = Field(default="", max_length=2000)
    """With `{name}` for each parameter, behind the host; they are escaped."""
    address_from: SecretName | None = None
    """The secret that holds what `url` begins with: `http://host:port`."""
    token_from: SecretName | None = None
    """The secret that is sent as a bearer token."""
    bytes_max: int = Field(default=65_536, ge=1, le=1_000_000)
    """A longer answer is none."""
    fields: dict[Word, HttpField] = Field(min_length=1, max_length=FIELDS_MAX)


class SqlSource(_Source):
    """A SELECT with `:name` for each parameter; the first row is the answer."""

    kind: Literal["sql"]
    database_from: SecretName
    """The secret that holds its address: postgresql://… or sqlite:///…"""
    query: str = Field(min_length=1, max_length=5000)
    fields: dict[Word, FieldType] = Field(min_length=1, max_length=FIELDS_MAX)
    """Columns of the answer."""


Source = HttpSource | SqlSource
