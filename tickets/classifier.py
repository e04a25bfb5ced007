"""Learns from texts with labels how to label others: says which, how sure it is, and by which words. Pure.

A linear model over the pieces of a text (`pieces.py`), weighed by how rare they are: logistic regression
over all labels at once. The same examples in the same order give the same model. How sure it is comes from
examples that were held back: the model of the others judges them, and one figure, the temperature, is set
so that of all that is said with 0.8, about four in five are right. What is never known from few examples,
how many other ways there are to say it, is left as doubt.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from tickets.pieces import pieces
from tickets.reasons import telling_words

Numbers = NDArray[np.float64]
Places = NDArray[np.intp]

PIECES_MAX = 100_000
"""Those in the most texts are kept."""
STRENGTH = 10.0
"""How much the examples count against the wish for small weights."""
STEPS_MAX = 200
STILL_MOVING = 1e-3
"""Weights that change by less than this share of the largest have arrived."""
FOLDS = 5
FOLDED_MAX = 3_000
"""With more examples than this, judging one fold of them says enough, and takes a fifth of the time."""
USUAL_TEMPERATURE = 0.3
"""Of a few dozen texts, which are too few to tell it well."""
USUAL_WEIGHT = 4.0
_TEMPERATURES: Numbers = np.geomspace(0.03, 10, 121)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text and what a person called it."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a text probably is."""

    label: str
    confidence: float
    """The probability that the label is right."""
    reasons: tuple[str, ...]
    """The words of the text that spoke most for the label, the strongest first; none if none did."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Texts as what is not zero of a matrix: one row for each text, one column for each piece."""

    row: Places
    column: Places
    value: Numbers
    count: int


@dataclass(frozen=True, slots=True)
class _Linear:
    """One weight for each label and piece, and what is expected of a text that says nothing."""

    columns: Mapping[str, int]
    rarity: Numbers
    rarity_of_unknown: float
    weights: Numbers
    expected: Numbers

    def scores(self, texts: Sequence[Counter[str]]) -> Numbers:
        """For and against each label: only what the words say, not how common it is."""
        return _times(self.weights, self.rows(texts))

    def said_for(self, label: int, text: Counter[str]) -> dict[str, float]:
        """What each known piece of a text adds to the label's score."""
        rows = self.rows([text])
        added = rows.value * self.weights[label][rows.column]
        of_column = dict(zip(rows.column.tolist(), added.tolist(), strict=True))
        return {piece: of_column[column] for piece in text if (column := self.columns.get(piece)) is not None}

    def rows(self, texts: Sequence[Counter[str]]) -> _Rows:
        return _weighed(texts, self.columns, self.rarity, self.rarity_of_unknown)


@dataclass(frozen=True, slots=True)
class Classifier:
    """What was learned."""

    labels: tuple[str, ...]
    temperature: float
    doubt: float
    _linear: _Linear

    def classify(self, text: str) -> Verdict:
        """The likeliest label."""
        found = pieces(text)
        counted = found.counted()
        linear = self._linear
        chances = _chances(linear.scores([counted]), linear.expected, self.temperature, self.doubt)[0]
        best = int(np.argmax(chances))
        return Verdict(
            label=self.labels[best],
            confidence=float(chances[best]),
            reasons=telling_words(found, linear.said_for(best, counted)),
        )

    def to_bytes(self) -> bytes:
        """All of it, to be kept in a file."""
        kept, linear = BytesIO(), self._linear
        np.savez_compressed(
            kept,
            labels=np.array(self.labels),
            sureness=np.array([self.temperature, self.doubt, linear.rarity_of_unknown]),
            pieces=np.array(list(linear.columns)),
            rarity=linear.rarity,
            weights=linear.weights.astype(np.float32),
            expected=linear.expected,
        )
        return kept.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Classifier":
        """What `to_bytes` gave; raises `ValueError` for anything else."""
        try:
            with np.load(BytesIO(kept), allow_pickle=False) as arrays:
                temperature, doubt, of_unknown = arrays["sureness"].tolist()
                linear = _Linear(
                    {piece: column for column, piece in enumerate(arrays["pieces"].tolist())},
                    arrays["rarity"],
                    of_unknown,
                    arrays["weights"].astype(np.float64),
                    arrays["expected"],
                )
                return cls(tuple(arrays["labels"].tolist()), temperature, doubt, linear)
        except (BadZipFile, KeyError, OSError, EOFError, ValueError) as error:
            raise ValueError(f"this is no classifier: {error}") from error


def learn(examples: Sequence[Example]) -> Classifier:
    """A classifier; there have to be examples of at least two labels."""
    labels = sorted({example.label for example in examples})
    if len(labels) < 2:
        raise ValueError("one label alone leaves nothing to learn")
    texts = [pieces(example.text).counted() for example in examples]
    place = {label: index for index, label in enumerate(labels)}
    truth: Places = np.array([place[example.label] for example in examples], dtype=np.intp)
    return Classifier(
        labels=tuple(labels),
        temperature=_temperature(texts, truth, len(labels)),
        doubt=_doubt(len(texts), len(labels)),
        _linear=_fit(texts, truth, len(labels)),
    )


def _doubt(texts: int, labels: int) -> float:
    """The share of texts that may be like none of the examples: two of each label tell little."""
    return 1 / (2 + texts / labels)


def _chances(scores: Numbers, expected: Numbers, temperature: float, doubt: float) -> Numbers:
    """What words say is scaled, what is common is not: a text of strange words is as likely as any."""
    return (1 - doubt) * _softmax(scores / temperature + expected) + doubt / len(expected)


