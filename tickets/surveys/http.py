"""The HTTP routes of surveys: the customers' page, and what people here see of the answers."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from infra.web import NO_SIGN_IN, Body, Context, PageReply, PlainText, Reply, Route
from kernel.access import Principal, Role
from kernel.errors import NotFound
from kernel.ids import AgentId, StaffId, TicketId
from tickets.ports import StaffNames
from tickets.surveys.model import SCORES, Dimension, Figures, Survey, SurveyState
from tickets.surveys.page import form_page, said_page
from tickets.surveys.service import PATH, Surveys
from tickets.surveys.store import SurveyFilter
from tickets.surveys.texts import words_of

DAYS_MAX = 366
_OPEN = frozenset({SurveyState.PENDING, SurveyState.SENT})


class PageLanguage(BaseModel):
    """In which language the page is to be; "" for the customer's."""

    language: Literal["zh", "en", ""] = ""


class AskCustomer(Body):
    """A wish to survey the customer of a ticket."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,60}$")]
    """What is sent again by it is the same wish."""
    why: Annotated[PlainText, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Days(BaseModel):
    """Surveys that were first sent on these days, in the site's time."""

    since: Annotated[date, Field(ge=date(1970, 1, 2), le=date(9998, 1, 1))]
    days: Annotated[int, Field(ge=1, le=DAYS_MAX)] = 1


class FiguresQuery(Days):
    """How they are grouped."""

    by: Literal["all", "agent", "department", "type"] = "all"


