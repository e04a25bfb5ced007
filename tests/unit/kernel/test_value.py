from dataclasses import FrozenInstanceError, asdict, dataclass, field, replace

import pytest

from kernel.value import made_often, maker


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    at: int


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Made(Base):
    name: str
    count: int = 3
    parts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded(Base):
    name: str


def test_a_value_made_often_is_what_the_dataclass_would_be() -> None:
    made = Made(at=1, name="a")
    assert (made.count, made.parts) == (3, [])
    assert made.parts is not Made(at=1, name="a").parts
    assert made == Made(at=1, name="a", count=3) != replace(made, count=4)
    assert asdict(made) == {"at": 1, "name": "a", "count": 3, "parts": []}
    assert not hasattr(made, "__dict__")


def test_a_field_without_default_has_to_be_given_by_name() -> None:
    with pytest.raises(TypeError, match="name"):
        Made(at=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Made(1, "a")  # type: ignore[misc]


def test_what_comes_of_one_keeps_its_own_guard() -> None:
    guarded = Guarded(at=1, name="a")
    assert hash(guarded) == hash(Guarded(at=1, name="a"))
    with pytest.raises(FrozenInstanceError):
        guarded.name = "b"  # type: ignore[misc]


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Base):
    name: str
    count: int = 3


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed:
    first: int = 1
    second: str


def test_a_maker_knows_the_defaults_of_fields_that_stand_before_others() -> None:
    assert maker(Mixed)(second="b") == Mixed(first=1, second="b")


@made_often
@dataclass(frozen=True, slots=True)
class Placed:
    x: int
    y: int = 2


def test_a_value_whose_fields_have_places_is_made_by_those() -> None:
    assert Placed(1) == Placed(1, 2) == Placed(x=1, y=2)


def test_what_a_maker_makes_is_what_the_class_makes() -> None:
    make = maker(Counted)
    assert make(at=1, name="a") == Counted(at=1, name="a")
    assert make(at=1, name="a", count=4) == Counted(at=1, name="a", count=4)
    assert type(make(at=1, name="a")) is Counted


def test_a_maker_wants_every_field_without_default_and_no_other() -> None:
    make = maker(Counted)
    with pytest.raises(TypeError, match="name"):
        make(at=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="other"):
        make(at=1, name="a", other=2)  # type: ignore[call-arg]