def _temperature(texts: Sequence[Counter[str]], truth: Places, labels: int) -> float:
    """By what the scores have to be divided to be as sure as they are right."""
    fold = _folds(truth)
    scores, right = [], []
    for held_back in range(FOLDS if len(texts) <= FOLDED_MAX else 1):
        known, judged = np.flatnonzero(fold != held_back), np.flatnonzero(fold == held_back)
        if known.size and judged.size:
            linear = _fit([texts[int(index)] for index in known], truth[known], labels)
            scores.append(linear.scores([texts[int(index)] for index in judged]))
            right.append(truth[judged])
    if not scores:
        # One example of each label: held back, there would be nothing to learn from.
        return USUAL_TEMPERATURE
    return _fitting_temperature(np.concatenate(scores), np.concatenate(right), _expected(truth, labels))


def _folds(truth: Places) -> Places:
    """To which fold each example belongs: those of each label are dealt out in turn."""
    dealt: Counter[int] = Counter()
    fold = np.empty(len(truth), dtype=np.intp)
    for index, label in enumerate(truth):
        fold[index] = dealt[int(label)] % FOLDS
        dealt[int(label)] += 1
    return fold


def _fitting_temperature(scores: Numbers, right: Places, expected: Numbers) -> float:
    doubt, each = _doubt(*scores.shape), np.arange(len(right))
    chances = [_chances(scores, expected, warm, doubt)[each, right] for warm in _TEMPERATURES]
    losses = -np.log(chances).sum(axis=1)
    unusual = USUAL_WEIGHT * np.log(_TEMPERATURES / USUAL_TEMPERATURE) ** 2
    return float(_TEMPERATURES[int(np.argmin(losses + unusual))])


def _fit(texts: Sequence[Counter[str]], truth: Places, labels: int) -> _Linear:
    in_texts = Counter(piece for text in texts for piece in text)
    kept = sorted(in_texts, key=lambda piece: (-in_texts[piece], piece))[:PIECES_MAX]
    columns = {piece: column for column, piece in enumerate(kept)}
    rarity = np.array([_rarity(in_texts[piece], len(texts)) for piece in kept])
    of_unknown = _rarity(0, len(texts))
    expected = _expected(truth, labels)
    rows = _weighed(texts, columns, rarity, of_unknown)
    return _Linear(columns, rarity, of_unknown, _weights(rows, truth, expected, len(columns)), expected)


def _expected(truth: Places, labels: int) -> Numbers:
    counts = np.bincount(truth, minlength=labels) + 1.0
    return np.asarray(np.log(counts / counts.sum()))


def _rarity(in_texts: int, texts: int) -> float:
    return 1.0 + float(np.log((1 + texts) / (1 + in_texts)))


def _weighed(
    texts: Sequence[Counter[str]], columns: Mapping[str, int], rarity: Numbers, rarity_of_unknown: float
) -> _Rows:
    """Each row has length 1, of which what is not known takes its share: strange texts are judged faintly."""
    row, column, value = [], [], []
    for index, text in enumerate(texts):
        known = {place: text[piece] for piece in text if (place := columns.get(piece)) is not None}
        places = np.fromiter(known.keys(), dtype=np.intp, count=len(known))
        weights = (1 + np.log(np.fromiter(known.values(), dtype=np.float64, count=len(known)))) * rarity[
            places
        ]
        unknown = (len(text) - len(known)) * rarity_of_unknown**2
        length = np.sqrt(np.sum(weights**2) + unknown) or 1.0
        row.append(np.full(len(known), index, dtype=np.intp))
        column.append(places)
        value.append(weights / length)
    return _Rows(np.concatenate(row), np.concatenate(column), np.concatenate(value), len(texts))


def _weights(rows: _Rows, truth: Places, expected: Numbers, columns: int) -> Numbers:
    """The weights of least loss, by accelerated gradient steps; a step that overshoots begins anew."""
    if not columns:
        # Nothing but signs: what is common is all that can be said.
        return np.zeros((len(expected), 0))
    wanted = np.zeros((rows.count, len(expected)))
    wanted[np.arange(rows.count), truth] = 1.0
    step = 1.0 / (1.0 + 0.5 * STRENGTH * _largest_eigenvalue(rows, columns))
    weights = ahead = np.zeros((len(expected), columns))
    pace = 1.0
    for _ in range(STEPS_MAX):
        missed = _softmax(_times(ahead, rows) + expected) - wanted
        gradient = STRENGTH * _times_transposed(missed, rows, columns) + ahead
        moved = ahead - step * gradient
        change = moved - weights
        if np.sum(gradient * change) > 0:
            pace = 1.0
        pace, slower = (1 + np.sqrt(1 + 4 * pace**2)) / 2, pace - 1
        weights, ahead = moved, moved + slower / pace * change
        if np.abs(change).max() <= STILL_MOVING * np.abs(weights).max():
            break
    return weights


def _largest_eigenvalue(rows: _Rows, columns: int) -> float:
    """Of the matrix times itself: how steep the loss can be."""
    vector = np.full((1, columns), 1 / np.sqrt(columns or 1))
    largest = 1.0
    for _ in range(20):
        vector = _times_transposed(_times(vector, rows), rows, columns)
        largest = float(np.linalg.norm(vector)) or 1.0
        vector /= largest
    return 1.1 * largest


def _times(weights: Numbers, rows: _Rows) -> Numbers:
    """For each row and each label, the sum of its entries by their weights."""
    sums = [np.bincount(rows.row, rows.value * of_label[rows.column], rows.count) for of_label in weights]
    return np.stack(sums, axis=1)


def _times_transposed(missed: Numbers, rows: _Rows, columns: int) -> Numbers:
    sums = [np.bincount(rows.column, rows.value * of_label[rows.row], columns) for of_label in missed.T]
    return np.stack(sums)


def _softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
