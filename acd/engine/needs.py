"""What a call asks of its agent, and how that becomes less as the caller waits."""

from collections.abc import Mapping, Sequence

from acd.model import Relaxation
from kernel.ids import SkillId
from telephony.model import Needs

NOTHING: Needs = ()


def needs_of(levels: Mapping[SkillId, int]) -> Needs:
    """In the one form in which equal needs are equal: by name, without skills of which nothing is asked."""
    if not levels:
        return NOTHING
    return tuple(sorted((skill, level) for skill, level in levels.items() if level > 0))


def both(one: Mapping[SkillId, int], other: Needs) -> Needs:
    """All that is asked by either; of one skill the higher level."""
    if not one:
        return other
    levels = dict(other)
    for skill, level in one.items():
        levels[skill] = max(level, levels.get(skill, 0))
    return needs_of(levels)


def relaxed(asked: Needs, steps: Sequence[Relaxation]) -> Needs:
    """What is left of it after these steps."""
    if not asked or not steps:
        return asked
    levels = dict(asked)
    for step in steps:
        for skill, level in step.at_most.items():
            if skill in levels:
                levels[skill] = min(level, levels[skill])
    return needs_of(levels)


def are_met(needs: Needs, skills: Mapping[SkillId, int]) -> bool:
    """Whether somebody with these skills can serve the call."""
    return all(skills.get(skill, 0) >= level for skill, level in needs)
