"""The HTTP routes of whom agents serve."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from acd.model import AgentProfile
from acd.serving import WRAP_UP_MAX_S, Serving
from infra.web import Body, Context, Route
from kernel.access import Role
from kernel.ids import AgentId, QueueId, SkillId
from kernel.site_yaml import KEY
from kernel.written import SkillLevel, SkillName

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
QUEUES_MAX = 200
SKILLS_MAX = 200


class ServingView(BaseModel):
    """Whom an agent serves."""

    staff_id: int
    queues: list[str]
    skills: dict[str, int]
    region: str
    """The branch, by the key of a region; "" is headquarters."""
    wrap_up_s: float | None
    """The agent's own time after a call; nothing: as the queue says."""


class ServingList(BaseModel):
    """Whom each agent serves."""

    items: list[ServingView]


class ServingChange(Body):
    """What is to be changed; what is left out stays."""

    queues: Annotated[list[Annotated[str, Field(pattern=KEY)]], Field(max_length=QUEUES_MAX)] | None = None
    skills: Annotated[dict[SkillName, SkillLevel], Field(max_length=SKILLS_MAX)] | None = None
    region: Annotated[str, Field(max_length=40)] | None = None
    """"" for headquarters."""
    wrap_up_s: Annotated[float, Field(ge=0, le=WRAP_UP_MAX_S)] | None = None
    """Null: as the queue says."""


def _view(profile: AgentProfile) -> ServingView:
    return ServingView(
        staff_id=profile.agent,
        queues=list(profile.queues),
        skills={str(skill): level for skill, level in profile.skills.items()},
        region=profile.region,
        wrap_up_s=profile.wrap_up_s,
    )


def _changes(body: ServingChange) -> dict[str, Any]:
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name == "wrap_up_s"}
    if "queues" in changes:
        changes["queues"] = tuple(dict.fromkeys(map(QueueId, changes["queues"])))
    if "skills" in changes:
        changes["skills"] = {SkillId(skill): level for skill, level in changes["skills"].items()}
    return changes


def serving_routes(serving: Serving) -> list[Route]:
    """Whom agents serve."""

    async def listed(_: Context[None, None]) -> ServingList:
        return ServingList(items=[_view(profile) for profile in await serving.all()])

    async def change(context: Context[ServingChange, None]) -> ServingView:
        agent = AgentId(context.id("staff_id"))
        return _view(await serving.change(context.user, agent, _changes(context.body)))

    return [
        Route(
            method="GET",
            path="/api/agents",
            handler=listed,
            summary="Queues, skills, branch and wrap-up time of every agent",
            roles=SUPERVISORS,
            response=ServingList,
        ),
        Route(
            method="PATCH",
            path="/api/agents/{staff_id}",
            handler=change,
            summary="Change whom an agent serves, from the next call on",
            roles=ADMINS,
            body=ServingChange,
            response=ServingView,
        ),
    ]
