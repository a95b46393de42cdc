import math

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from streamgauge.detectors.feature_season import FeatureSeason, FeatureSeasonState
from streamgauge.detectors.feature_shift import FeatureWatch
from streamgauge.detectors.group_table import tabulate

SEED = 20261203
HOUR = 3_600_000
GROUPS = 16
SEASON = FeatureSeason()
WATCH = FeatureWatch()
Floats = NDArray[np.float64]


def moved(by: float) -> Floats:
    """The shares of sixteenths of N(0, 1) when the mean is elsewhere."""
    cuts = norm.ppf(np.arange(1, GROUPS) / GROUPS)
    return np.diff(norm.cdf(cuts - by), prepend=0.0, append=1.0)


def shares(hour: float, by: float = 0.0) -> Floats:
    """Two features: one that moves by half a deviation in the course of a day, and one still."""
    return np.stack([moved(0.5 * math.sin(2 * math.pi * hour / 24)), moved(by)])


POOLED = np.mean([shares(hour) for hour in np.arange(0, 24, 0.25)], axis=0)
TABLE = tabulate(["age", "size"], POOLED * 50_000, [True, True])
# A day, by ten minutes.
DAY = np.stack([shares(window / 6) for window in range(24 * 6)])


def learned(days: int) -> FeatureSeasonState:
    random, state = np.random.default_rng(SEED), SEASON.start(TABLE)
    for window in range(days * 24 * 6 + 1):
        counts = random.multinomial(1_000, DAY[window % len(DAY)])
        SEASON.learn(state, TABLE, window * HOUR // 6, counts)
    return state


def test_nothing_is_said_of_less_than_a_day() -> None:
    assert SEASON.expect(SEASON.start(TABLE)) is None
    assert SEASON.expect(learned(1)) is not None


def test_a_daily_cycle_is_tolerated_and_a_still_feature_is_watched_as_before() -> None:
    tolerance = SEASON.expect(learned(2))
    assert tolerance is not None
    # Half a deviation is .5 ** 2 / 2 = .125 nats: twice that, within the hour and by chance.
    assert 0.15 < tolerance[0] < 0.4
    assert tolerance[1] == SEASON.tolerance
    random = np.random.default_rng(SEED + 1)
    plain, wise = WATCH.start(TABLE), WATCH.start(TABLE)
    alarms = 0
    for window in range(3 * 24 * 6):
        counts = random.multinomial(1_000, DAY[window % len(DAY)])
        shift = WATCH.step(plain, TABLE, counts)
        alarms += shift is not None and shift.active
        assert WATCH.step(wise, TABLE, counts, tolerance=tolerance) is None
    assert alarms >= 3
    found = [
        WATCH.step(wise, TABLE, random.multinomial(1_000, shares(0, 0.3)), tolerance=tolerance)
        for _ in range(5)
    ]
    assert [shift.moved[0].name for shift in found if shift] == ["size"]


def test_after_its_days_it_is_frozen() -> None:
    season = FeatureSeason(days=1)
    state = learned(1)
    before = msgspec.msgpack.encode(state)
    season.learn(state, TABLE, 999 * HOUR, np.full((2, GROUPS), 1_000))
    assert msgspec.msgpack.encode(state) == before


@pytest.mark.parametrize("counts", [0.0, np.nan, 1.0, 1e15])
def test_hours_of_next_to_nothing_or_of_very_much_are_finite(counts: float) -> None:
    state = SEASON.start(TABLE)
    for hour in range(30):
        SEASON.learn(state, TABLE, hour * HOUR, np.full((2, GROUPS), counts))
    tolerance = SEASON.expect(state)
    assert tolerance is None or np.isfinite(tolerance).all()


def test_a_state_that_was_written_and_read_goes_on_to_the_last_bit() -> None:
    whole = learned(1)
    parted = msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=FeatureSeasonState)
    for window in range(24):
        counts = np.full((2, GROUPS), window)
        for state in (whole, parted):
            SEASON.learn(state, TABLE, (30 + window) * HOUR, counts)
    assert msgspec.msgpack.encode(parted) == msgspec.msgpack.encode(whole)
