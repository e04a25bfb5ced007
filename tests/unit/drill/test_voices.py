"""Made-up sound of several people, and what the drill says of who heard whom."""

import numpy as np
import pytest

from drill.voices import Hearing
from rig.tones import PACKET_S, encode_ulaw, packets

BEGAN_S = 1000.0
AGENT_HZ, COLLEAGUE_HZ, CUSTOMER_HZ = 1340, 2340, 440


def _sound(*tones_hz: int, seconds: float = 2.0) -> list[bytes]:
    time = np.arange(int(seconds * 8000)) / 8000
    voices = sum((6000 * np.sin(2 * np.pi * hz * time) for hz in tones_hz), np.zeros(len(time)))
    return list(packets(voices.astype(np.int16)))


def _apart_s(sound: list[bytes], *voices_hz: int) -> float:
    everybody = frozenset({AGENT_HZ, COLLEAGUE_HZ, CUSTOMER_HZ})
    hearing = Hearing(
        who="somebody",
        heard=[(BEGAN_S + index * PACKET_S, payload) for index, payload in enumerate(sound)],
        voices_hz=frozenset(voices_hz),
        strangers_hz=everybody - set(voices_hz),
    )
    return hearing.apart_s(BEGAN_S, BEGAN_S + len(sound) * PACKET_S)


@pytest.mark.parametrize("voices", [(AGENT_HZ,), (AGENT_HZ, CUSTOMER_HZ), (AGENT_HZ, COLLEAGUE_HZ)])
def test_who_hears_all_who_are_there_is_never_apart_from_them(voices: tuple[int, ...]) -> None:
    assert _apart_s(_sound(*voices), *voices) == 0.0


def test_the_music_of_who_waits_is_no_voice() -> None:
    assert _apart_s(_sound(523, 1046)) == 0.0


@pytest.mark.parametrize(
    "other",
    [
        _sound(seconds=0.6),
        _sound(AGENT_HZ, seconds=0.6),
        _sound(AGENT_HZ, COLLEAGUE_HZ, CUSTOMER_HZ, seconds=0.6),
        _sound(523, seconds=0.6),
    ],
    ids=["silence", "one of them alone", "a stranger as well", "music"],
)
def test_what_is_heard_instead_of_who_is_there_is_told_by_its_length(other: list[bytes]) -> None:
    talk = _sound(AGENT_HZ, CUSTOMER_HZ)
    assert _apart_s(talk + other + talk, AGENT_HZ, CUSTOMER_HZ) == pytest.approx(0.6)


def test_a_stranger_is_heard_although_much_softer() -> None:
    time = np.arange(16000) / 8000
    talk = 6000 * np.sin(2 * np.pi * AGENT_HZ * time) + 2000 * np.sin(2 * np.pi * COLLEAGUE_HZ * time)
    encoded = encode_ulaw(talk.astype(np.int16))
    sound = [encoded[at : at + 160] for at in range(0, len(encoded), 160)]
    assert _apart_s(sound, AGENT_HZ) == pytest.approx(2.0)


def test_who_hears_nothing_at_all_is_apart_all_the_time() -> None:
    assert _apart_s([], AGENT_HZ) == 0.0, "no time has gone by"
    hearing = Hearing(who="", heard=[], voices_hz=frozenset({AGENT_HZ}), strangers_hz=frozenset())
    assert hearing.apart_s(BEGAN_S, BEGAN_S + 2.0) == pytest.approx(2.0)
