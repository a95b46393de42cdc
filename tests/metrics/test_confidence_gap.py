import pytest

from streamgauge.metrics.confidence_gap import ConfidenceGap

from .event import counted, prediction

METRIC = ConfidenceGap()


@pytest.mark.parametrize(
    ("model", "rules", "apart"), [(0.7, 0.5, 0.0), (0.701, 0.5, 1.0), (0.5, 0.701, 1.0)]
)
def test_more_than_a_fifth_apart_is_disagreement(model: float, rules: float, apart: float) -> None:
    cells = counted(METRIC, [prediction(confidence_ml=model, confidence_rule=rules)])
    values = METRIC.values(cells, 60.0)
    assert values["prediction_disagreement_ratio"] == apart
    assert values["prediction_confidence_gap_mean"] == pytest.approx(model - rules, abs=1e-6)


def test_one_part_alone_has_no_gap() -> None:
    one = prediction(confidence_ml=0.9)
    other = prediction(confidence_rule=0.1)
    assert not counted(METRIC, [one, other]).any()
    assert METRIC.samples(counted(METRIC, [one])) == {}
