import math

import msgspec
import numpy as np
import pytest

from streamgauge.detectors.season import Season, SeasonState

SEED = 20261201
HOUR = 3_600_000
SEASON = Season()


def day(hour: float) -> float:
    return 0.1 + 0.05 * math.sin(2 * math.pi * hour / 24)


def learned(weeks: float, *, seasonal: bool = True, season: Season = SEASON) -> SeasonState:
    """Windows of ten minutes with 100 events."""
    random = np.random.default_rng(SEED)
    state = season.start()
    for window in range(int(weeks * 7 * 24 * 6)):
        hour = (window + 0.5) / 6
        rate = day(hour) if seasonal else 0.1
        season.learn(state, int(hour * HOUR), 100, float(random.binomial(100, rate)))
    return state


def test_the_rate_of_an_hour_is_that_of_the_hour() -> None:
    state = learned(2)
    for hour in np.arange(0.0, 24.0, 0.7):
        expected = SEASON.expect(state, int((14 * 24 + hour) * HOUR))
        assert expected is not None
        assert expected.bounds.rate == pytest.approx(day(hour), abs=0.012)
        assert 0.001 < expected.bounds.error < 0.02


def test_a_rate_without_a_season_keeps_one_baseline() -> None:
    state = learned(1, seasonal=False)
    for hour in range(24):
        expected = SEASON.expect(state, (7 * 24 + hour) * HOUR)
        assert expected is not None
        assert expected.bounds.rate == pytest.approx(0.1, abs=0.01)
        assert expected.bounds.error < 0.01
        assert expected.worth > 0.8


def test_an_hour_that_was_never_seen_has_that_of_other_days_and_wide_bounds() -> None:
    state = learned(3 / 7)
    seen = SEASON.expect(state, int((2 * 24 + 6.5) * HOUR))
    unseen = SEASON.expect(state, int((5 * 24 + 6.5) * HOUR))
    assert seen is not None
    assert unseen is not None
    assert unseen.bounds.rate == pytest.approx(day(6.5), abs=0.015)
    assert unseen.bounds.error >= seen.bounds.error


def test_nothing_is_said_on_the_first_day_or_of_few_events() -> None:
    state = learned(1 / 8)
    assert SEASON.expect(state, 23 * HOUR) is None
    few = SEASON.start()
    for hour in range(100):
        SEASON.learn(few, hour * HOUR, 10, 1)
    assert SEASON.expect(few, 100 * HOUR) is None


def test_after_its_weeks_it_is_frozen() -> None:
    state = learned(1, season=Season(weeks=1))
    before = msgspec.msgpack.encode(state)
    Season(weeks=1).learn(state, 8 * 7 * 24 * HOUR, 100, 90)
    assert msgspec.msgpack.encode(state) == before


@pytest.mark.parametrize(
    ("count", "total"), [(0, 0), (-1, 0), (math.nan, 1), (10, math.nan), (10, 11), (math.inf, 1)]
)
def test_what_is_no_window_is_not_learned(count: float, total: float) -> None:
    state = SEASON.start()
    SEASON.learn(state, 0, count, total)
    assert state == SEASON.start()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_certain_rates_have_finite_bounds(rate: float) -> None:
    state = SEASON.start()
    for hour in range(60):
        SEASON.learn(state, hour * HOUR, 1_000, 1_000 * rate)
    expected = SEASON.expect(state, 60 * HOUR)
    assert expected is not None
    assert 0.0 <= expected.bounds.low <= expected.bounds.high <= 1.0
    assert expected.bounds.error > 0.0
