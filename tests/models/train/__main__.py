"""Trains the tests' recogniser of one language: `python tests/models/train LANGUAGE OUTPUT`.

Takes about ten minutes on two cores; needs requirements.txt and Debian's libfst-tools.
"""

import argparse
import pickle
import sys
from pathlib import Path

from corpus import TRAINING_VARIANTS, Lexicon, Speakers
from network import Example, Trained, train
from telephone import Line


def main() -> None:
    """Says the corpus, trains the network, writes the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("language", choices=("zh", "en"))
    parser.add_argument("output", type=Path)
    parser.add_argument("--utterances", type=int, default=4_000)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="keeps the trained network here, or uses the one kept")
    asked = parser.parse_args()
    lexicon, trained = _kept(asked.keep) or _learn(asked)
    if asked.keep:
        asked.keep.write_bytes(pickle.dumps((lexicon, trained)))
    from export import write_model  # noqa: PLC0415 - the export's tools are not needed to train

    write_model(asked.output, asked.language, lexicon, trained)


def _kept(path: Path | None) -> tuple[Lexicon, Trained] | None:
    if path is None or not path.exists():
        return None
    kept: tuple[Lexicon, Trained] = pickle.loads(path.read_bytes())
    return kept


def _learn(asked: argparse.Namespace) -> tuple[Lexicon, Trained]:
    speakers, line, lexicon = Speakers(asked.language, TRAINING_VARIANTS, seed=1), Line(seed=2), Lexicon()
    examples: list[Example] = []
    for _ in range(asked.utterances):
        utterance = speakers.utterance()
        lexicon.learn(utterance)
        examples.append(line.send(utterance))
    hours = sum(len(labels) for _, labels in examples) / 360_000
    sys.stderr.write(f"{len(examples)} utterances, {hours:.2f} hours\n")
    return lexicon, train(examples, asked.epochs, asked.threads)


if __name__ == "__main__":
    main()
