"""Nodes that have something done outside while the caller waits."""

from typing import Literal

from pydantic import Field

from ivr.names import FieldName, Name, VariableName, Way
from ivr.words import Part, Text
from ivr.written import Written

VALUES_MAX = 20
"""Of an errand, in either direction."""


class Lookup(Part):
    """Asks a business system for something, and keeps what it says in variables."""

    type: Literal["lookup"]
    lookup: Name
    """In lookups.yaml."""
    text: Text | None = None
    """Said while the system is asked already."""
    give: dict[FieldName, Written] = Field(default_factory=dict, max_length=VALUES_MAX)
    """What is asked about, by the names of the look-up's parameters."""
    into: dict[VariableName, FieldName] = Field(default_factory=dict, max_length=VALUES_MAX)
    """Variables, each with the field of the answer that it gets; they are not known where there is none."""
    found: Way
    missing: Way | None = None
    """Where callers go when there is no such thing; by itself, as for the next, the flow's first queue."""
    failed: Way | None = None
    """Where callers go when the system does not answer, or answers what cannot be used."""


ErrandNode = Lookup
"""Any of them."""
