"""Writes the folder that vosk loads: Kaldi's binary model file, configuration, graph."""

import math
import struct
from pathlib import Path

import numpy as np
from corpus import Lexicon
from graph import PhoneTable, write_graph
from network import CONTEXT, LAYERS, Affine, Trained
from numpy.typing import NDArray
from telephone import CEPSTRA

_MFCC = """--use-energy=false
--sample-frequency=8000
--num-mel-bins=40
--num-ceps=40
--low-freq=40
--high-freq=-200
--dither=0
"""
# Vosk takes a frame for 0.03 s, whence the subsampling; the small lattice beam keeps the loop of
# all words from growing lattices of millions of paths.
_DECODING = """--min-active=200
--max-active=5000
--beam=14.0
--lattice-beam=4.0
--acoustic-scale=0.3
--frame-subsampling-factor=3
--endpoint.silence-phones=1
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=0.75
--endpoint.rule4.min-trailing-silence=1.0
"""


def write_model(folder: Path, language: str, lexicon: Lexicon, trained: Trained) -> None:
    """Writes a whole model."""
    table = PhoneTable(trained.phones)
    for part in ("am", "conf"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "conf" / "mfcc.conf").write_text(_MFCC)
    (folder / "conf" / "model.conf").write_text(_DECODING)
    (folder / "am" / "final.mdl").write_bytes(_acoustic_model(table, trained))
    write_graph(folder / "graph", language, lexicon, table)


class _Kaldi:
    """Kaldi's binary notation."""

    def __init__(self) -> None:
        self._parts = [b"\0B"]

    def bytes(self) -> bytes:
        return b"".join(self._parts)

    def token(self, *names: str) -> None:
        self._parts += [name.encode() + b" " for name in names]

    def raw(self, text: str) -> None:
        self._parts.append(text.encode())

    def integer(self, *values: int) -> None:
        self._parts += [b"\4" + struct.pack("<i", value) for value in values]

    def single(self, value: float) -> None:
        self._parts.append(b"\4" + struct.pack("<f", value))

    def double(self, value: float) -> None:
        self._parts.append(b"\10" + struct.pack("<d", value))

    def integers(self, values: list[int]) -> None:
        self._parts.append(b"\4" + struct.pack("<i", len(values)) + np.array(values, np.int32).tobytes())

    def vector(self, values: NDArray[np.float64]) -> None:
        self._parts += [b"FV \4", struct.pack("<i", len(values)), values.astype(np.float32).tobytes()]

    def matrix(self, values: NDArray[np.float64]) -> None:
        rows, columns = values.shape
        self._parts += [b"FM \4", struct.pack("<i", rows), b"\4", struct.pack("<i", columns)]
        self._parts.append(np.ascontiguousarray(values, np.float32).tobytes())


def _acoustic_model(table: PhoneTable, trained: Trained) -> bytes:
    out = _Kaldi()
    _transitions(out, table)
    _network(out, trained.layers)
    out.token("<LeftContext>")
    out.integer(CONTEXT)
    out.token("<RightContext>")
    out.integer(CONTEXT)
    out.token("<Priors>")
    out.vector(trained.priors)
    return out.bytes()


def _transitions(out: _Kaldi, table: PhoneTable) -> None:
    """Every phone is one state that loops or leaves with equal chance."""
    count = len(table.numbers)
    out.token("<TransitionModel>", "<Topology>")
    out.integers(list(range(1, count + 1)))
    out.integers([-1] + [0] * count)
    out.integer(1, 2, 0, 2)  # one kind of phone; two states; the first: output class 0, two ways on
    for target in (0, 1):
        out.integer(target)
        out.single(0.5)
    out.integer(-1, 0)  # the second ends the phone
    out.token("</Topology>", "<Triples>")
    out.integer(count)
    for index, output in enumerate(table.outputs):
        out.integer(index + 1, 0, output)
    out.token("</Triples>", "<LogProbs>")
    out.vector(np.array([0] + [math.log(0.5)] * (2 * count)))
    out.token("</LogProbs>", "</TransitionModel>")


def _network(out: _Kaldi, layers: list[Affine]) -> None:
    out.token("<Nnet3>")
    out.raw("\n" + "\n".join(_wiring()) + "\n\n")
    out.token("<NumComponents>")
    out.integer(2 * len(layers))
    for index, layer in enumerate(layers):
        last = index == len(layers) - 1
        out.token("<ComponentName>", "out" if last else f"a{index}", "<AffineComponent>", "<LearningRate>")
        out.single(0.001)
        out.token("<LinearParams>")
        out.matrix(layer.weights)
        out.token("<BiasParams>")
        out.vector(layer.bias)
        out.token("</AffineComponent>", "<ComponentName>", "lsm" if last else f"r{index}")
        _nonlinearity(out, "LogSoftmaxComponent" if last else "RectifiedLinearComponent", len(layer.bias))
    out.token("</Nnet3>")


def _nonlinearity(out: _Kaldi, kind: str, width: int) -> None:
    out.token(f"<{kind}>", "<Dim>")
    out.integer(width)
    for name in ("<ValueAvg>", "<DerivAvg>"):
        out.token(name)
        out.vector(np.zeros(0))
    out.token("<Count>")
    out.double(0)
    out.token(f"</{kind}>")


def _wiring() -> list[str]:
    lines, previous = [f"input-node name=input dim={CEPSTRA}"], "input"
    for index, (kernel, dilation) in enumerate(LAYERS):
        offsets = [(frame - (kernel - 1) // 2) * dilation for frame in range(kernel)]
        taken = ", ".join(f"Offset({previous}, {offset})" if offset else previous for offset in offsets)
        lines.append(f"component-node name=a{index} component=a{index} input=Append({taken})")
        lines.append(f"component-node name=r{index} component=r{index} input=a{index}")
        previous = f"r{index}"
    lines.append(f"component-node name=out component=out input={previous}")
    lines.append("component-node name=lsm component=lsm input=out")
    lines.append("output-node name=output input=lsm objective=linear")
    return lines
