"""The rating of a conversation, and a spoken comment on it, by a caller whose agent has hung up."""

import asyncio
from dataclasses import dataclass, replace

import structlog

from ivr.asking import Asking
from ivr.grammar import is_denied, meaning, phrases_for_scores
from ivr.listening import Answer
from ivr.ports import RatingDesk, RatingQuestion
from ivr.prompts import Prompts
from ivr.session import first_language
from ivr.settings import IvrSettings
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import Ask, KeyPressed, Listening, NotHeard, Prompt, Said
from ivr.words import Language
from telephony.errors import LineGone
from telephony.model import CallMark, Phase
from telephony.port import Line

log = structlog.get_logger(__name__)

SCORES = "12345"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Asks whoever is still there; what they have answered before a restart is not asked again."""

    desk: RatingDesk
    asking: Asking
    prompts: Prompts
    settings: IvrSettings

    async def ask(self, line: Line, mark: CallMark) -> bool:
        """Whether the caller has rated; what they were to be asked and cannot be costs them nothing."""
        question = await self._question(line, mark)
        if question is None:
            return False
        # After the question is written down: who is marked as asked and was not would count for nobody.
        await line.write_mark(replace(mark, phase=Phase.RATING))
        language = first_language(mark.language) or "zh"
        if question.score is None and not await self._rates(line, question, language):
            return False
        if question.comment_s > 0:
            await self._comment(line, question, language)
        return True

    async def _question(self, line: Line, mark: CallMark) -> RatingQuestion | None:
        try:
            async with asyncio.timeout(self.settings.rating_answer_max_s):
                return await self.desk.question_for(line.arrival.call, mark)
        except Exception:
            log.exception("the caller is not asked for a rating")
            return None

    async def _rates(self, line: Line, question: RatingQuestion, language: Language) -> bool:
        text = question.text[language] or SYSTEM_TEXTS[SystemText.RATE][language]
        said: list[Prompt] = []
        words = [phrase.words for phrase in phrases_for_scores(language)]
        for _ in range(question.tries):
            asked = Ask(
                prompts=(*said, Prompt(text=text, language=language)),
                timeout_s=question.wait_s,
                listening=Listening(language=language, phrases=tuple(words)),
            )
            answer = await self.asking.ask(line, asked)
            key = self._key(answer, language)
            if key and key in SCORES:
                return await self._keep(line, int(key))
            wrong = _excuse(answer)
            said = [Prompt(text=SYSTEM_TEXTS[wrong][language], language=language)]
        return False

    def _key(self, answer: Answer, language: Language) -> str:
        """What was pressed, or surely said; "" for neither."""
        if isinstance(answer, KeyPressed):
            return answer.key
        if not isinstance(answer, Said):
            return ""
        meant = meaning(answer.text, answer.confidence, phrases_for_scores(language), language)
        if meant is None or is_denied(answer.text, meant.words) or meant.certainty < self.settings.sure_from:
            return ""
        return meant.means

    async def _keep(self, line: Line, score: int) -> bool:
        """The caller may hang up as soon as the key is pressed: the rating is kept all the same."""
        try:
            await asyncio.shield(self.desk.rate(line.arrival.call, score))
        except Exception:
            log.exception("a rating could not be kept", score=score)
            return False
        return True

    async def _comment(self, line: Line, question: RatingQuestion, language: Language) -> None:
        call = line.arrival.call
        try:
            if question.has_comment:
                await self.desk.keep_comment(call)
                return
            to = await self.desk.begin_comment(call)
        except Exception:
            log.exception("no comment can be kept")
            return
        text = SYSTEM_TEXTS[SystemText.COMMENT_ON_RATING][language]
        await line.play(await self.prompts.files([Prompt(text=text, language=language)]))
        await line.play(await self.prompts.beep())
        silence_s = self.settings.comment_silence_s
        try:
            recorded = await line.record(to, max_s=question.comment_s, silence_s=silence_s, stop_keys="#")
        finally:
            await asyncio.shield(self._keep_comment(line))
        if recorded.ended_by_caller:
            raise LineGone("the caller hung up after the comment")

    async def _keep_comment(self, line: Line) -> None:
        try:
            await self.desk.keep_comment(line.arrival.call)
        except Exception:
            log.exception("a comment is kept later")


def _excuse(answer: Answer) -> SystemText:
    match answer:
        case KeyPressed():
            return SystemText.NOT_UNDERSTOOD
        case Said():
            return SystemText.NOT_HEARD
        case NotHeard():
            return SystemText.PRESS_INSTEAD
        case _:
            return SystemText.NOTHING_PRESSED
