"""Cases of prometheus promql/promqltest/testdata/functions.test, "hours and minutes"."""

import math

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("minute(vector(1136239445))", 4.0),  # 2006-01-02 22:04:05
        ("hour(vector(1136239445))", 22.0),
        ("day_of_week(vector(1136239445))", 1.0),
        ("day_of_week(vector(1136154000))", 0.0),  # a Sunday
        ("day_of_month(vector(1136239445))", 2.0),
        ("day_of_year(vector(1483228800))", 1.0),
        ("day_of_year(vector(1483142400))", 366.0),
        ("month(vector(1136239445))", 1.0),
        ("year(vector(1136239445))", 2006.0),
        ("days_in_month(vector(1454284800))", 29.0),  # February 2016
        ("days_in_month(vector(1485907200))", 28.0),
        ("year(vector(-1))", 1969.0),
        ("hour(vector(NaN))", math.nan),
        ("year(vector(1e300))", math.nan),
        ("hour()", 2.0),
        ("month() + year()", 1971.0),
    ],
)
def test_dates_are_in_utc(expression: str, expected: float) -> None:
    found = ask(expression, store(), 7_200_000)
    assert found == pytest.approx({"{}": expected}, nan_ok=True)
