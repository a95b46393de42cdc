import math

import pytest

from streamgauge.alerting.template.number_text import (
    go_number,
    humanize,
    humanize_1024,
    humanize_duration,
    humanize_percentage,
    humanize_timestamp,
)

# Expected texts: the tables of prometheus/prometheus template/template_test.go, except where
# promtool 2.42 was asked (marked).


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (1_234_567.0, "1.235M"),
        (0.12, "120m"),
        (11.11, "11.11"),
        (math.inf, "+Inf"),
        (-math.inf, "-Inf"),
        (math.nan, "NaN"),
    ],
)
def test_humanize_as_prometheus(value: float, shown: str) -> None:
    assert humanize(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (1.0, "1"), (1048576.0, "1Mi"), (0.12, "0.12"), (1e6, "976.6ki")],
)
def test_humanize_1024_as_prometheus(value: float, shown: str) -> None:
    assert humanize_1024(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0s"),
        (1.0, "1s"),
        (60.0, "1m 0s"),
        (3600.0, "1h 0m 0s"),
        (86400.0, "1d 0h 0m 0s"),
        (86400.0 + 3600, "1d 1h 0m 0s"),
        (-(86400.0 * 2 + 3600 * 3 + 60 * 4 + 5), "-2d 3h 4m 5s"),
        (899.99, "14m 59s"),
        (0.1, "100ms"),
        (0.0001, "100us"),
        (0.12345, "123.5ms"),
        (1.2345, "1.234s"),
        (-1.0, "-1s"),
    ],
)
def test_durations_as_prometheus(value: float, shown: str) -> None:
    assert humanize_duration(value) == shown


def test_percentages_and_times_as_prometheus() -> None:
    assert humanize_percentage(-0.22222) == "-22.22%"
    assert humanize_timestamp(1435065584.128) == "2015-06-23 13:19:44.128 +0000 UTC"
    with pytest.raises(ValueError, match="cannot be represented"):
        humanize_timestamp(1e11)


# Go's fmt.Sprint, asked of promtool 2.42.
@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (100_000.0, "100000"),
        (1_000_000.0, "1e+06"),
        (1_234_567.5, "1.2345675e+06"),
        (1e11, "1e+11"),
        (1e-5, "1e-05"),
        (0.0001, "0.0001"),
        (0.0, "0"),
        (-0.081, "-0.081"),
    ],
)
def test_numbers_as_go_prints_them(value: float, shown: str) -> None:
    assert go_number(value) == shown
