"""How well texts of known labels are labelled, and how far the confidence can be trusted. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tickets.classifier import Classifier, Example, Verdict, learn

THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfClass:
    """How one label fared; a share of nothing is None."""

    trained: int
    tested: int
    accuracy: float | None
    """Of the texts that have this label, the share that was given it."""
    precision: float | None
    """Of the texts that were given this label, the share that has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What is left to a machine that keeps silent below a threshold."""

    threshold: float
    share: float
    """Of all texts, those whose verdict is at least this sure."""
    accuracy: float | None
    """Of those, the share that is right; None where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of judging texts that were not learned from."""

    accuracy: float
    majority_accuracy: float
    """What calling every text by the commonest label of the examples would have reached."""
    by_class: dict[str, OfClass]
    coverage: list[Covered]
    verdicts: list[tuple[Example, Verdict]]


def measure(train: Sequence[Example], test: Sequence[Example]) -> Measured:
    """Learns from some texts and judges others; needs examples of two labels, and texts to judge."""
    classifier = learn(train)
    verdicts = [(example, classifier.classify(example.text)) for example in test]
    trained = Counter(example.label for example in train)
    commonest = min(trained, key=lambda label: (-trained[label], label))
    return Measured(
        accuracy=_share([_is_right(one) for one in verdicts]) or 0.0,
        majority_accuracy=_share([example.label == commonest for example in test]) or 0.0,
        by_class=_by_class(classifier, trained, verdicts),
        coverage=[_covered(threshold, verdicts) for threshold in THRESHOLDS],
        verdicts=verdicts,
    )


def _by_class(
    classifier: Classifier, trained: Counter[str], verdicts: Sequence[tuple[Example, Verdict]]
) -> dict[str, OfClass]:
    labels = sorted({*classifier.labels, *(example.label for example, _ in verdicts)})
    return {
        label: OfClass(
            trained=trained[label],
            tested=sum(example.label == label for example, _ in verdicts),
            accuracy=_share(
                [verdict.label == label for example, verdict in verdicts if example.label == label]
            ),
            precision=_share(
                [example.label == label for example, verdict in verdicts if verdict.label == label]
            ),
        )
        for label in labels
    }


def _covered(threshold: float, verdicts: Sequence[tuple[Example, Verdict]]) -> Covered:
    right = [_is_right(one) for one in verdicts if one[1].confidence >= threshold]
    return Covered(threshold=threshold, share=len(right) / len(verdicts), accuracy=_share(right))


def _is_right(judged: tuple[Example, Verdict]) -> bool:
    example, verdict = judged
    return example.label == verdict.label


def _share(right: Sequence[bool]) -> float | None:
    return sum(right) / len(right) if right else None
