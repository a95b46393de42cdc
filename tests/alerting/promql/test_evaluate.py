"""Selectors and staleness, with Prometheus 3's left-open ranges and lookback of five minutes."""

import math

import pytest

from .series import MINUTE, ask, samples, store


@pytest.mark.parametrize(
    ("expression", "minutes", "expected"),
    [
        ("m", 0, {"m{}": 0.0}),
        ("m", 4.99, {"m{}": 0.0}),
        ("m", 5, {}),  # "0 _ _ _ _ _ _ 0" at 5m: Prometheus 3.14 gives nothing, 2.42 gives 0
        ("m", 7, {"m{}": 1.0}),
        ("m", 11, {"m{}": 1.0}),
        ("m", 12, {}),
        ("count_over_time(m[7m])", 7, {"{}": 1.0}),
        ("count_over_time(m[7001ms])", 7, {"{}": 1.0}),
        ("count_over_time(m[421s])", 7, {"{}": 2.0}),
        ("m offset 7m", 7, {"m{}": 0.0}),
        ("m offset 2m", 7, {}),
        ("m offset -7m", 0, {"m{}": 1.0}),
        ("count_over_time(m[1m] offset -7m)", 0, {"{}": 1.0}),
    ],
)
def test_ranges_and_lookback_are_open_on_the_left(
    expression: str, minutes: float, expected: dict[str, float]
) -> None:
    assert ask(expression, store(m="0 _x6 1"), round(minutes * MINUTE)) == expected


# prometheus promql/promqltest/testdata/staleness.test
@pytest.mark.parametrize(
    ("expression", "seconds", "expected"),
    [
        ("metric", 10, {"metric{}": 1.0}),
        ("metric", 20, {}),
        ("metric", 30, {"metric{}": 2.0}),
        ("metric", 40, {"metric{}": 2.0}),
        ("metric", 329, {"metric{}": 2.0}),
        ("metric", 330, {}),
        ("count_over_time(metric[1s])", 10, {"{}": 1.0}),
        ("count_over_time(metric[1s])", 20, {}),
        ("count_over_time(metric[11s])", 20, {"{}": 1.0}),
        ("count_over_time(metric[21s])", 20, {"{}": 2.0}),
        ("count_over_time(metric[1000s])", 300, {"{}": 3.0}),
    ],
)
def test_a_stale_series_is_gone_until_it_comes_back(
    expression: str, seconds: int, expected: dict[str, float]
) -> None:
    assert ask(expression, store(10_000, metric="0 1 stale 2"), seconds * 1000) == expected


def test_a_value_that_is_nan_is_not_stale() -> None:
    assert math.isnan(ask("m", store(m="1 NaN"), MINUTE)["m{}"])


def test_results_are_from_the_time_of_evaluation_and_ordered_by_labels() -> None:
    held = store(b="1", a="2")
    found = samples('{__name__=~"a|b"}', held, 90_000)
    assert [(it.labels["__name__"], it.at) for it in found] == [("a", 90_000), ("b", 90_000)]


def test_a_scalar_is_one_sample_without_labels() -> None:
    assert ask("time() / 60", store(), 2 * MINUTE) == {"{}": 2.0}
