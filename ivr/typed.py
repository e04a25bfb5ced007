"""What callers type, as the values of variables."""

from collections.abc import Callable, Mapping

from ivr.model import FlowHead
from ivr.names import Variable, VariableType
from ivr.nodes import ENDING_IN_X, CheckDigit, Collect
from ivr.spoken import value_of
from kernel.check_digits import is_luhn, is_mod11_2, is_mod11_10, is_resident_id

TYPED: Mapping[VariableType, Callable[[str], str]] = {
    "text": str,
    "digits": str,
    "phone": str,
    "number": str,
    "date": lambda digits: f"{digits[:4]}-{digits[4:6]}-{digits[6:]}",
    "time": lambda digits: f"{digits:0>2}:00" if len(digits) < 3 else f"{digits[:-2]:0>2}:{digits[-2:]}",
}
"""How values are typed: a date as 20261123, a time as 0930, a full hour as 9 or 12. Other types cannot be."""
_CHECKS: Mapping[CheckDigit, Callable[[str], bool]] = {
    "luhn": is_luhn,
    "mod11_2": is_mod11_2,
    "mod11_10": is_mod11_10,
    "resident_id": is_resident_id,
}


def understood(digits: str, node: Collect, head: FlowHead) -> Variable | None:
    """The variable with what was typed; None where that is not what the node asks for.

    The star stands for the X in which a number may end by some rules.
    """
    signs = digits.replace("*", "X") if node.check in ENDING_IN_X else digits
    variable = head.variables.get(node.into)
    if variable is None or variable.type not in TYPED or "*" in signs:
        return None
    if not node.min_digits <= len(signs) <= node.max_digits:
        return None
    if node.check is not None and not _CHECKS[node.check](signs):
        return None
    typed = Variable(type=variable.type, value=TYPED[variable.type](signs))
    return typed if value_of(typed) is not None else None
