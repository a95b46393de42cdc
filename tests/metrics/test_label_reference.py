"""All late labels in: the figures of a day of predictions are those of scikit-learn.

Data sets with late labels of NannyML; of the truths some come wrong and are corrected, some come
twice, some are told otherwise later, in an order that has nothing to do with the predictions'.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    mean_absolute_error,
    precision_score,
    r2_score,
    recall_score,
    roc_auc_score,
    root_mean_squared_error,
)
from tests.dataset import numbers
from tests.metrics.labelled import T0, label

from streamgauge.metrics.label import Label
from streamgauge.metrics.label_fold import add_labels
from streamgauge.metrics.label_summary import label_shape
from streamgauge.metrics.pending import Pending
from streamgauge.metrics.rollup import DAY, Rollup
from streamgauge.metrics.window import Widths
from streamgauge.stream_processors.label_fact import Fact, judge

MINUTE = 60_000
HORIZON = 3 * DAY
SEED = 20261121
SIZE = 20_000


class Told(NamedTuple):
    """One outcome on its way: about which prediction, when it is read, what it says."""

    place: int
    fact: Fact


def outcomes(truth: Sequence[float], wrong: Sequence[float]) -> list[Told]:
    """Every truth up to two days late; of ten, two come wrong first and two come twice."""
    random = np.random.default_rng(SEED)
    late = random.integers(1, 2 * DAY - 2 * MINUTE, len(truth)).tolist()
    told = []
    for place, (right, other, at) in enumerate(zip(truth, wrong, late, strict=True)):
        first, final = Fact(T0 + at, 0, other), Fact(T0 + at, 0, right)
        kind = random.integers(10)
        if kind == 0:
            # Corrected; the correction may not come before what it corrects.
            told += [(at, Told(place, first))]
            told += [(at + MINUTE, Told(place, Fact(T0 + at + MINUTE, 1, right)))]
        elif kind == 1:
            # Two truths of one revision: the later one holds.
            told += [(at, Told(place, first))]
            told += [(at + MINUTE, Told(place, Fact(T0 + at + 1, 0, right)))]
        elif kind <= 3:
            told += [(at, Told(place, final)), (at + MINUTE, Told(place, final))]
        else:
            told += [(at, Told(place, final))]
    return [one for _, one in sorted(told, key=lambda item: item[0])]


def joined(told: list[Told], predictions: list[dict[str, Any]]) -> list[Label]:
    """The label that each outcome becomes after those before it."""
    before: dict[int, list[Fact]] = defaultdict(list)
    labels = []
    for place, fact in told:
        verdict, old = judge(before[place], fact)
        before[place].append(fact)
        replaced = {"old_truth": old.truth, "old_at": old.ts} if old else {}
        labels.append(
            label(fact.truth, verdict=verdict, ts=T0, at=fact.ts, **predictions[place], **replaced)
        )
    return labels


def day(labels: list[Label]) -> dict[str, float]:
    """What the day of the predictions says at its end."""
    shape = label_shape({}, HORIZON)
    pending = Pending(Rollup(shape, Widths(MINUTE, 0, MINUTE), (MINUTE,)))
    pending.cohort = Pending(Rollup(shape, Widths(DAY, 0, HORIZON), (DAY,)))
    for start in range(0, len(labels), 977):
        add_labels(pending, labels[start : start + 977])
    (total,) = pending.cohort.totals.values()
    table = total.series
    ((key, row),) = table.rows.items()
    return table.layout.values(table.column("cells")[row], table.names.get(key, {}), DAY / 1_000)


def test_classes_are_those_of_scikit_learn_to_the_last_bit() -> None:
    # From row 15,000 on, so that half of them are after the drift.
    part = slice(15_000, 15_000 + SIZE)
    truth = numbers("synthetic_car_loan_analysis_target", "repaid")[part]
    called = numbers("synthetic_car_loan_analysis", "y_pred")[part]
    score = numbers("synthetic_car_loan_analysis", "y_pred_proba")[part]
    predictions = [
        {"prediction": one, "score": chance, "task": "classification"}
        for one, chance in zip(called.tolist(), score.tolist(), strict=True)
    ]
    told = outcomes(truth.tolist(), (1.0 - truth).tolist())
    labels = joined(told, predictions)
    assert {one.verdict for one in labels} == {"label", "correction", "conflict", "duplicate"}
    values = day(labels)
    assert values["label_count"] == SIZE
    assert values["model_accuracy"] == accuracy_score(truth, called)
    for name, positive in (("1", 1.0), ("0", 0.0)):
        of = f'{{class="{name}"}}'
        assert values[f"model_precision{of}"] == precision_score(truth, called, pos_label=positive)
        assert values[f"model_recall{of}"] == recall_score(truth, called, pos_label=positive)
        assert values[f"model_f1{of}"] == f1_score(truth, called, pos_label=positive)
    for row, real in zip(confusion_matrix(truth, called).tolist(), "01", strict=True):
        for count, said in zip(row, "01", strict=True):
            pair = f'model_confusion_ratio{{truth="{real}",predicted="{said}"}}'
            assert values[pair] == count / SIZE
    assert values["model_auc"] == pytest.approx(roc_auc_score(truth, score), abs=1e-5)


def test_errors_of_numbers_are_those_of_scikit_learn_to_the_scale_of_the_integers() -> None:
    truth = numbers("regression_synthetic_analysis_targets", "y_true")[:SIZE]
    said = numbers("regression_synthetic_analysis", "y_pred")[:SIZE]
    predictions = [{"prediction": one} for one in said.tolist()]
    values = day(joined(outcomes(truth.tolist(), (truth + 5e8).tolist()), predictions))
    assert values["label_count"] == SIZE
    # Prices are whole, so sums of their errors are too: MAE and bias are exact.
    assert values["model_mae"] == mean_absolute_error(truth, said)
    assert values["model_bias"] == (said - truth).sum() / SIZE
    rmse = root_mean_squared_error(truth, said)
    assert values["model_rmse"] == pytest.approx(rmse, rel=1e-12)
    assert values["model_r2"] == pytest.approx(r2_score(truth, said), rel=1e-12)


def test_numbers_with_fractions_are_off_by_a_millionth_at_most() -> None:
    random = np.random.default_rng(SEED)
    truth = numbers("regression_synthetic_analysis_targets", "y_true")[:SIZE] / 997
    said = truth + random.normal(0.0, 3.0, SIZE)
    predictions = [{"prediction": one} for one in said.tolist()]
    values = day(joined(outcomes(truth.tolist(), (-truth).tolist()), predictions))
    assert values["model_mae"] == pytest.approx(mean_absolute_error(truth, said), abs=1e-6)
    assert values["model_rmse"] == pytest.approx(root_mean_squared_error(truth, said), abs=1e-6)
