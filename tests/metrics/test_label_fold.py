"""Labels by window, by day and by dimension."""

import random
from collections.abc import Sequence

import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from tests.metrics.labelled import T0, label

from streamgauge.metrics.label import Label
from streamgauge.metrics.label_fold import add_labels
from streamgauge.metrics.label_summary import label_shape
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import DAY, Rollup
from streamgauge.metrics.series_table import SeriesTable
from streamgauge.metrics.window import Widths

MINUTE = 60_000
CLASSES = ["bird", "cat", "dog"]


def nothing() -> Pending:
    shape = label_shape({}, 35 * DAY)
    pending = Pending(Rollup(shape, Widths(MINUTE, 0, MINUTE), (MINUTE,)))
    pending.cohort = Pending(Rollup(shape, Widths(DAY, 0, 35 * DAY), (DAY,)))
    return pending


def folded(batches: Sequence[Sequence[Label]], dimensions: Sequence[str] = ("region",)) -> Pending:
    pending = nothing()
    for batch in batches:
        add_labels(pending, batch, None, dimensions)
    return pending


def told(table: SeriesTable) -> dict[str, dict[str, float]]:
    """The values of each value of a dimension."""
    cells = table.column("cells")
    return {
        key[3]: table.layout.values(cells[row], table.names.get(key, {}), 60.0)
        for key, row in table.rows.items()
    }


def sample(size: int = 1_200) -> list[Label]:
    """Seed 8: regions that are not equally often right."""
    rng = random.Random(8)
    labels = []
    for _ in range(size):
        region, truth = rng.choice(("eu", "us")), rng.choice(CLASSES)
        right = rng.random() < (0.9 if region == "eu" else 0.5)
        said = truth if right else rng.choice(CLASSES)
        labels.append(label(truth, said, dimensions={"region": region}))
    return labels


def check(values: dict[str, float], truth: list[str], said: list[str]) -> None:
    figures = precision_recall_fscore_support(truth, said, labels=CLASSES, zero_division=0)
    matrix = confusion_matrix(truth, said, labels=CLASSES)
    for place, name in enumerate(CLASSES):
        for rate, figure in zip(("precision", "recall", "f1"), figures, strict=False):
            assert values[f'model_{rate}{{class="{name}"}}'] == pytest.approx(figure[place])
        hits, real, called = matrix[place, place], matrix[place].sum(), matrix[:, place].sum()
        wrong = (called - hits) / (len(truth) - real)
        assert values[f'model_false_positive_rate{{class="{name}"}}'] == pytest.approx(wrong)
        missed = (real - hits) / real
        assert values[f'model_false_negative_rate{{class="{name}"}}'] == pytest.approx(missed)
        for other, called_as in enumerate(CLASSES):
            pair = f'model_confusion_ratio{{truth="{name}",predicted="{called_as}"}}'
            assert values[pair] == pytest.approx(matrix[place, other] / len(truth))


def test_the_confusion_of_a_dimension_is_that_of_scikit_learn() -> None:
    labels = sample()
    (total,) = folded([labels[:500], labels[500:]]).totals.values()
    values = told(total.brief)
    assert values.keys() == {"eu", "us"}
    for region, held in values.items():
        own = [one for one in labels if one.dimensions["region"] == region]
        check(held, [str(one.truth) for one in own], [str(one.prediction) for one in own])


def test_corrections_take_back_what_a_dimension_had_confused() -> None:
    labels = sample()
    wrong = {"old_truth": "bird", "old_at": T0 + 1, "verdict": "correction"}
    better = [
        label("cat", one.prediction, dimensions=one.dimensions, **wrong)
        for one in labels
        if one.truth == "bird"
    ]
    cohort = folded([labels, better]).cohort
    assert cohort is not None
    (total,) = cohort.totals.values()
    for region, held in told(total.brief).items():
        own = [one for one in labels if one.dimensions["region"] == region]
        truth = [str(one.truth).replace("bird", "cat") for one in own]
        said = [str(one.prediction) for one in own]
        figures = precision_recall_fscore_support(truth, said, labels=CLASSES, zero_division=0)
        assert held['model_recall{class="cat"}'] == pytest.approx(figures[1][1])
        assert held['model_precision{class="bird"}'] == 0.0
