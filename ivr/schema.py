"""The shape of a flow's file for editors and scripts, and a sample of one."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from ivr.model import FlowHead
from ivr.names import Name
from ivr.nodes import Node

EXAMPLE = Path(__file__).parent / "example.yaml"


class FlowFile(FlowHead):
    """A voice menu."""

    nodes: dict[Name, Annotated[Node, Field(discriminator="type")]] = Field(min_length=1)


def flow_schema() -> dict[str, Any]:
    """The JSON schema of a flow's file as it is written; what only the check can see is not in it."""
    return FlowFile.model_json_schema()


def example_flow() -> str:
    """A commented flow with every type of node."""
    return EXAMPLE.read_text(encoding="utf-8")
