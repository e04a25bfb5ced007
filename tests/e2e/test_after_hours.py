"""Out of hours: what a caller says becomes, by itself, a ticket that can be read and heard."""

import asyncio
import random
import secrets
from pathlib import Path

from playwright.async_api import expect

from ivr.prompts import BEEP_HZ
from rig.browser import Browsers, Desk
from speech.model import readable
from speech.scoring import Score, score
from tests.e2e.floor import CLOSED_NUMBER, Floor, until
from tests.voices import UNSEEN_VARIANTS, Line, say, vocabulary

MESSAGES = 5
WORDS = 6
WRONG_SHARE_MAX = 0.1
BEEP_WITHIN_S = 30.0
URGENT = {
    "洗衣机": "product",
    "冒烟": "severity",
    "投诉": "type",
    "马上": "urgency",
    "退款": "demand",
    "昨天": "date",
}
"""The first message, and what each of its words is read as."""
TICKET_WITHIN_S = 30.0


async def _leave_message(floor: Floor, number: str, recording: Path) -> None:
    """Dials, waits for the tone as one is asked to, speaks, and stays on the line until goodbye is said."""
    customer = await floor.customer(number, to=CLOSED_NUMBER, tone_hz=None)

    def beep_is_over() -> bool:
        heard = customer.listen()
        beeped = [index for index, window in enumerate(heard) if window.is_tone(BEEP_HZ)]
        return bool(beeped) and len(heard) > beeped[-1] + 2

    await until(beep_is_over, BEEP_WITHIN_S, "the customer hears the tone")
    customer.end.say(recording)
    assert await customer.until_over(60) == 0


def _transcript(floor: Floor, number: str) -> tuple[object, ...] | None:
    """Ticket, transcript and seconds of the caller's message, as soon as it was heard."""
    query = (
        "SELECT ticket_id, transcript, seconds FROM voicemail WHERE caller_number = ? AND transcript <> ''"
    )
    found = floor.rows(query, f"+86{number}")
    assert len(found) <= 1
    return found[0] if found else None


def _words(text: str, known: list[str]) -> list[str]:
    """A text cut into the longest words of the vocabulary; anything else into letters."""
    words = []
    while text:
        word = max((each for each in known if text.startswith(each)), key=len, default=text[0])
        words.append(word)
        text = text[len(word) :]
    return words


def _judge(said: list[list[str]], heard: list[str], known: list[str]) -> Score:
    # Both sides are written as people read them, so that 幺三八 and 138 are the same.
    wanted = [_words(readable("zh", words), known) for words in said]
    return score((w, _words(h, known)) for w, h in zip(wanted, heard, strict=True))


async def test_words_left_out_of_hours_become_tickets_that_say_them(
    floor: Floor, browsers: Browsers, tmp_path: Path
) -> None:
    seed = secrets.randbelow(1_000_000)
    chance, known = random.Random(seed), vocabulary("zh")
    said = [list(URGENT), *([chance.choice(known) for _ in range(WORDS)] for _ in range(MESSAGES - 1))]
    lines = [
        Line("".join(words), tmp_path / f"{n}.wav", UNSEEN_VARIANTS[n % len(UNSEEN_VARIANTS)])
        for n, words in enumerate(said)
    ]
    await say("zh", lines)
    numbers = [f"1352222000{n}" for n in range(MESSAGES)]

    await asyncio.gather(
        *(_leave_message(floor, n, line.out) for n, line in zip(numbers, lines, strict=True))
    )
    for number in numbers:
        await until(lambda n=number: _transcript(floor, n) is not None, TICKET_WITHIN_S, "a transcript")  # type: ignore[misc]

    found = [row for number in numbers if (row := _transcript(floor, number)) is not None]
    heard = [str(text) for _, text, _ in found]
    judged = _judge(said, heard, known)
    assert judged.word_error_rate <= WRONG_SHARE_MAX, f"seed {seed}: said {said}, heard {heard}"
    await _read_and_play(floor, browsers, found[0])


async def _read_and_play(floor: Floor, browsers: Browsers, message: tuple[object, ...]) -> None:
    """The supervisor opens the ticket, reads what was said and what follows from it, and plays it."""
    ticket, text, seconds = message
    async with browsers.fresh(tone_hz=1000) as context:
        desk = Desk(await context.new_page(), floor.instance.base_url)
        await desk.sign_in("chen", floor.password("chen"))
        await desk.page.goto(f"{desk.base_url}/tickets/{ticket}")
        await expect(desk.page.get_by_test_id("ticket-transcript")).to_have_text(str(text))
        for field in (field for word, field in URGENT.items() if word in str(text)):
            await expect(desk.page.locator(f"[data-testid=finding][data-field={field}]")).to_be_visible()
        if "冒烟" in str(text):
            await expect(desk.page.get_by_test_id("ticket-priority")).to_contain_text("紧急")
        voicemail = desk.page.get_by_test_id("ticket-voicemail")
        await voicemail.get_by_role("button").first.click()
        sound = voicemail.locator("audio")

        async def has_played() -> bool:
            return float(await sound.evaluate("audio => audio.currentTime")) > 0.5

        await until(has_played, 10, "the message plays")
        length_s = float(await sound.evaluate("audio => audio.duration"))
        assert abs(length_s - float(str(seconds))) < 1
