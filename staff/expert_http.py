"""The HTTP route of experts."""

from typing import Annotated

from pydantic import BaseModel, Field

from infra.web import Context, PageQuery, Reply, Route
from staff.experts import Expert, ExpertDirectory, found


class ExpertQuery(PageQuery):
    """Which experts: those with a text in what is known of them, and with a skill."""

    skill: Annotated[str, Field(max_length=40)] = ""


class ExpertView(BaseModel):
    """Somebody who can be asked."""

    key: str
    name: str
    numbers: list[str]
    """In the order in which they are to be tried."""
    skills: dict[str, int]
    department: str
    note: str


class ExpertList(BaseModel):
    """Experts, and how many there are in all."""

    items: list[ExpertView]
    total: int


def expert_routes(directory: ExpertDirectory) -> list[Route]:
    """Finding an expert."""

    async def index(context: Context[None, ExpertQuery]) -> Reply:
        query = context.query
        experts = found((await directory.all()).values(), query.search, query.skill)
        page = experts[query.offset : query.offset + query.limit]
        return ExpertList(items=[_shown(one) for one in page], total=len(experts))

    return [
        Route(
            method="GET",
            path="/api/experts",
            handler=index,
            summary="Find experts: who has the skill most first, then by name",
            query=ExpertQuery,
            response=ExpertList,
        )
    ]


def _shown(expert: Expert) -> ExpertView:
    return ExpertView(
        key=expert.key,
        name=expert.name,
        numbers=list(expert.numbers),
        skills=dict(expert.skills),
        department=expert.department,
        note=expert.note,
    )
