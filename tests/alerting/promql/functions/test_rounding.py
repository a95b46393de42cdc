"""Cases of prometheus promql/promqltest/testdata, aggregators.test and functions.test."""

import math

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("abs(vector(-1.5))", 1.5),
        ("ceil(vector(0.4))", 1.0),
        ("ceil(vector(-Inf))", -math.inf),
        ("floor(vector(-0.4))", -1.0),
        ("floor(vector(NaN))", math.nan),
        ("round(vector(0.5))", 1.0),
        ("round(vector(-0.5))", 0.0),
        ("round(vector(-0.8))", -1.0),
        ("round(vector(2.55), 0.1)", 2.6),
        ("round(vector(52), 5)", 50.0),
        ("round(vector(2.25), 0.5)", 2.5),
        ("round(vector(1), 0)", math.nan),
        ("sgn(vector(-Inf))", -1.0),
        ("sgn(vector(100))", 1.0),
        ("sgn(vector(0))", 0.0),
        ("sgn(vector(NaN))", math.nan),
    ],
)
def test_values_are_rounded_as_in_prometheus(expression: str, expected: float) -> None:
    assert ask(expression, store(), 0) == pytest.approx({"{}": expected}, nan_ok=True)
