"""The acoustic model: a small time-delay network that names the phone of each frame."""

import random
import sys
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from corpus import SILENCE
from numpy.typing import NDArray
from telephone import CEPSTRA, Floats
from torch import nn

LAYERS = ((5, 1), (3, 1), (3, 3), (3, 3), (3, 3))
"""Kernel and dilation of each."""
CONTEXT = sum((kernel - 1) // 2 * dilation for kernel, dilation in LAYERS)
_WIDTH = 160
_PIECE_FRAMES = 160
_BATCH = 48
_PEAK_RATE = 4e-3
_IGNORED = -1

Example = tuple[Floats, list[str]]


@dataclass(frozen=True, slots=True)
class Affine:
    """A layer with normalisation folded in; columns are the context frames one after the other."""

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Trained:
    """All that the export needs."""

    phones: list[str]
    """Silence first."""
    layers: list[Affine]
    priors: NDArray[np.float64]


class _Net(nn.Module):
    def __init__(self, outputs: int) -> None:
        super().__init__()
        widths = [CEPSTRA] + [_WIDTH] * len(LAYERS)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, _WIDTH, kernel, dilation=dilation)
            for width, (kernel, dilation) in zip(widths, LAYERS, strict=False)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(_WIDTH) for _ in LAYERS)
        self.output = nn.Conv1d(_WIDTH, outputs, 1)
        self.drop = nn.Dropout(0.1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            frames = self.drop(torch.relu(norm(convolution(frames))))
        return self.output(frames)


def train(examples: list[Example], epochs: int, threads: int) -> Trained:
    """Trains on all examples; deterministic for one thread."""
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    counts = Counter(label for _, labels in examples for label in labels)
    phones = [SILENCE, *sorted(set(counts) - {SILENCE})]
    everything = np.concatenate([features for features, _ in examples])
    mean, deviation = everything.mean(0), everything.std(0)
    number = {phone: index for index, phone in enumerate(phones)}
    prepared = [
        (((_pad(features) - mean) / deviation).astype(np.float32), np.array([number[x] for x in labels]))
        for features, labels in examples
    ]
    net = _Net(len(phones))
    _fit(net, prepared, epochs)
    priors = np.array([counts[phone] for phone in phones], float)
    return Trained(phones, _folded(net, mean, deviation), priors / priors.sum())


def _pad(features: Floats) -> Floats:
    return np.concatenate(
        [np.repeat(features[:1], CONTEXT, 0), features, np.repeat(features[-1:], CONTEXT, 0)]
    )


def _fit(net: _Net, prepared: list[tuple[Floats, NDArray[np.int64]]], epochs: int) -> None:
    pieces = [
        (index, offset)
        for index, (_, labels) in enumerate(prepared)
        for offset in range(0, len(labels), _PIECE_FRAMES)
    ]
    optimizer = torch.optim.AdamW(net.parameters(), _PEAK_RATE / 2, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, _PEAK_RATE, total_steps=epochs * (len(pieces) // _BATCH + 1)
    )
    chance = random.Random(0)
    for epoch in range(epochs):
        net.train()
        chance.shuffle(pieces)
        total = right = 0
        for start in range(0, len(pieces), _BATCH):
            sound, wanted = _batch(prepared, pieces[start : start + _BATCH])
            heard = net(sound)
            loss = nn.functional.cross_entropy(heard, wanted, ignore_index=_IGNORED)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            counted = wanted != _IGNORED
            total += int(counted.sum())
            right += int(((heard.argmax(1) == wanted) & counted).sum())
        sys.stderr.write(f"epoch {epoch + 1} of {epochs}: {right / total:.3f} of the frames right\n")


def _batch(
    prepared: list[tuple[Floats, NDArray[np.int64]]], pieces: list[tuple[int, int]]
) -> tuple[torch.Tensor, torch.Tensor]:
    sound = np.zeros((len(pieces), CEPSTRA, _PIECE_FRAMES + 2 * CONTEXT), np.float32)
    wanted = np.full((len(pieces), _PIECE_FRAMES), _IGNORED)
    for row, (index, offset) in enumerate(pieces):
        features, labels = prepared[index]
        piece = features[offset : offset + _PIECE_FRAMES + 2 * CONTEXT]
        names = labels[offset : offset + _PIECE_FRAMES]
        sound[row, :, : len(piece)] = piece.T
        wanted[row, : len(names)] = names
    return torch.from_numpy(sound), torch.from_numpy(wanted)


def _folded(net: _Net, mean: Floats, deviation: Floats) -> list[Affine]:
    """Batch normalisation and the scaling of the input become part of the weights."""
    net.eval()
    layers = []
    for index, (convolution, norm) in enumerate(zip(net.convolutions, net.norms, strict=True)):
        scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy().astype(np.float64)
        shift = norm.bias.detach().numpy() - norm.running_mean.numpy() * scale
        weights = convolution.weight.detach().numpy().astype(np.float64) * scale[:, None, None]
        bias = convolution.bias.detach().numpy() * scale + shift
        if index == 0:
            bias = bias - (weights * (mean / deviation)[None, :, None]).sum((1, 2))
            weights = weights / deviation[None, :, None]
        columns = np.concatenate([weights[:, :, frame] for frame in range(weights.shape[2])], 1)
        layers.append(Affine(columns, bias))
    output = net.output
    layers.append(Affine(output.weight.detach().numpy()[:, :, 0], output.bias.detach().numpy()))
    return layers
