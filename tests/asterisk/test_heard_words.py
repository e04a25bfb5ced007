"""Spoken words survive the telephone: G.711 over RTP, Asterisk's recording, the real recogniser."""

import asyncio
import random
import wave
from pathlib import Path

import pytest

from speech.scoring import score
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser
from telephony.port import Line
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.voices import MODELS, UNSEEN_VARIANTS, say, vocabulary
from tests.voices import Line as Spoken

ERROR_RATE_MAX = 0.1


def _silence(path: Path) -> Path:
    """What callers do between the tone and their first word."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(8_000))
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_message_of_random_words_is_understood(
    asterisk: PrivateAsterisk, tmp_path: Path, language: str
) -> None:
    chance, known = random.Random(2), vocabulary(language)
    said = {f"1380013800{n}": [chance.choice(known) for _ in range(6)] for n in range(4)}
    spoken = {
        number: Spoken(" ".join(words), tmp_path / f"{number}.wav", variant)
        for (number, words), variant in zip(said.items(), UNSEEN_VARIANTS, strict=False)
    }
    prompt = Spoken("A", tmp_path / "prompt.wav")
    await say(language, [prompt, *spoken.values()])
    breath = _silence(tmp_path / "breath.wav")
    listening = {number: asyncio.Event() for number in said}
    recorded: asyncio.Queue[tuple[str, Path]] = asyncio.Queue()

    async def take_message(line: Line) -> None:
        await line.answer()
        await line.play([prompt.out])
        number = line.arrival.caller_number.removeprefix("+86")
        listening[number].set()
        to = tmp_path / f"taken-{number}.wav"
        await line.record(to, max_s=20, silence_s=2, stop_keys="#")
        await recorded.put((number, to))
        await line.hang_up()

    pairs = []
    async with (
        exchange(asterisk, take_message) as it,
        VoskRecogniser(RecognitionSettings(models={language: MODELS / language})) as recogniser,
    ):
        for number, line in spoken.items():
            customer = await it.call(number=number, tone_hz=None)
            await customer.first_sound()
            await asyncio.wait_for(listening[number].wait(), 10)
            customer.end.say(breath)
            customer.end.say(line.out)
        for _ in spoken:
            number, path = await asyncio.wait_for(recorded.get(), 30)
            heard = await recogniser.transcribe(path, language)
            pairs.append((said[number], [word.text for word in heard.words]))
    found = score(pairs)
    # Shown by `pytest -s`; docs/speech.md tells how to measure a company's own model the same way.
    print(f"{language}, by telephone: {found.error_rate(language):.1%} of {found.words} words wrong")  # noqa: T201
    assert found.error_rate(language) <= ERROR_RATE_MAX
