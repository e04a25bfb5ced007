"""What is learned from labelled texts, and how sure it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.classifier import Example, learn
from tickets.classifier_score import THRESHOLDS, Measured, OfClass, measure
from tickets.pieces import pieces

MATTERS = Path(__file__).resolve().parents[2] / "texts" / "matters.tsv"


def example(label: str, text: str) -> Example:
    return Example(label=label, text=text)


SMALL = [
    example("delivery", "快递一直没有送到"),
    example("delivery", "我的快递丢了"),
    example("delivery", "The parcel was never delivered"),
    example("billing", "这个月话费多扣了"),
    example("billing", "重复扣费请退给我"),
    example("billing", "The bill charges me twice"),
]


@pytest.fixture(scope="module")
def matters() -> list[Example]:
    lines = MATTERS.read_text(encoding="utf-8").splitlines()
    return [example(*line.split("\t")) for line in lines]


@pytest.fixture(scope="module")
def thirds(matters: list[Example]) -> list[Measured]:
    return [measure(*_apart(matters, third)) for third in range(3)]


def _apart(matters: Sequence[Example], third: int) -> tuple[list[Example], list[Example]]:
    known = [one for at, one in enumerate(matters) if at % 3 != third]
    return known, [one for at, one in enumerate(matters) if at % 3 == third]


def test_says_what_a_text_is_about_and_by_which_words() -> None:
    verdict = learn(SMALL).classify("快递还没有到")
    assert verdict.label == "delivery"
    assert "快递" in verdict.reasons[0]
    assert verdict.confidence > 0.5


def test_reads_english_by_words_that_are_only_alike() -> None:
    verdict = learn(SMALL).classify("Two parcels are missing")
    assert (verdict.label, verdict.reasons) == ("delivery", ("parcels",))


def test_blanks_between_chinese_words_say_nothing() -> None:
    classifier = learn(SMALL)
    assert classifier.classify("快递 还 没有 到") == classifier.classify("快递还没有到")


def test_case_and_width_say_nothing() -> None:
    classifier = learn(SMALL)
    assert classifier.classify("ＰＡＲＣＥＬ") == classifier.classify("parcel")


def test_a_text_of_unknown_words_is_judged_by_what_is_common_and_without_reasons() -> None:
    common = [example("billing", f"账单不对{number}") for number in range(18)]
    verdict = learn([*SMALL, *common]).classify("вопрос")
    assert (verdict.label, verdict.reasons) == ("billing", ())
    assert verdict.confidence == pytest.approx(21 / 24, abs=0.06)


def test_unknown_words_make_it_less_sure() -> None:
    classifier = learn(SMALL)
    assert (
        classifier.classify("快递和账户之间存在某种奇怪联系").confidence
        < classifier.classify("快递").confidence
    )


def test_a_handful_of_examples_proves_no_certainty() -> None:
    assert all(learn(SMALL).classify(one.text).confidence < 0.95 for one in SMALL)


def test_the_same_examples_give_the_same_verdicts() -> None:
    assert [learn(SMALL).classify(one.text) for one in SMALL] == [
        learn(SMALL).classify(one.text) for one in SMALL
    ]


def test_one_label_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="one label"):
        learn(SMALL[:3])


def test_a_label_with_one_example_does_not_stop_learning() -> None:
    assert learn([*SMALL, example("praise", "师傅非常好")]).classify("师傅非常好").label == "praise"


def test_one_example_of_each_label_is_enough_to_learn_something() -> None:
    verdict = learn([SMALL[0], SMALL[3]]).classify("快递还没有到")
    assert verdict.label == "delivery"
    assert verdict.confidence < 0.8


def test_texts_without_words_teach_what_is_common_and_no_more() -> None:
    classifier = learn([example("a", "。。"), example("a", "！"), example("b", "??")])
    assert classifier.classify("快递").label == "a"
    assert classifier.classify("…").reasons == ()


def test_contradicting_examples_leave_doubt() -> None:
    torn = [example(label, "我要退货") for label in ("refund", "exchange") for _ in range(10)]
    assert learn(torn).classify("我要退货").confidence == pytest.approx(0.5, abs=0.01)


def test_is_far_better_than_calling_all_by_the_commonest_label(thirds: list[Measured]) -> None:
    right = sum(one.accuracy for one in thirds) / 3
    commonest = sum(one.majority_accuracy for one in thirds) / 3
    assert right > 2 * commonest


def test_is_about_as_sure_as_it_is_right(thirds: list[Measured]) -> None:
    verdicts = [judged for one in thirds for judged in one.verdicts]
    sure = sum(verdict.confidence for _, verdict in verdicts) / len(verdicts)
    right = sum(example.label == verdict.label for example, verdict in verdicts) / len(verdicts)
    assert sure == pytest.approx(right, abs=0.06)


def test_is_more_often_right_where_it_is_surer(thirds: list[Measured]) -> None:
    verdicts = [judged for one in thirds for judged in one.verdicts]
    right = {
        threshold: [one.label == said.label for one, said in verdicts if said.confidence >= threshold]
        for threshold in (0.0, 0.5, 0.7)
    }
    shares = [sum(some) / len(some) for some in right.values()]
    assert shares == sorted(shares)
    assert shares[-1] > 0.75


def test_each_label_is_counted_also_one_that_was_never_learned() -> None:
    found = measure(SMALL, [example("delivery", "快递没到"), example("praise", "师傅非常好")])
    assert found.by_class["delivery"].accuracy == 1.0
    assert found.by_class["praise"] == OfClass(trained=0, tested=1, accuracy=0.0, precision=None)
    assert found.by_class["billing"].accuracy is None
    assert found.accuracy == 0.5


def test_coverage_falls_as_the_threshold_rises(thirds: list[Measured]) -> None:
    shares = [one.share for one in thirds[0].coverage]
    assert [one.threshold for one in thirds[0].coverage] == list(THRESHOLDS)
    assert shares[0] == 1.0
    assert shares == sorted(shares, reverse=True)
    assert thirds[0].coverage[0].accuracy == thirds[0].accuracy


@given(st.text(max_size=80))
def test_any_text_can_be_taken_apart_and_judged(text: str) -> None:
    for piece in pieces(text).all:
        assert 0 <= piece.start < piece.end <= len(pieces(text).folded)
    verdict = CLASSIFIER.classify(text)
    assert 0 < verdict.confidence <= 1
    assert all(reason in pieces(text).folded for reason in verdict.reasons)


CLASSIFIER = learn(SMALL)
