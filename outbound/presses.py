"""One press that is told twice at the same moment has one answer."""

import asyncio
from collections.abc import Awaitable, Callable

from kernel.ids import AgentId, CallId


class Presses:
    """Presses that are being answered now.

    What is written down of a call cannot say yet whether it will be refused: a second telling waits for that.
    """

    def __init__(self) -> None:
        self._answers: dict[tuple[AgentId, str], asyncio.Future[CallId]] = {}

    async def once(self, agent: AgentId, press: str, place: Callable[[], Awaitable[CallId]]) -> CallId:
        """Places the call, or waits for who is placing it and answers alike: with its id, or its refusal."""
        key = agent, press
        while (first := self._answers.get(key)) is not None:
            await asyncio.wait([first])
            if not first.cancelled():
                return first.result()
        answer = self._answers[key] = asyncio.get_running_loop().create_future()
        try:
            call = await place()
        except Exception as failure:
            answer.set_exception(failure)
            answer.exception()  # or asyncio complains where nobody else waits for it
            raise
        else:
            answer.set_result(call)
            return call
        finally:
            del self._answers[key]
            answer.cancel()  # where this telling was broken off itself, who waits begins anew
