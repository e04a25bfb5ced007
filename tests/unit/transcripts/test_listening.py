"""What a recogniser is given of one side of a conversation, in step with the clock."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import pytest

from transcripts.listening import FRAME_S, RATE, Ear
from transcripts.ports import NoTime

FRAME = b"\x01\x02" * int(RATE * FRAME_S)
BEHIND_S_MAX = 1.0


class DrivenClock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at_s, UTC)

    def monotonic(self) -> float:
        return self.at_s


async def frames_after(clock: DrivenClock, waits_s: Sequence[float]) -> AsyncIterator[bytes]:
    for wait_s in waits_s:
        clock.at_s += wait_s
        yield FRAME


async def given(waits_s: Sequence[float]) -> bytes:
    clock = DrivenClock()
    ear = Ear(clock, behind_s_max=BEHIND_S_MAX)
    await ear.take(frames_after(clock, waits_s))
    return b"".join([piece async for piece in ear.heard()])


async def test_sound_in_step_is_given_as_it_came() -> None:
    assert await given([FRAME_S] * 10) == FRAME * 10


@pytest.mark.parametrize("apart_s", [0.0, 0.002])
async def test_sound_that_comes_late_and_all_at_once_is_not_torn_by_silence(apart_s: float) -> None:
    late = [FRAME_S] * 5 + [0.5] + [apart_s] * 24 + [FRAME_S] * 5
    assert await given(late) == FRAME * 35


async def test_where_a_phone_was_mute_there_is_as_much_silence() -> None:
    heard = await given([FRAME_S] * 5 + [0.5] + [FRAME_S] * 4)
    assert heard.startswith(FRAME * 5)
    assert heard.endswith(FRAME * 5)
    silence = heard.removeprefix(FRAME * 5).removesuffix(FRAME * 5)
    assert not any(silence)
    assert len(silence) / (2 * RATE) == pytest.approx(0.5 - FRAME_S, abs=0.001)


async def test_of_a_recogniser_that_falls_too_far_behind_nothing_more_is_asked() -> None:
    assert await given([FRAME_S] * 50) == FRAME * 50
    with pytest.raises(NoTime):
        await given([FRAME_S] * 51)
