"""Names and values, as the YAML of voice menus spells them."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr, StringConstraints

from ivr.words import Part
from kernel.functions import Kind

NAME_CHARACTERS_MAX = 40
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,39}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""Of a flow, node, queue or calendar. It travels through the switch, so it stays plain."""


class Leads:
    """Marks fields that name another node."""


Way = Annotated[Name, Leads()]
"""The node to which a caller goes on."""
VariableName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""As texts name it: `{its_name}`."""
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Of what an errand is given, or brings back."""
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
VariableType = Literal["text", "number", "money", "date", "time", "phone", "digits", "yes_no"]
KINDS: Mapping[VariableType, Kind] = {
    "text": "text",
    "number": "number",
    "money": "number",
    "date": "date",
    "time": "time",
    "phone": "text",
    "digits": "text",
    "yes_no": "truth",
}
"""What expressions take variables of each type for."""

BUILT_IN_VARIABLES: Mapping[str, VariableType] = {
    "caller_number": "phone",
    "caller_name": "text",
    "caller_level": "text",
    "dialled": "phone",
    "language": "text",
    "matter": "text",
    "region": "text",
    "left_at": "text",
    "today": "date",
    "now": "time",
}
"""Variables that every flow has, with how they are read."""


class Variable(Part):
    """A value with the way it is read out; prompts name it as `{its_name}`."""

    type: VariableType
    value: StrictBool | StrictStr | StrictInt | StrictFloat | None = None
    """Nothing where it is not known before the call."""


Matter = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""What a call is about; queues give some matters a boost."""
BoostWritten = Annotated[float, Field(gt=0, le=86_400)] | Literal["strict"]
"""Seconds of waiting that a caller is credited with, or a place before all others."""
RegionName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
"""One of the site's regions."""
