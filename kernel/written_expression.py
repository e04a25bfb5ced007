"""Expressions as fields of a site file."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from kernel.errors import WrongExpression
from kernel.expression import CHARS_MAX, parse_expression


def readable(written: Any) -> str:
    """Also a bare number, `true` or `false`, which YAML does not take for text."""
    text = str(written).lower() if isinstance(written, bool) else str(written)
    try:
        parse_expression(text)
    except WrongExpression as error:
        raise PydanticCustomError("bad_expression", "{reason}", {"reason": str(error)}) from error
    return text


Written = Annotated[
    str, Field(max_length=CHARS_MAX), BeforeValidator(readable, json_schema_input_type=str | float | bool)
]
"""An expression, as it is written."""
