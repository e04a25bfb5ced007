"""The small language of conditions in flows and workflows: `caller_level == "vip" and amount > 1000`.

Python's own parser reads it, and nothing of Python runs it: of what was read only a few forms are known here,
each with its types. No expression raises, loops, or grows a value without bound; one that cannot be worked
out has no value.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from kernel.errors import WrongExpression
from kernel.functions import FUNCTIONS, Kind, NoValue, Value, is_sayable

CHARS_MAX = 300
PARTS_MAX = 100
TEXT_MAX = 200
"""Longest text that can come out."""
NUMBER_MAX = Decimal(10) ** 15

_COMPARE: Mapping[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_COUNT: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_TRUTHS = {"true": True, "false": False}
_SUMS: Mapping[tuple[type[ast.operator], Kind, Kind], Kind] = {
    (ast.Add, "text", "text"): "text",
    (ast.Add, "date", "number"): "date",
    (ast.Sub, "date", "number"): "date",
    (ast.Sub, "date", "date"): "number",
    **{(sign, "number", "number"): "number" for sign in _COUNT},
}
_FORMS: tuple[type[ast.AST], ...] = (
    *(ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.BinOp),
    *(ast.Compare, ast.In, ast.NotIn, ast.Call, ast.Name, ast.Load, ast.Constant, ast.List),
)
_ALLOWED: tuple[type[ast.AST], ...] = (*_FORMS, *tuple(_COUNT), *tuple(_COMPARE))


@dataclass(frozen=True, slots=True)
class Expression:
    """One that is well formed."""

    written: str
    _tree: ast.expr

    @property
    def names(self) -> frozenset[str]:
        """The variables in it."""
        return frozenset(_names(self._tree))

    def kind(self, kinds: Mapping[str, Kind]) -> Kind:
        """What comes out, of variables of these kinds. Raises `WrongExpression` where they do not fit."""
        return _kind(self._tree, kinds)

    def value(self, values: Mapping[str, Value]) -> Value | None:
        """What comes out; None where that cannot be said, as of a variable that nobody knows yet."""
        try:
            return _bounded(_value(self._tree, values))
        except (NoValue, ArithmeticError, ValueError, TypeError, KeyError):
            return None


@lru_cache(maxsize=1024)
def parse_expression(text: str) -> Expression:
    """Raises `WrongExpression` for what is none."""
    if len(text) > CHARS_MAX:
        raise WrongExpression(f"it is longer than {CHARS_MAX} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # What it would advise programmers of Python.
            tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise WrongExpression(f"it cannot be read: {getattr(error, 'msg', None) or error}") from error
    parts = list(ast.walk(tree))
    if len(parts) > PARTS_MAX:
        raise WrongExpression(f"it has more than {PARTS_MAX} parts; write several smaller ones")
    for part in parts:
        _check_form(part)
    return Expression(text, tree.body)


def _check_form(part: ast.AST) -> None:
    if not isinstance(part, _ALLOWED):
        raise WrongExpression(f"{type(part).__name__} is not part of this language")
    if isinstance(part, ast.Constant) and not isinstance(part.value, str | int | float):
        raise WrongExpression(f"{part.value!r} is no value of this language")
    if isinstance(part, ast.Call):
        if not isinstance(part.func, ast.Name) or part.func.id not in (*FUNCTIONS, "known"):
            raise WrongExpression(f"functions are: known, {', '.join(FUNCTIONS)}")
        if part.keywords:
            raise WrongExpression("functions take values without names")


def _names(tree: ast.expr) -> Iterator[str]:
    functions = {id(part.func) for part in ast.walk(tree) if isinstance(part, ast.Call)}
    for part in ast.walk(tree):
        if isinstance(part, ast.Name) and id(part) not in functions and part.id not in _TRUTHS:
            yield part.id


def _kind(tree: ast.expr, kinds: Mapping[str, Kind]) -> Kind:  # noqa: C901, PLR0911 - one case for each form
    match tree:
        case ast.Constant(value=value):
            return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
        case ast.Name(id=name):
            return "truth" if name in _TRUTHS else kinds[name]
        case ast.BoolOp(values=parts):
            return _all_of("truth", parts, kinds, "and, or")
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return _all_of("truth", [part], kinds, "not")
        case ast.UnaryOp(operand=part):
            return _all_of("number", [part], kinds, "-")
        case ast.BinOp(left=left, op=sign, right=right):
            return _kind_of_sum(_kind(left, kinds), type(sign), _kind(right, kinds))
        case ast.Compare():
            return _kind_of_comparison(tree, kinds)
        case ast.Call(func=ast.Name(id="known"), args=args):
            if len(args) != 1 or not isinstance(args[0], ast.Name):
                raise WrongExpression("known() takes the name of one variable")
            return "truth"
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name].kind([_kind(part, kinds) for part in args])
        case _:
            raise WrongExpression("a list stands behind in, and nowhere else")


def _all_of(wanted: Kind, parts: list[ast.expr], kinds: Mapping[str, Kind], sign: str) -> Kind:
    for part in parts:
        if (found := _kind(part, kinds)) != wanted:
            raise WrongExpression(f"{sign} takes a {wanted}, and {ast.unparse(part)} is a {found}")
    return wanted


def _kind_of_sum(left: Kind, sign: type[ast.operator], right: Kind) -> Kind:
    kind = _SUMS.get((sign, left, right))
    if kind is None:
        raise WrongExpression(f"a {left} and a {right} cannot be put together so")
    return kind


def _kind_of_comparison(tree: ast.Compare, kinds: Mapping[str, Kind]) -> Kind:
    left = _kind(tree.left, kinds)
    for sign, part in zip(tree.ops, tree.comparators, strict=True):
        if isinstance(sign, ast.In | ast.NotIn) and isinstance(part, ast.List):
            _all_of(left, part.elts, kinds, f"in after a {left}")
            right = left
        else:
            right = _kind(part, kinds)
        is_ordered = isinstance(sign, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
        is_within = isinstance(sign, ast.In | ast.NotIn) and not isinstance(part, ast.List)
        if left != right or (is_ordered and left == "truth") or (is_within and left != "text"):
            raise WrongExpression(f"a {left} and a {right} cannot be compared so: {ast.unparse(tree)}")
        left = right
    return "truth"


def _value(tree: ast.expr, values: Mapping[str, Value]) -> Value:  # noqa: C901, PLR0911 - as above
    match tree:
        case ast.Constant(value=bool() | str() as value):
            return value
        case ast.Constant(value=value):
            return Decimal(str(value))
        case ast.Name(id=name):
            return _TRUTHS[name] if name in _TRUTHS else values[name]
        case ast.BoolOp(op=sign, values=parts):
            is_or = isinstance(sign, ast.Or)
            return is_or if any(_truth(part, values) is is_or for part in parts) else not is_or
        case ast.UnaryOp(op=ast.Not(), operand=part):
            return not _truth(part, values)
        case ast.UnaryOp(operand=part):
            return -_number(_value(part, values))
        case ast.BinOp(left=left, op=sign, right=right):
            return _bounded(_sum(_value(left, values), type(sign), _value(right, values)))
        case ast.Compare():
            return _compare(tree, values)
        case ast.Call(func=ast.Name(id="known"), args=[ast.Name(id=name)]):
            return name in values
        case ast.Call(func=ast.Name(id=name), args=args):
            return _bounded(FUNCTIONS[name].call([_value(part, values) for part in args]))
        case _:
            raise NoValue


def _truth(tree: ast.expr, values: Mapping[str, Value]) -> bool:
    value = _value(tree, values)
    if not isinstance(value, bool):
        raise NoValue
    return value


def _number(value: Value) -> Decimal:
    if not isinstance(value, Decimal):
        raise NoValue
    return value


def _sum(left: Value, sign: type[ast.operator], right: Value) -> Value:
    match left, right:
        case str(), str():
            return left + right
        case date(), date():
            return Decimal((left - right).days)
        case date(), Decimal():
            days = timedelta(days=int(right))
            return left + days if sign is ast.Add else left - days
        case _:
            return _COUNT[sign](_number(left), _number(right))


def _compare(tree: ast.Compare, values: Mapping[str, Value]) -> bool:
    left = _value(tree.left, values)
    for sign, part in zip(tree.ops, tree.comparators, strict=True):
        if isinstance(sign, ast.In | ast.NotIn):
            if _is_within(left, part, values) is isinstance(sign, ast.NotIn):
                return False
            continue
        right = _value(part, values)
        if not _COMPARE[type(sign)](left, right):
            return False
        left = right
    return True


def _is_within(left: Value, part: ast.expr, values: Mapping[str, Value]) -> bool:
    if isinstance(part, ast.List):
        return left in [_value(one, values) for one in part.elts]
    around = _value(part, values)
    if not isinstance(left, str) or not isinstance(around, str):
        raise NoValue
    return left in around


def _bounded(value: Value) -> Value:
    if isinstance(value, str) and len(value) > TEXT_MAX:
        raise NoValue
    if isinstance(value, Decimal) and (not is_sayable(value) or abs(value) > NUMBER_MAX):
        raise NoValue
    return value
