import pytest
from tests.metrics.labelled import T0, counted, label, values

from streamgauge.metrics.label_column import arrived, cohort
from streamgauge.metrics.label_lag import LabelLag
from streamgauge.metrics.label_summary import coverage
from streamgauge.metrics.label_traffic import LabelTraffic

HELD = [
    label(),
    label(2.0, verdict="correction", old_truth=1.0, old_at=T0 + 5),
    label(3.0, verdict="conflict", old_truth=2.0, old_at=T0 + 5),
    label(4.0, verdict="conflict"),
    label(verdict="duplicate"),
    label(verdict="unmatched"),
    label(verdict="orphan", prediction=None),
    label(),
]


def test_outcomes_are_counted_by_what_became_of_them() -> None:
    assert values(LabelTraffic(), HELD) == {
        "label_count": 4.0,
        "outcome_count": 8.0,
        'outcome_verdict_ratio{verdict="label"}': 0.25,
        'outcome_verdict_ratio{verdict="correction"}': 0.125,
        'outcome_verdict_ratio{verdict="conflict"}': 0.25,
        'outcome_verdict_ratio{verdict="duplicate"}': 0.125,
        'outcome_verdict_ratio{verdict="unmatched"}': 0.125,
        'outcome_verdict_ratio{verdict="orphan"}': 0.125,
    }


def test_arrivals_take_nothing_back() -> None:
    batch = arrived(HELD)
    assert batch.weight.tolist() == [1, 1, 1, 0, 0, 0, 0, 1]
    assert batch.label.tolist() == list(range(8))
    assert set(batch.ts.tolist()) == {T0 + 60_000}


def test_a_cohort_takes_back_what_was_replaced() -> None:
    batch = cohort(HELD)
    assert batch.weight.tolist() == [1, -1, 1, -1, 1, 1]
    assert batch.label.tolist() == [0, 1, 1, 2, 2, 7]
    assert batch.truth.tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 1.0]
    assert set(batch.ts.tolist()) == {T0}
    cells = counted(LabelTraffic(), batch)
    assert LabelTraffic().values(cells, 60.0) == {"label_count": 2.0}


def test_the_lag_is_from_the_prediction_to_the_truth() -> None:
    told = values(LabelLag(), [label(at=T0 + 1_000 * n) for n in range(1, 101)])
    assert told["label_lag_seconds_mean"] == 50.5
    assert told['label_lag_seconds{quantile="0.95"}'] == pytest.approx(95, rel=0.026)


def test_a_truth_before_its_prediction_came_at_once() -> None:
    assert values(LabelLag(), [label(at=T0 - 5_000)])["label_lag_seconds_mean"] == 0.0


@pytest.mark.parametrize(
    ("labels", "predictions", "share"), [(1, 4, 0.25), (0, 4, 0.0), (5, 4, 1.0), (-1, 4, 0.0)]
)
def test_coverage_is_a_share(labels: int, predictions: int, share: float) -> None:
    assert coverage(labels, predictions) == {"label_coverage_ratio": share}
    assert coverage(labels, 0) == {}
