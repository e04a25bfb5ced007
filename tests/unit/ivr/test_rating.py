"""Callers whose agent has hung up rate the conversation: with keys, and in a comment."""

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from ivr.asking import Asking
from ivr.listening import Answer, Question
from ivr.ports import RatingQuestion
from ivr.rating import Rating
from ivr.settings import IvrSettings
from ivr.turn import KeyPressed, NotHeard, Said
from kernel.ids import AgentId, QueueId
from telephony.model import CallMark, Outcome, Phase
from telephony.port import Line, LineEntry
from tests.unit.ivr.scripted import Office, ScriptedLine

TALKED = CallMark(phase=Phase.TALKING, language="zh", queue=QueueId("complaints"), agent=AgentId(7))
ASKED = replace(TALKED, phase=Phase.RATING, decided=Outcome.SERVED)
PLAIN = RatingQuestion(text={"zh": "", "en": ""}, tries=2, wait_s=5, comment_s=0)
WITH_COMMENT = replace(PLAIN, comment_s=60)
THANKS = "感谢您的评价，再见。"
GOODBYE = "感谢您的来电，再见。"


def line(*keys: str | None, mark: CallMark = TALKED, steps_left: int = 1000) -> ScriptedLine:
    return ScriptedLine(entry=LineEntry.NEXT, mark=mark, keys=keys, steps_left=steps_left)


async def test_who_presses_a_key_has_rated_and_is_thanked(office: Office) -> None:
    office.question = PLAIN
    caller = line("4")
    await office.service().handle(caller)
    assert (office.scores, office.outcomes) == ([4], [Outcome.SERVED])
    assert office.said == ["请您为本次服务评分。请按1到5，5表示非常满意，1表示非常不满意。", THANKS]
    assert [mark.phase for mark in caller.marks] == [Phase.RATING, Phase.SERVED]
    assert {mark.decided for mark in caller.marks} == {Outcome.SERVED}
    assert caller.did[-1] == "hang_up"


async def test_who_is_back_after_routing_noted_the_end_is_asked_all_the_same(office: Office) -> None:
    office.question = PLAIN
    await office.service().handle(line("4", mark=replace(TALKED, phase=Phase.SERVED)))
    assert office.scores == [4]


async def test_to_whom_goodbye_was_being_said_is_asked_nothing(office: Office) -> None:
    office.question = PLAIN
    await office.service().handle(line("4", mark=replace(ASKED, phase=Phase.SERVED)))
    assert (office.scores, office.said) == ([], [GOODBYE])


async def test_the_queues_own_words_are_said_in_the_callers_language(office: Office) -> None:
    office.question = replace(PLAIN, text={"zh": "满意吗？", "en": "How was it?"})
    await office.service().handle(line("5", mark=replace(TALKED, language="en")))
    assert office.said == ["How was it?", "Thank you for your rating. Goodbye."]


@pytest.mark.parametrize(
    ("keys", "scores", "told"),
    [
        (["9", "3"], [3], ["对不起，您的按键有误，请重新选择。"]),
        ([None, "1"], [1], ["对不起，没有收到您的按键。"]),
        (["0", "*"], [], ["对不起，您的按键有误，请重新选择。"]),
        ([None, None], [], ["对不起，没有收到您的按键。"]),
    ],
)
async def test_wrong_keys_and_silence_are_asked_again_as_often_as_the_queue_says(
    office: Office, keys: Sequence[str | None], scores: list[int], told: list[str]
) -> None:
    office.question = PLAIN
    caller = line(*keys)
    await office.service().handle(caller)
    assert office.scores == scores
    assert office.said[1:-1] == [*told, office.said[0]]
    assert office.said[-1] == (THANKS if scores else GOODBYE)
    assert caller.did[-1] == "hang_up"


async def test_a_comment_is_recorded_after_the_tone(office: Office) -> None:
    office.question = WITH_COMMENT
    caller = line("2")
    await office.service().handle(caller)
    assert (office.scores, office.comments) == ([2], ["begun", "kept"])
    assert caller.did.index("record") > 0
    assert "beep" in caller.heard
    assert office.said[-1] == THANKS


