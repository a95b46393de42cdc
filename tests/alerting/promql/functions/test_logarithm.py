"""Cases of prometheus promql/promqltest/testdata/functions.test, "exp" to "log10"."""

import math

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("exp(vector(1))", math.e),
        ("exp(vector(1e4))", math.inf),
        ("exp(vector(-Inf))", 0.0),
        ("ln(vector(10))", math.log(10)),
        ("ln(vector(0))", -math.inf),
        ("ln(vector(-1))", math.nan),
        ("ln(exp(vector(20)))", 20.0),
        ("log2(vector(8))", 3.0),
        ("log10(vector(0.01))", -2.0),
        ("log10(vector(Inf))", math.inf),
        ("log2(vector(NaN))", math.nan),
        ("sqrt(vector(4))", 2.0),
        ("sqrt(vector(-4))", math.nan),
    ],
)
def test_nothing_raises(expression: str, expected: float) -> None:
    assert ask(expression, store(), 0) == pytest.approx({"{}": expected}, nan_ok=True)
