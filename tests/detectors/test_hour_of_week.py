import math

import msgspec
import numpy as np
import pytest

from streamgauge.detectors.hour_of_week import HOUR_MS, HourOfWeek

WEEK = 7 * 24


def fed(hours: int, value: float = 0.0, *, every: int = 12) -> HourOfWeek:
    """Hours of values that are the hour of the week, more or less."""
    week = HourOfWeek()
    for hour in range(hours):
        for step in range(every):
            ts = hour * HOUR_MS + step * HOUR_MS // every
            week.learn(ts, hour % WEEK + value + step % 3 - 1, 1.0)
    return week


def middle(hour: int) -> int:
    return hour * HOUR_MS + HOUR_MS // 2


def test_after_a_week_every_hour_is_known() -> None:
    week = fed(WEEK + 1)
    assert [week.usual(middle(hour), float(hour)) for hour in range(WEEK)] == list(range(WEEK))


def test_between_two_hours_it_is_what_is_nearest_to_the_value() -> None:
    week = fed(WEEK + 1)
    at = 11 * HOUR_MS
    assert [week.usual(at, value) for value in (0.0, 10.4, 10.6, 99.0)] == [10.0, 10.5, 10.5, 11.0]


def test_an_hour_that_was_never_seen_is_that_of_other_days() -> None:
    week = fed(3 * 24)
    assert week.usual(middle(4 * 24 + 5), 0.0) == pytest.approx(5 + 24)
    assert HourOfWeek().usual(0, 0.0) is None


def test_an_incident_teaches_little_and_a_new_habit_is_learned_in_weeks() -> None:
    week = fed(WEEK)
    for _ in range(2):
        week.learn(middle(0), 1e6, deviation=1.0)
        week.learn(middle(1), 1.0, deviation=1.0)
    once = week.usual(middle(0), 1e6)
    assert once is not None
    assert once <= 3.0
    for _ in range(200):
        week.learn(middle(0), 50.0, deviation=1.0)
        week.learn(middle(1), 1.0, deviation=1.0)
    assert week.usual(middle(0), 50.0) == pytest.approx(50.0, abs=0.5)


def test_one_outlier_in_an_hour_is_not_seen() -> None:
    week = HourOfWeek()
    for value in (5.0, 5.0, 1e300, 5.0, 5.0):
        week.learn(0, value, 1.0)
    week.learn(HOUR_MS, 5.0, 1.0)
    assert week.usual(0, 0.0) == 5.0


def test_an_hour_of_many_values_keeps_few() -> None:
    week = HourOfWeek()
    random = np.random.default_rng(20261121)
    for value in random.normal(7.0, 1.0, 3_600).tolist():
        week.learn(0, value, 1.0)
    assert len(week.held) < 64
    week.learn(HOUR_MS, 7.0, 1.0)
    assert week.usual(0, 0.0) == pytest.approx(7.0, abs=0.6)


def test_huge_values_stay_finite() -> None:
    week = HourOfWeek()
    week.learn(0, 1e300, 1e300)
    week.learn(HOUR_MS, -1e300, 1e300)
    week.learn(2 * HOUR_MS, 0.0, 1e300)
    told = week.usual(HOUR_MS, 0.0)
    assert told is not None
    assert math.isfinite(told)


def test_it_travels_in_little_room() -> None:
    week = fed(WEEK)
    written = msgspec.msgpack.encode(week)
    assert len(written) < 1_500
    assert msgspec.msgpack.decode(written, type=HourOfWeek) == week
