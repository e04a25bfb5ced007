"""Who answers, decided purely: `Engine.handle(input, now)` returns effects."""

from acd.engine.core import Engine

__all__ = ["Engine"]
