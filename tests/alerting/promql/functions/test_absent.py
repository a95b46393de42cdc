"""Cases of prometheus promql/promqltest/testdata/functions.test, "absent", "absent_over_time"."""

import pytest
from tests.alerting.promql.series import ask, store


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("absent(none)", "{}"),
        ('absent(none{job="a", instance="b", method=~"c"})', '{instance="b", job="a"}'),
        ('absent(none{job="a",job="b",foo="bar"})', '{foo="bar"}'),
        ('absent(none{job="a",job!="b"})', "{}"),
        ("absent(sum(none))", "{}"),
        ('absent(rate(none{job="a"}[5m]))', "{}"),
        ('absent({__name__="none", job=""})', "{}"),
        ('absent_over_time(none{job="a"}[5m])', '{job="a"}'),
        ('absent_over_time(m{job="a"}[5m] offset 1h)', '{job="a"}'),
    ],
)
def test_nothing_is_one_with_the_labels_it_would_have(expression: str, expected: str) -> None:
    assert ask(expression, store(m="1"), 0) == {expected: 1.0}


@pytest.mark.parametrize("expression", ["absent(m)", "absent(sum(m))", "absent_over_time(m[5m])"])
def test_something_is_not_absent(expression: str) -> None:
    assert ask(expression, store(m="NaN"), 0) == {}


def test_a_series_that_ended_is_absent_but_was_there() -> None:
    held = store(m="1 stale")
    assert ask("absent(m)", held, 60_000) == {"{}": 1.0}
    assert ask("absent_over_time(m[2m])", held, 60_000) == {}
