"""Supervisors and the reserves of queues: what is proposed, yes or no, and the trail of both."""

from dataclasses import dataclass
from typing import Protocol

from acd.events import HelpChanged
from agent_ui.trail import Trail, noted
from infra.web import Body, Context, Route
from kernel.access import Principal, Role
from kernel.ids import AgentId, QueueId

SUPERVISORS = frozenset({Role.SUPERVISOR})


class HelpWish(Body):
    """Whether a queue's reserve is to help."""

    helps: bool


class HelpedQueues(Protocol):
    """Routing as supervisors answer what it proposes."""

    async def answer_help(self, queue: QueueId, by: AgentId, *, helps: bool) -> None:
        """Lets a queue's reserve help it, or sends it back."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Helping:
    """Answers, and notes who moved whose agents."""

    routing: HelpedQueues
    trail: Trail

    async def note(self, event: HelpChanged) -> None:
        """Notes what the rule did by itself; what a supervisor did was noted before."""
        if event.by is None:
            what = event.stand.help.value if event.stand else "over"
            await self.trail.note(None, "help_by_rule", f"{event.queue} {what}")

    async def answer(self, user: Principal, queue: QueueId, *, helps: bool) -> None:
        """A supervisor's yes or no."""
        action = "help_accepted" if helps else "help_declined"
        async with noted(self.trail, user.staff_id, action, queue):
            await self.routing.answer_help(queue, AgentId(user.staff_id), helps=helps)


def help_routes(helping: Helping) -> list[Route]:
    """Answering what is proposed."""

    async def answer(context: Context[HelpWish, None]) -> None:
        queue = QueueId(context.path["queue_id"])
        await helping.answer(context.user, queue, helps=context.body.helps)

    return [
        Route(
            method="PUT",
            path="/api/queues/{queue_id}/help",
            handler=answer,
            summary="Let the reserve of a queue help it where that is proposed, or send it back",
            roles=SUPERVISORS,
            body=HelpWish,
        )
    ]
