import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support
from tests.metrics.labelled import confusion, label, values

from streamgauge.metrics.accuracy import EDGES, Accuracy
from streamgauge.metrics.category import cap
from streamgauge.metrics.confusion import Confusion, pair

RANDOM = np.random.default_rng(5)
CLASSES = ["bird", "cat", "dog", "newt"]


def sample(size: int = 3_000) -> tuple[list[str], list[str], list[float]]:
    truth = RANDOM.choice(CLASSES, size, p=[0.5, 0.3, 0.19, 0.01]).tolist()
    # Nobody ever says newt, so that a class without predictions is among them.
    said = RANDOM.choice(CLASSES[:3], size).tolist()
    return (
        truth,
        [t if n % 3 else s for n, (t, s) in enumerate(zip(truth, said, strict=True))],
        (RANDOM.random(size).tolist()),
    )


def test_rates_are_those_of_scikit_learn() -> None:
    truth, said, _ = sample()
    told = confusion([label(t, s) for t, s in zip(truth, said, strict=True)])
    by_class = precision_recall_fscore_support(truth, said, labels=CLASSES, zero_division=0)
    for place, name in enumerate(CLASSES):
        for rate, figures in zip(("precision", "recall", "f1"), by_class, strict=False):
            assert told[f'model_{rate}{{class="{name}"}}'] == pytest.approx(
                figures[place], abs=1e-12
            )
        false_alarms = sum(t != name and s == name for t, s in zip(truth, said, strict=True))
        others = sum(t != name for t in truth)
        assert told[f'model_false_positive_rate{{class="{name}"}}'] == false_alarms / others
        missed = 1 - told[f'model_recall{{class="{name}"}}']
        assert told[f'model_false_negative_rate{{class="{name}"}}'] == pytest.approx(missed)
    for average in ("macro", "weighted"):
        figures = precision_recall_fscore_support(truth, said, average=average, zero_division=0)
        for rate, figure in zip(("precision", "recall", "f1"), figures[:3], strict=True):
            assert told[f'model_{rate}{{average="{average}"}}'] == pytest.approx(figure, abs=1e-12)


def test_the_matrix_adds_up_to_one() -> None:
    told = confusion([label("a", "a"), label("a", "b"), label('q"', "b"), label(1.0, "x")])
    matrix = {name: share for name, share in told.items() if "confusion" in name}
    assert matrix == {
        'model_confusion_ratio{truth="1",predicted="x"}': 0.25,
        'model_confusion_ratio{truth="a",predicted="a"}': 0.25,
        'model_confusion_ratio{truth="a",predicted="b"}': 0.25,
        'model_confusion_ratio{truth="q\\"",predicted="b"}': 0.25,
    }


def test_accuracy_by_confidence_is_that_of_the_predictions_at_least_that_sure() -> None:
    truth, said, sure = sample()
    sure[:6] = EDGES
    told = values(
        Accuracy(),
        [label(t, s, confidence=c) for t, s, c in zip(truth, said, sure, strict=True)],
    )
    hits = np.array([t == s for t, s in zip(truth, said, strict=True)])
    assert told["model_accuracy"] == hits.mean()
    for edge in EDGES:
        above = np.array(sure) >= edge
        assert told[f'model_accuracy{{min_confidence="{edge}"}}'] == hits[above].mean()
        coverage = told[f'model_confidence_coverage_ratio{{min_confidence="{edge}"}}']
        assert coverage == above.mean()


def test_predictions_without_confidence_count_for_accuracy_alone() -> None:
    assert values(Accuracy(), [label("a", "a"), label("a", "b")]) == {"model_accuracy": 0.5}


def test_one_and_1_are_the_same_class() -> None:
    task = {"task": "classification"}
    assert values(
        Accuracy(), [label(1.0, "1"), label("1", 1.0, **task), label(1.0, 1.0, **task)]
    ) == {"model_accuracy": 1.0}


def test_what_corrections_took_back_is_gone() -> None:
    counts = {pair("a", "a"): 2, pair("b", "a"): 0}
    assert Confusion().values(counts, 2) == Confusion().values({pair("a", "a"): 2}, 2)
    assert Confusion().values({pair("a", "a"): 0}, 0) == {}


def test_more_pairs_than_a_window_names_give_no_wrong_rate() -> None:
    counts = cap({pair(f"t{n}", "x"): 1 for n in range(40)}, limit=30)
    assert Confusion().values(counts, 40) == {"model_confusion_overflow_ratio": 0.25}
    assert Confusion().samples(counts, 40) == {"model_confusion_overflow_ratio": 40}
