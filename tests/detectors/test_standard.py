import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamgauge.detectors.standard import Scale

numbers = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50)


def learned(values: list[float]) -> Scale:
    scale = Scale(warm_up=len(values))
    for value in values:
        assert not scale.ready
        scale.learn(value)
    assert scale.ready
    return scale


@given(numbers)
def test_mean_and_deviation_are_those_of_numpy(values: list[float]) -> None:
    scale = learned(values)
    assert scale.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-6)
    if (spread := float(np.std(values, ddof=1))) > 1e-3:
        assert scale.deviation == pytest.approx(spread, rel=1e-6)
    assert scale.deviation > 0


@given(numbers, st.floats(allow_nan=False, allow_infinity=False))
def test_every_value_has_a_place_on_the_scale(values: list[float], value: float) -> None:
    assert 0.0 <= learned(values).map(value) <= 1.0


@given(numbers, st.floats(-3.9, 3.9))
def test_a_place_leads_back_to_its_value(values: list[float], deviations: float) -> None:
    scale = learned(values)
    value = scale.mean + deviations * scale.deviation
    slack = 1e-9 * (abs(value) + abs(scale.mean) + scale.deviation)
    assert scale.unmap(scale.map(value)) == pytest.approx(value, abs=slack)


def test_the_mean_is_at_one_half_and_outliers_are_cut() -> None:
    scale = learned([1.0, 3.0])
    assert scale.map(2.0) == 0.5
    assert (scale.map(-1e308), scale.map(1e308)) == (0.0, 1.0)


@pytest.mark.parametrize("constant", [0.0, -0.0, 5e-324, 1.0, -1e150])
def test_a_constant_stream_has_a_deviation_that_any_change_exceeds(constant: float) -> None:
    scale = learned([constant] * 10)
    assert 0 < scale.deviation <= max(abs(constant) * 1e-6, 1e-12)
    assert scale.map(constant) == 0.5
    assert scale.map(constant + max(abs(constant), 1.0)) == 1.0
    assert math.isfinite(scale.unmap(1.0))