async def test_who_hangs_up_in_the_comment_has_left_it(office: Office) -> None:
    office.question = WITH_COMMENT
    caller = line("2")
    caller.ends_message_by_hanging_up = True
    await office.service().handle(caller)
    assert (office.scores, office.comments) == ([2], ["begun", "kept"])


@pytest.mark.parametrize("steps", range(12))
async def test_a_caller_may_hang_up_at_every_step_and_rates_once_at_most(office: Office, steps: int) -> None:
    office.question = WITH_COMMENT
    await office.service().handle(line("5", steps_left=steps))
    assert office.scores in ([], [5])
    assert office.comments in ([], ["begun"], ["begun", "kept"])
    assert office.comments == [] or office.scores == [5]


@pytest.mark.parametrize("rating_fails", [True, False])
async def test_who_is_not_asked_hears_goodbye(office: Office, *, rating_fails: bool) -> None:
    office.rating_fails = rating_fails
    caller = line("5")
    await office.service().handle(caller)
    assert (office.said, office.scores, caller.did[-1]) == ([GOODBYE], [], "hang_up")
    assert [mark.phase for mark in caller.marks] == [Phase.SERVED]


@pytest.mark.parametrize("after", ["hold", "flow"])
async def test_nobody_is_asked_while_the_conversation_is_not_over(office: Office, after: str) -> None:
    office.question, office.after = PLAIN, after  # type: ignore[assignment]
    await office.service().handle(line("5"))
    assert office.scores == []


async def test_who_was_asked_when_the_server_died_is_asked_again(office: Office) -> None:
    office.question = PLAIN
    await office.service().handle(line("3", mark=ASKED))
    assert office.scores == [3]


async def test_who_had_rated_when_the_server_died_is_asked_for_the_comment_alone(office: Office) -> None:
    office.question = replace(WITH_COMMENT, score=4)
    await office.service().handle(line("1", mark=ASKED))
    assert (office.scores, office.comments) == ([], ["begun", "kept"])


async def test_what_was_said_when_the_server_died_is_kept_and_not_asked_for_again(office: Office) -> None:
    office.question = replace(WITH_COMMENT, score=4, has_comment=True)
    caller = line("1", mark=ASKED)
    await office.service().handle(caller)
    assert (office.scores, office.comments, "record" in caller.did) == ([], ["kept"], False)
    assert office.said == [THANKS]


class _Answering:
    """Asks nobody: has the answers."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[Question] = []

    async def ask(self, line: Line, question: Question) -> Answer:
        del line
        self.asked.append(question)
        return self._answers.pop(0)


@pytest.mark.parametrize(
    ("answers", "score", "told"),
    [
        ([Said(text="非常满意", confidence=0.9)], 5, ""),
        ([Said(text="两分", confidence=0.9)], 2, ""),
        ([Said(text="下雨了", confidence=0.9), KeyPressed(key="4")], 4, "没有听懂"),
        ([Said(text="满意", confidence=0.3), Said(text="满意", confidence=0.9)], 4, "没有听懂"),
        ([NotHeard(), KeyPressed(key="3")], 3, "请直接按键"),
        ([Said(text="不是很满意", confidence=0.9), KeyPressed(key="2")], 2, "没有听懂"),
    ],
)
async def test_who_says_a_score_has_rated_as_if_it_was_pressed(
    office: Office, answers: list[Answer], score: int, told: str
) -> None:
    office.question = PLAIN
    asking = _Answering(*answers)
    prompts = office.service()._prompts
    rating = Rating(desk=office, asking=cast("Asking", asking), prompts=prompts, settings=IvrSettings())
    assert await rating.ask(line(), TALKED)
    assert office.scores == [score]
    assert asking.asked[0].listening is not None
    assert told in "".join(prompt.text for prompt in asking.asked[-1].prompts)
