"""Cases of prometheus promql/promqltest/testdata/functions.test, "increase()", "rate()"."""

import pytest
from tests.alerting.promql.series import MINUTE, ask, load, store

from streamgauge.alerting.promql.store import Store


@pytest.mark.parametrize(
    ("range_", "foo", "bar", "dings", "bumms"),
    [
        ("50m", 100.0, 160.0, 100.0, 100.0),
        # Half a step to the left of the first sample, but not below zero.
        ("100m", 100.0, 162.0, 105.0, 101.0),
    ],
)
def test_increase_goes_to_the_ends_of_the_range(
    range_: str, foo: float, bar: float, dings: float, bumms: float
) -> None:
    counters = {
        'c{p="foo"}': "0+10x10",
        'c{p="bar"}': "0+18x5 0+18x5",
        'c{p="dings"}': "10+10x10",
        'c{p="bumms"}': "1+10x10",
    }
    found = ask(f"increase(c[{range_}])", load(Store(), counters, 5 * MINUTE), 50 * MINUTE)
    assert found == pytest.approx(
        {'{p="foo"}': foo, '{p="bar"}': bar, '{p="dings"}': dings, '{p="bumms"}': bumms}
    )


def test_a_counter_that_falls_began_anew_at_zero() -> None:
    held = store(5 * MINUTE, c="0 1 2 3 2 3 4")
    assert ask("increase(c[30m])", held, 30 * MINUTE) == pytest.approx({"{}": 7.0})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(middle[50m])", {"{}": 0.08}),
        ("rate(end[5m])", {}),  # one sample
        ("rate(end[6m])", {"{}": 0.0}),
        ("rate(window[50m])", {"{}": 80 / 300}),
        ("rate(window[10m] offset 5m)", {"{}": 80 / 300}),
    ],
)
def test_rate_is_per_second(expression: str, expected: dict[str, float]) -> None:
    held = store(5 * MINUTE, middle="0+27x4 0+27x5", end="0+10x9 0 10", window="0+80x10")
    assert ask(expression, held, 50 * MINUTE) == pytest.approx(expected)


# From the first sample back to where the counter was zero, at most half a step: Prometheus 3 (2.42
# goes on to where it was zero if that is within 1.1 steps, so "3m" would be 0.65).
@pytest.mark.parametrize(
    ("start", "rate"), [(0, 0.5), (60, 0.55), (120, 0.6), (180, 0.6), (240, 0.6)]
)
def test_a_counter_is_not_carried_below_zero(start: int, rate: float) -> None:
    held = store(4 * MINUTE, c=f"{start}+240x10")
    assert ask("rate(c[20m])", held, 10 * MINUTE) == pytest.approx({"{}": rate})


def test_delta_is_of_gauges() -> None:
    held = store(5 * MINUTE, up="0 50 100 150 200", down="200 150 100 50 0")
    assert ask("delta(up[20m])", held, 20 * MINUTE) == pytest.approx({"{}": 200.0})
    assert ask("delta(down[20m])", held, 20 * MINUTE) == pytest.approx({"{}": -200.0})
    assert ask("delta(up[5m])", held, 20 * MINUTE) == {}
