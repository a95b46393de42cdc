"""Cases of prometheus promql/promqltest/testdata/functions.test, "clamp"."""

import math

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("clamp_max(vector(100), 75)", 75.0),
        ("clamp_max(vector(-50), 75)", -50.0),
        ("clamp_min(vector(-50), -25)", -25.0),
        ("clamp(vector(100), -25, 75)", 75.0),
        ("clamp(vector(0), -25, 75)", 0.0),
        ("clamp(vector(0), 0, NaN)", math.nan),
        ("clamp(vector(0), NaN, 0)", math.nan),
        ("clamp_max(vector(NaN), 1)", math.nan),
        ("clamp_min(vector(NaN), 1)", math.nan),
    ],
)
def test_values_stay_between_bounds(expression: str, expected: float) -> None:
    assert ask(expression, store(), 0) == pytest.approx({"{}": expected}, nan_ok=True)


def test_nothing_is_between_bounds_that_are_the_wrong_way_round() -> None:
    assert ask("clamp(vector(0), 5, -5)", store(), 0) == {}
