"""Cases of prometheus promql/promqltest/testdata/functions.test, "_over_time"."""

import math

import pytest
from tests.alerting.promql.series import ask, store

HELD = store(
    10_000, m="0 8 8 2 3", odd="1 NaN 3", endless="1 Inf -Inf", big="1e308 1e308", two="1 3"
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("avg_over_time(m[1m])", 4.2),
        ("min_over_time(m[1m])", 0.0),
        ("max_over_time(m[1m])", 8.0),
        ("sum_over_time(m[1m])", 21.0),
        ("sum_over_time(m[25s])", 13.0),
        ("count_over_time(m[1m])", 5.0),
        ("present_over_time(m[1m])", 1.0),
        ("stdvar_over_time(m[1m])", 10.56),
        ("stddev_over_time(m[1m])", 3.249615361854384),
        ("stdvar_over_time(m[1s])", 0.0),
        ("quantile_over_time(0, m[1m])", 0.0),
        ("quantile_over_time(0.5, m[1m])", 3.0),
        ("quantile_over_time(0.5, two[1m])", 2.0),
        ("quantile_over_time(-1, m[1m])", -math.inf),
        ("quantile_over_time(2, m[1m])", math.inf),
        ("quantile_over_time(NaN, m[1m])", math.nan),
        ("max_over_time(odd[1m])", 3.0),
        ("min_over_time(odd[1m])", 1.0),
        ("sum_over_time(odd[1m])", math.nan),
        ("sum_over_time(endless[1m])", math.nan),
        ("sum_over_time(big[1m])", math.inf),
        ("avg_over_time(big[1m])", 1e308),
    ],
)
def test_a_range_becomes_one_number(expression: str, expected: float) -> None:
    assert ask(expression, HELD, 40_000) == pytest.approx({"{}": expected}, nan_ok=True)


def test_the_last_value_is_still_the_metric() -> None:
    assert ask("last_over_time(m[1m])", HELD, 70_000) == {"m{}": 3.0}
    assert ask("last_over_time(m[1m])", HELD, 110_000) == {}
