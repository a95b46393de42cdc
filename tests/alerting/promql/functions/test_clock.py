"""Cases of prometheus promql/promqltest/testdata/functions.test, "vector, time and timestamp"."""

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "seconds", "expected"),
    [
        ("timestamp(m)", 5, 0.0),
        ("timestamp(((m)))", 10, 10.0),
        ("timestamp(m offset 5s)", 12, 0.0),
        ("timestamp(m + 0)", 12, 12.0),
        ("timestamp(timestamp(m))", 12, 12.0),
        ("time() + 0 * m", 12, 12.0),
        ("vector(time())", 3600, 3600.0),
    ],
)
def test_only_what_is_read_has_a_time_of_its_own(
    expression: str, seconds: int, expected: float
) -> None:
    assert ask(expression, store(10_000, m="1 1"), seconds * 1000) == {"{}": expected}
