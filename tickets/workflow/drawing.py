"""A workflow as a diagram: its steps with who does them and by when. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from kernel import diagram
from kernel.diagram import Drawing, Sign, Way, arranged, cut
from kernel.site_yaml import Name
from tickets.model import State
from tickets.workflow.model import ByRule, Step, Whom, Workflow

Language = Literal["zh", "en"]

COLOURS: Mapping[str, str] = {
    State.PROCESSING: "#e8f0fe",
    State.PENDING_FEEDBACK: "#fff4d6",
    State.RESOLVED: "#dff5e3",
    State.CLOSED: "#eef0f2",
}
STATES: Mapping[str, Mapping[Language, str]] = {
    State.PROCESSING: {"zh": "处理中", "en": "processing"},
    State.PENDING_FEEDBACK: {"zh": "待反馈", "en": "waits for the customer"},
    State.RESOLVED: {"zh": "已解决", "en": "resolved"},
    State.CLOSED: {"zh": "已关闭", "en": "closed"},
}
BEGINS: Mapping[Language, str] = {"zh": "开始", "en": "begins"}
OWNER: Mapping[Language, str] = {"zh": "经办人", "en": "owner"}
BY_RULE: Mapping[Language, str] = {"zh": "按规则", "en": "by rule"}


def draw(workflow: Workflow, language: Language) -> Drawing:
    """The diagram, with the words of one language."""
    steps = workflow.written.steps
    ways = tuple(
        Way(origin=key, target=way.to, by=way.when or (_named(way.name, language) if way.name else ""))
        for key, step in steps.items()
        for way in step.next
    )
    signs = {
        key: Sign(
            type=step.state,
            shows=_shown(step, language),
            begins=BEGINS[language] if key == workflow.written.start else "",
        )
        for key, step in steps.items()
    }
    return arranged(signs, ways, [workflow.written.start])


def _named(name: Name, language: Language) -> str:
    return name.zh if language == "zh" else name.en


def _shown(step: Step, language: Language) -> str:
    parts = [_named(step.name, language), _handled_by(step, language)]
    if step.within is not None:
        parts.append(_time(step.within))
    if step.checks:
        parts.append(f"☑{len(step.checks)}")
    return cut(" · ".join(parts))


def _handled_by(step: Step, language: Language) -> str:
    match step.handler:
        case Whom(department=department, role=role, person=person):
            return department or role or person or ""
        case ByRule():
            return BY_RULE[language]
        case _:
            return OWNER[language]


def _time(within: timedelta) -> str:
    hours, minutes = divmod(round(within.total_seconds() / 60), 60)
    return f"{hours}h{minutes}m" if hours and minutes else f"{hours}h" if hours else f"{minutes}m"


def to_svg(drawing: Drawing, language: Language) -> str:
    """The diagram as a picture that stands for itself."""
    types = {state: words[language] for state, words in STATES.items()}
    return diagram.to_svg(drawing, types, COLOURS)
