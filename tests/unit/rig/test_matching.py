import wave
from pathlib import Path

import numpy as np

from rig.matching import times_heard
from rig.tones import encode_ulaw


def _speechlike(seed: int, seconds: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    envelope = np.repeat(rng.uniform(0.1, 1, int(seconds * 10)), 800)
    return (rng.normal(0, 3000, len(envelope)) * envelope).astype(np.int16)


def _packets(samples: np.ndarray) -> list[tuple[float, bytes]]:
    encoded = encode_ulaw(samples)
    return [(n * 0.02, encoded[i : i + 160]) for n, i in enumerate(range(0, len(encoded), 160))]


def _prompt(folder: Path, samples: np.ndarray) -> Path:
    path = folder / "prompt.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return path


def test_a_prompt_is_found_each_time_it_is_played(tmp_path: Path) -> None:
    prompt = _speechlike(1, 2.0)
    line = np.concatenate([_speechlike(2, 3.0), prompt, _speechlike(3, 4.0), prompt, _speechlike(4, 1.0)])
    found = times_heard(_packets(line), _prompt(tmp_path, prompt))
    assert len(found) == 2
    assert 3.0 <= found[0] <= 5.0
    assert 9.0 <= found[1] <= 11.0


def test_another_prompt_is_not_taken_for_it(tmp_path: Path) -> None:
    assert times_heard(_packets(_speechlike(2, 5.0)), _prompt(tmp_path, _speechlike(1, 2.0))) == []


def test_a_word_that_two_prompts_share_is_no_prompt(tmp_path: Path) -> None:
    word = (_speechlike(1, 0.6) * 1.2).astype(np.int16)
    prompt = np.concatenate([_speechlike(2, 1.5), word, _speechlike(3, 1.0)])
    line = np.concatenate([_speechlike(4, 2.0), word, _speechlike(5, 2.0)])
    assert times_heard(_packets(line), _prompt(tmp_path, prompt)) == []


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    assert times_heard([], _prompt(tmp_path, _speechlike(1, 2.0))) == []
