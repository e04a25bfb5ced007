"""What a telephone line does to speech: level, noise, silence around it, G.711; and the features."""

import random

import kaldi_native_fbank
import numpy as np
import soxr
from corpus import SILENCE, Utterance
from espeak import SAMPLE_RATE
from numpy.typing import NDArray

RATE = 8_000
FRAME_SHIFT = 80
_FRAME_MIDDLE = 100
CEPSTRA = 40

Floats = NDArray[np.float32]


class Line:
    """Random lines; the seed makes them repeatable."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)

    def send(self, utterance: Utterance) -> tuple[Floats, list[str]]:
        """The features of an utterance after the line, and the phone of each frame."""
        chance = self._chance
        speech = soxr.resample(utterance.samples.astype(np.float64), SAMPLE_RATE, RATE)
        before, after = chance.randint(200, 6_000), chance.randint(800, 6_000)
        sound = np.concatenate([np.zeros(before), speech, np.zeros(after)])
        sound *= 10 ** (chance.uniform(-18, 3) / 20)
        if chance.random() < 0.65:
            sound = sound + self._noise_for(sound, chance.uniform(8, 40))
        coding = chance.random()
        if coding < 0.6:
            sound = mu_law(sound)
        features = mfcc(np.clip(sound, -32_768, 32_767).round())
        return features, _labels(utterance, before, len(features))

    def _noise_for(self, sound: NDArray[np.float64], snr_db: float) -> NDArray[np.float64]:
        """White to rumbling noise, measured against the speech and not its pauses."""
        pole = self._chance.choice((0.0, 0.0, 0.9, 0.98))
        spectrum = np.fft.rfft(self._noise.standard_normal(len(sound)))
        turns = np.exp(-2j * np.pi * np.arange(len(spectrum)) / len(sound))
        noise = np.fft.irfft(spectrum / np.abs(1 - pole * turns), len(sound))
        power = (sound**2).sum() / max(1, np.count_nonzero(sound))
        return noise * np.sqrt(power / (noise**2).mean()) * 10 ** (-snr_db / 20)


def mu_law(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    """There and back through eight bits."""
    unit = np.clip(sound / 32_768, -1, 1)
    coded = np.round(np.sign(unit) * np.log1p(255 * np.abs(unit)) / np.log(256) * 127) / 127
    return np.sign(coded) * (256 ** np.abs(coded) - 1) / 255 * 32_767


def mfcc(sound: NDArray[np.float64]) -> Floats:
    """Kaldi's features, as the recogniser computes them by `conf/mfcc.conf`."""
    options = kaldi_native_fbank.MfccOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.frame_opts.snip_edges = True
    options.mel_opts.num_bins = CEPSTRA
    options.mel_opts.low_freq = 40
    options.mel_opts.high_freq = -200
    options.num_ceps = CEPSTRA
    options.use_energy = False
    computer = kaldi_native_fbank.OnlineMfcc(options)
    computer.accept_waveform(RATE, sound.astype(np.float32).tolist())
    computer.input_finished()
    return np.stack([computer.get_frame(i) for i in range(computer.num_frames_ready)]).astype(np.float32)


def _labels(utterance: Utterance, before: int, frames: int) -> list[str]:
    labels = [SILENCE] * frames
    for (start, phone), (end, _) in zip(
        utterance.phones, (*utterance.phones[1:], (len(utterance.samples), "")), strict=True
    ):
        first, last = (before + sample * RATE / SAMPLE_RATE for sample in (start, end))
        for frame in range(
            max(0, int((first - _FRAME_MIDDLE) / FRAME_SHIFT) + 1),
            min(frames, int((last - _FRAME_MIDDLE) / FRAME_SHIFT) + 1),
        ):
            labels[frame] = phone
    return labels
