"""Transcripts as people read them, and how wrong they are."""

import wave
from pathlib import Path

import pytest

from speech.errors import UnreadableAudio
from speech.model import Word, readable, transcript
from speech.scoring import distance, language_of, score, words_heard, words_said
from speech.wav import read_wav


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["我", "的", "洗衣机", "漏水"], "我的洗衣机漏水"),
        (["电话", "幺", "三", "八", "零"], "电话1380"),
        (["等", "一下", "一起"], "等一下一起"),
        (["二", "三", "天"], "二三天"),
        (["hello", "world", "你好"], "hello world你好"),
        ([], ""),
    ],
)
def test_chinese_words_join_and_long_digit_strings_become_digits(words: list[str], text: str) -> None:
    assert readable("zh", words) == text


def test_english_words_keep_their_blanks() -> None:
    assert readable("en", ["call", "me", "back"]) == "call me back"


def test_confidence_of_a_transcript_is_the_mean_of_its_words() -> None:
    words = [
        Word(text=text, start_s=0, end_s=1, confidence=confidence)
        for text, confidence in (("请", 1.0), ("回电", 0.5))
    ]
    assert transcript("zh", words, 3.0).confidence == 0.75
    assert transcript("zh", [], 3.0).confidence == 0.0


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [("", "", 0), ("abc", "abc", 0), ("abc", "axc", 1), ("abc", "ac", 1), ("abc", "abxc", 1), ("abc", "", 3)],
)
def test_distance_counts_every_kind_of_error_once(said: str, heard: str, errors: int) -> None:
    assert distance(said, heard) == errors


def test_score_counts_words_and_characters() -> None:
    found = score([(["洗衣机", "漏水"], ["洗衣机", "冒水"]), (["退款"], ["退款"])])
    assert (found.words, found.word_errors, found.characters, found.character_errors) == (3, 1, 7, 1)
    assert found.word_error_rate == pytest.approx(1 / 3)
    assert found.character_error_rate == pytest.approx(1 / 7)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("您好，洗衣机漏水！", ["您好", "洗衣机漏水"]),
        ("电话１３８", ["电话", "幺三八"]),
        ("Press 1, please.", ["press", "one", "please"]),
        ("I don't know", ["i", "don't", "know"]),
        ("……", []),
    ],
)
def test_what_is_written_is_compared_as_it_is_spoken(text: str, words: list[str]) -> None:
    language = language_of([text])
    assert words_said(text, language) == words_heard(words)


def test_chinese_is_counted_by_characters_and_english_by_words() -> None:
    found = score([(["退款"], ["退货"])])
    assert (found.error_rate("zh"), found.error_rate("en")) == (0.5, 1.0)


def test_score_of_nothing_is_no_error() -> None:
    assert score([]).word_error_rate == 0.0


def _wav(path: Path, *, channels: int = 1, samples: int = 8_000) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\1\0" * samples * channels)
    return path


def test_a_recording_is_read_with_its_rate(tmp_path: Path) -> None:
    audio = read_wav(_wav(tmp_path / "a.wav"), seconds_max=10)
    assert (audio.rate, audio.seconds) == (8_000, 1.0)


def test_a_recorder_killed_before_it_wrote_the_length_loses_nothing(tmp_path: Path) -> None:
    path = _wav(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = bytes(4)
    path.write_bytes(content + b"\0")
    assert read_wav(path, seconds_max=10).seconds == 1.0


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a sound at all" * 10, b"RIFF\0\0\0\0WAVEfmt \xff"])
def test_what_is_no_sound_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(UnreadableAudio):
        read_wav(path, seconds_max=10)


def test_missing_stereo_and_endless_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudio):
        read_wav(tmp_path / "missing.wav", seconds_max=10)
    with pytest.raises(UnreadableAudio):
        read_wav(_wav(tmp_path / "stereo.wav", channels=2), seconds_max=10)
    with pytest.raises(UnreadableAudio):
        read_wav(_wav(tmp_path / "long.wav", samples=8_000 * 5), seconds_max=2)
