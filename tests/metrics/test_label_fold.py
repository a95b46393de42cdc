"""Labels by window, by day and by dimension."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support
from tests.metrics.event import cut, plain, randoms
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
HORIZON = 2 * DAY


def nothing() -> Pending:
    shape = label_shape({}, HORIZON)
    pending = Pending(Rollup(shape, Widths(MINUTE, 0, MINUTE), (MINUTE,)))
    pending.cohort = Pending(Rollup(shape, Widths(DAY, 0, HORIZON), (DAY,)))
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
    rng = Random(8)
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


def state(pending: Pending) -> Any:
    cohort = pending.cohort
    assert cohort is not None
    windows = [
        (start, plain(total))
        for held in (pending, cohort)
        for start, total in sorted(held.totals.items())
    ]
    return windows, pending.late, pending.watermark, cohort.watermark


@settings(max_examples=30, deadline=None)
@given(randoms)
def test_labels_of_closed_minutes_and_days_are_so_however_batches_are_cut(rng: Random) -> None:
    labels = [
        label(
            rng.choice(CLASSES),
            rng.choice(CLASSES),
            # About days that the next labels close, and minutes that are closed.
            ts=T0 + DAY * rng.randrange(-3, 1),
            at=T0 + number * DAY // 20 - MINUTE * rng.randrange(4),
            dimensions={"region": rng.choice(("eu", "us"))},
        )
        for number in range(60)
    ]
    together = state(folded([labels]))
    assert state(folded(cut(rng, labels))) == together
    assert state(folded([[one] for one in labels])) == together


def test_a_label_closes_a_day_for_those_after_it_only() -> None:
    first, second = label("cat", "cat"), label("cat", "cat", ts=T0 + 9 * DAY, at=T0 + 9 * DAY)
    cohort = folded([[first, second, first]]).cohort
    assert cohort is not None
    counts = {
        start: int(total.series.column("cells")[0, 0]) for start, total in cohort.totals.items()
    }
    assert counts == {T0 - T0 % DAY: 1, T0 - T0 % DAY + 9 * DAY: 1}