class SurveyQuery(Days):
    """What is behind a figure."""

    agent: Annotated[int, Field(ge=1, le=2**53)] | None = None
    department: Annotated[str, Field(max_length=80)] | None = None
    type: Annotated[str, Field(max_length=30)] | None = None
    overall_max: Annotated[int, Field(ge=1, le=5)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class FigureLine(BaseModel):
    """Surveys in figures."""

    key: str
    """The agent's id, the department or the type; "" for all, and where there is none."""
    name: str
    """Of an agent; else as the key."""
    sent: int
    answered: int
    means: dict[str, float | None]
    """By dimension, 1 to 5, 5 being the best."""
    overall: list[int]
    """How many gave 1, 2, 3, 4 and 5 for everything together."""


class FigureList(BaseModel):
    """Surveys in figures."""

    items: list[FigureLine]


class SurveyView(BaseModel):
    """A survey as people here see it. Of one that was answered without a name nothing says whose it is."""

    ticket_id: int | None
    agent_name: str | None
    state: SurveyState
    dropped: str | None
    asked_by: str | None
    why: str
    sent_at: datetime | None
    answered_at: datetime | None
    scores: dict[str, int]
    text: str
    is_anonymous: bool


class SurveyList(BaseModel):
    """Surveys of one page."""

    items: list[SurveyView]
    total: int


class SurveyHandlers:
    """Agents see their own figures, supervisors everybody's."""

    def __init__(self, surveys: Surveys, staff: StaffNames) -> None:
        self._surveys = surveys
        self._staff = staff

    async def show(self, context: Context[None, PageLanguage]) -> Reply:
        """The questions, to whoever has the link."""
        survey = await self._find(context.path["token"])
        language = context.query.language or (survey.language if survey else "zh") or "zh"
        if survey is None:
            return PageReply(
                html=said_page(words_of(language), language, words_of(language).gone), is_found=False
            )
        return self._page(survey, language, None)

    async def take(self, context: Context[None, PageLanguage]) -> Reply:
        """The answer."""
        survey = await self._find(context.path["token"])
        language = "en" if context.form.get("language") == "en" else "zh"
        words = words_of(language)
        if survey is None:
            return PageReply(html=said_page(words, language, words.gone), is_found=False)
        if survey.state in _OPEN and not await self._surveys.answer(survey, context.form, language):
            return self._page(survey, language, context.form)
        return PageReply(html=said_page(words, language, words.thanks))

    def _page(self, survey: Survey, language: str, given: Mapping[str, str] | None) -> PageReply:
        words = words_of(language)
        if survey.state is SurveyState.ANSWERED:
            return PageReply(html=said_page(words, language, words.thanks))
        may_hide = self._surveys.tickets.settings.survey_anonymous
        other = "zh" if language == "en" else "en"
        return PageReply(html=form_page(words, language, may_hide=may_hide, given=given, other=other))

    async def _find(self, token: str) -> Survey | None:
        """The survey of a link that works still, or was answered."""
        try:
            survey = await self._surveys.store.by_token(token)
        except NotFound:
            return None
        is_late = survey.expires_at <= self._surveys.tickets.clock.now()
        is_gone = survey.state not in {*_OPEN, SurveyState.ANSWERED} or (survey.state in _OPEN and is_late)
        return None if is_gone else survey

    async def ask(self, context: Context[AskCustomer, None]) -> Reply:
        """Asks the customer of a ticket now."""
        ticket, body = TicketId(context.id("ticket_id")), context.body
        await self._surveys.by_hand(ticket, body.key, body.why, by=context.user)
        return None

    async def of_ticket(self, context: Context[None, None]) -> Reply:
        """The surveys about a ticket."""
        ticket = TicketId(context.id("ticket_id"))
        await self._surveys.tickets.store.get(ticket)
        # An answer without a name is not shown where its ticket is.
        found = [
            one
            for one in await self._surveys.store.of_ticket(ticket)
            if not (one.answer and one.answer.is_anonymous)
        ]
        return SurveyList(items=await self._views(found), total=len(found))

    async def figures(self, context: Context[None, FiguresQuery]) -> Reply:
        """Answers in figures."""
        query = context.query
        since, until = self._days(query)
        by = None if query.by == "all" else query.by
        found = await self._surveys.store.figures(since, until, by, agent=_only(context.user))
        names = await self._staff.names(
            StaffId(int(one.key)) for one in found if query.by == "agent" and one.key
        )
        return FigureList(items=[_line(one, names if query.by == "agent" else {}) for one in found])

    async def find(self, context: Context[None, SurveyQuery]) -> Reply:
        """What is behind a figure."""
        query = context.query
        since, until = self._days(query)
        agent = AgentId(query.agent) if query.agent is not None else None
        wanted = SurveyFilter(
            since=since,
            until=until,
            agent=agent if context.user.has(Role.SUPERVISOR) else _only(context.user),
            department=query.department,
            about=query.type,
            overall_max=query.overall_max,
            limit=query.limit,
            offset=query.offset,
        )
        found, total = await self._surveys.store.find(wanted)
        return SurveyList(items=await self._views(found), total=total)

    def _days(self, query: Days) -> tuple[datetime, datetime]:
        midnight = self._surveys.tickets.settings.midnight
        return midnight(query.since), midnight(query.since, later=query.days)

    async def _views(self, surveys: Sequence[Survey]) -> list[SurveyView]:
        staff = {StaffId(one.new.agent) for one in surveys if one.new.agent is not None}
        names = await self._staff.names(staff | {one.new.asked_by for one in surveys if one.new.asked_by})
        return [_view(one, names) for one in surveys]


def _only(user: Principal) -> AgentId | None:
    return None if user.has(Role.SUPERVISOR) else AgentId(user.staff_id)


def _line(one: Figures, names: Mapping[StaffId, str]) -> FigureLine:
    means = {dimension: one.mean(dimension) for dimension in Dimension}
    return FigureLine(
        key=one.key,
        name=names.get(StaffId(int(one.key)), one.key) if names and one.key else one.key,
        sent=one.sent,
        answered=one.answered,
        means={key: round(mean, 2) if mean is not None else None for key, mean in means.items()},
        overall=[(one.overall or {}).get(score, 0) for score in SCORES],
    )


def _view(one: Survey, names: Mapping[StaffId, str]) -> SurveyView:
    answer = one.answer
    is_hidden = answer is not None and answer.is_anonymous
    agent, by = one.new.agent, one.new.asked_by
    return SurveyView(
        ticket_id=None if is_hidden else one.new.ticket,
        agent_name=names.get(StaffId(agent)) if agent is not None else None,
        state=one.state,
        dropped=one.dropped,
        asked_by=None if is_hidden or by is None else names.get(by),
        why="" if is_hidden else one.new.why,
        sent_at=None if is_hidden else one.sent_at,
        answered_at=answer.at if answer else None,
        scores={key.value: score for key, score in answer.scores.items()} if answer else {},
        text=answer.text if answer else "",
        is_anonymous=is_hidden,
    )


def survey_routes(surveys: Surveys, staff: StaffNames) -> list[Route]:
    """The routes of surveys."""
    serve = SurveyHandlers(surveys, staff)
    return [*_pages(serve), *_of_tickets(serve), *_figures(serve)]


def _pages(serve: SurveyHandlers) -> list[Route]:
    path = f"{PATH}{{token}}"
    return [
        Route(
            method="GET",
            path=path,
            handler=serve.show,
            summary="The page of a survey, for who has its link",
            roles=NO_SIGN_IN,
            query=PageLanguage,
            is_page=True,
        ),
        Route(
            method="POST",
            path=path,
            handler=serve.take,
            summary="Answer a survey",
            roles=NO_SIGN_IN,
            is_page=True,
        ),
    ]


def _of_tickets(serve: SurveyHandlers) -> list[Route]:
    path = "/api/tickets/{ticket_id}/surveys"
    return [
        Route(
            method="POST",
            path=path,
            handler=serve.ask,
            summary="Ask the customer how satisfied they are, for a reason",
            body=AskCustomer,
        ),
        Route(
            method="GET",
            path=path,
            handler=serve.of_ticket,
            summary="The surveys about a ticket",
            response=SurveyList,
        ),
    ]


def _figures(serve: SurveyHandlers) -> list[Route]:
    return [
        Route(
            method="GET",
            path="/api/survey-figures",
            handler=serve.figures,
            summary="How satisfied customers are: an agent's own answers, or all for supervisors",
            query=FiguresQuery,
            response=FigureList,
        ),
        Route(
            method="GET",
            path="/api/surveys",
            handler=serve.find,
            summary="The answers behind a figure",
            query=SurveyQuery,
            response=SurveyList,
        ),
    ]
