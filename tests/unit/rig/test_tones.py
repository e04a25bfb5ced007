import numpy as np
import pytest

from rig.tones import decode_ulaw, encode_ulaw, listen, longest_silence_s, tone_packets, tone_s


def _stream(packets: list[bytes], start_s: float = 0.0) -> list[tuple[float, bytes]]:
    return [(start_s + n * 0.02 + 0.001, payload) for n, payload in enumerate(packets)]


def test_every_code_survives_decoding_and_encoding() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is minus zero
    assert encode_ulaw(decode_ulaw(codes)) == codes


@pytest.mark.parametrize("frequency_hz", [400, 437, 1000, 3001])
def test_a_tone_is_told_from_its_neighbours(frequency_hz: int) -> None:
    heard = listen(_stream(list(tone_packets(frequency_hz)) * 2), 2.0)
    assert tone_s(heard, frequency_hz) == pytest.approx(2.0, abs=0.15)
    assert tone_s(heard, frequency_hz + 37) == 0


def test_speech_like_noise_is_no_tone() -> None:
    noise = np.random.default_rng(1).integers(-8000, 8000, 16000).astype(np.int16)
    encoded = encode_ulaw(noise)
    heard = listen(_stream([encoded[i : i + 160] for i in range(0, 16000, 160)]), 2.0)
    assert not any(window.is_tone(window.peak_hz) for window in heard)


def test_a_gap_in_the_stream_is_silence() -> None:
    tone = list(tone_packets(440))
    packets = _stream(tone) + _stream(tone, start_s=3.0)
    assert longest_silence_s(listen(packets, 3.9)) == pytest.approx(2.0, abs=0.2)


def test_quiet_packets_are_silence() -> None:
    assert longest_silence_s(listen(_stream([b"\xff" * 160] * 100), 1.9)) == pytest.approx(2.0, abs=0.1)
