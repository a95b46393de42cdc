import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.health import GRADES, Grade, Health, HealthScore

WELL = {
    'prediction_latency_seconds{quantile="0.95"}': 0.1,
    "prediction_error_ratio": 0.0,
    "feature_drift_score": 0.02,
    "data_quality_pass_ratio": 1.0,
    "performance_loss": -0.01,
    "data_freshness_seconds": 5.0,
}
HEALTH = Health()


def assess(**changes: float) -> HealthScore:
    told = HEALTH.assess(WELL | changes)
    assert told is not None
    return told


def test_a_model_of_which_all_is_well_has_100() -> None:
    told = assess()
    assert told.score == 100.0
    assert told.text == "all is well"
    assert len(told.parts) == len(GRADES)
    assert told.unknown == []


def test_one_part_that_is_down_caps_the_score() -> None:
    told = assess(prediction_error_ratio=0.5)
    # By weights it would be 75.
    assert told.score == 30.0
    assert told.parts[0].part == "errors"
    assert told.text == "errors is bad: 0.5 (fine to 0.01, bad from 0.1)"


def test_a_part_that_is_half_fine_costs_its_weight() -> None:
    # The quality has 1.5 of 8 weights, and a grade of one half.
    told = assess(data_quality_pass_ratio=0.89)
    assert told.score == pytest.approx(100 * min(1 - 0.75 / 8, 0.65), abs=0.05)


def test_parts_that_nobody_measures_do_not_count_and_are_named() -> None:
    told = HEALTH.assess({"prediction_error_ratio": 0.0, "feature_drift_score": math.nan})
    assert told is not None
    assert told.score == 100.0
    assert told.unknown == ["latency", "drift", "quality", "performance", "freshness"]
    assert HEALTH.assess({}) is None
    assert HEALTH.assess({"something": 1.0}) is None


@pytest.mark.parametrize("value", [math.inf, -math.inf, 1e308, -1e308])
def test_huge_values_are_graded(value: float) -> None:
    told = assess(prediction_error_ratio=value)
    assert told.score == (30.0 if value > 0 else 100.0)


@given(
    st.dictionaries(st.sampled_from(list(WELL)), st.floats(allow_nan=False), min_size=1),
    st.sampled_from([grade for grade in GRADES if grade.measure != "data_quality_pass_ratio"]),
)
def test_the_score_is_from_0_to_100_and_worse_values_do_not_raise_it(
    values: dict[str, float], grade: Grade
) -> None:
    told = HEALTH.assess(values)
    assert told is not None
    assert 0.0 <= told.score <= 100.0
    if grade.measure in values:
        worse = HEALTH.assess(values | {grade.measure: values[grade.measure] + abs(grade.bad)})
        assert worse is not None
        assert worse.score <= told.score


def test_a_grade_without_a_slope_is_a_step() -> None:
    step = Grade(part="x", measure="x", weight=1.0, fine=1.0, bad=1.0)
    assert (step.of(1.0), step.of(1.1)) == (1.0, 0.0)


def test_scores_and_parameters_travel() -> None:
    told = assess(feature_drift_score=0.4)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(told), type=HealthScore) == told
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(HEALTH), type=Health) == HEALTH
