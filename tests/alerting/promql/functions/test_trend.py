"""Cases of prometheus promql/promqltest/testdata/functions.test, "deriv() and predict_linear()"."""

import math

import pytest
from tests.alerting.promql.series import MINUTE, ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("deriv(straight[50m])", 80 / 300),
        ("deriv(broken[100m])", 0.010606060606060607),
        ("predict_linear(broken[50m], 3600)", 70.0),
        ("predict_linear(broken[50m], 1h)", 70.0),
        ("deriv(level[50m])", 0.0),
        ("predict_linear(level[50m], 60)", 7.0),
        ("deriv(endless[100m])", math.nan),
        ("predict_linear(endless[100m], 60)", math.nan),
        ("deriv(always[100m])", math.nan),
    ],
)
def test_a_line_is_drawn_through_the_range(expression: str, expected: float) -> None:
    held = store(
        5 * MINUTE,
        straight="0+80x10",
        broken="0+10x4 0+10x5",
        level="7x10",
        endless="-Inf 0 80",
        always="Inf Inf Inf",
    )
    found = ask(expression, held, 50 * MINUTE)
    assert found == pytest.approx({"{}": expected}, nan_ok=True)


def test_one_sample_makes_no_line() -> None:
    held = store(m="1")
    assert ask("deriv(m[5m])", held, 0) == ask("predict_linear(m[5m], 1)", held, 0) == {}
