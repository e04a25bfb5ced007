"""Values that are made many times for each call."""

import dataclasses
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

ValueT = TypeVar("ValueT")
FieldsT = ParamSpec("FieldsT")


def made_often(value: type[ValueT]) -> type[ValueT]:
    """Makes the values of a frozen dataclass in a third of the time.

    A frozen dataclass writes each field by a call that goes around its own guard; for routing that was
    a third of all work. Here the fields are written as in any class. That nobody changes them later is
    then for mypy alone to see, which still takes the class for the frozen dataclass that it is.
    """
    fields = [(one.name, one.type, _as_declared(one)) for one in dataclasses.fields(value)]  # type: ignore[arg-type]
    by_keyword = all(one.kw_only for one in dataclasses.fields(value))  # type: ignore[arg-type]
    plain = dataclasses.make_dataclass(value.__name__, fields, kw_only=by_keyword)
    value.__init__ = plain.__init__  # type: ignore[misc, method-assign]
    del value.__setattr__, value.__delattr__
    return value


def _as_declared(one: dataclasses.Field[Any]) -> Any:
    if one.default_factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=one.default_factory)
    return dataclasses.field(default=one.default)


def maker(value: Callable[FieldsT, ValueT]) -> Callable[FieldsT, ValueT]:
    """A function that is called like this dataclass, by keywords, and makes its values in half the time.

    What is handed to a class by keywords goes through a dictionary; a function finds it in its place. For
    values of many fields that a turn of routing makes, this counts. None may have a `default_factory`. That
    all are handed over by keywords is for mypy alone to see.
    """
    fields = dataclasses.fields(cast("Any", value))
    # Defaults of what is keyword-only are looked up one by one: those fields come last, and are not.
    optional = [one for one in fields if one.default is not dataclasses.MISSING]
    takes = ", ".join(one.name for one in (*(one for one in fields if one not in optional), *optional))
    writes = "\n    ".join(f"made.{one.name} = {one.name}" for one in fields)
    source = f"def make({takes}):\n    made = new(value)\n    {writes}\n    return made"
    scope: dict[str, Any] = {"new": object.__new__, "value": value}
    exec(source, scope)  # noqa: S102 - as `dataclasses` does; the fields' names are all that goes in
    scope["make"].__defaults__ = tuple(one.default for one in optional)
    return cast("Callable[FieldsT, ValueT]", scope["make"])
