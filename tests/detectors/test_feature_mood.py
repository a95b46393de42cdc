import math

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from streamgauge.detectors.feature_mood import FeatureMood, FeatureMoodState
from streamgauge.detectors.feature_shift import FeatureWatch
from streamgauge.detectors.group_table import tabulate

SEED = 20261204
MINUTE = 60_000
GROUPS = 16
MOOD = FeatureMood()
WATCH = FeatureWatch()
TABLE = tabulate(["moody", "still", "names"], np.full((3, GROUPS), 3_000), [True, True, False])
Floats = NDArray[np.float64]


def windows(count: int, *, seed: int, by: float = 0.15) -> list[Floats]:
    """Minutes of 100 events; the mean of the first feature is AR(1) with .9 a minute."""
    random = np.random.default_rng(seed)
    cuts = norm.ppf(np.arange(1, GROUPS) / GROUPS)
    shares, mood, made = np.full((3, GROUPS), 1 / GROUPS), 0.0, []
    for step in random.normal(0.0, math.sqrt(1 - 0.81) * by, count):
        mood = 0.9 * mood + step
        shares[0] = np.diff(norm.cdf(cuts - mood), prepend=0.0, append=1.0)
        made.append(random.multinomial(100, shares).astype(float))
    return made


def learned(hours: int, *, by: float = 0.15) -> FeatureMoodState:
    state = MOOD.start(TABLE)
    for minute, counts in enumerate(windows(hours * 60, seed=SEED, by=by)):
        MOOD.learn(state, TABLE, minute * MINUTE, counts)
    return state


def test_independent_events_are_worth_what_they_are() -> None:
    assert MOOD.expect(MOOD.start(TABLE)).tolist() == [1.0, 1.0, 1.0]
    assert MOOD.expect(learned(48, by=0.0)).min() > 0.85


def test_the_events_of_a_moody_feature_are_worth_less_and_of_others_not() -> None:
    moody, still, names = MOOD.expect(learned(48))
    # Blocks of 16 minutes: 1 + 100 * .15 ** 2 * about 9 (of the AR sum) = 1 / .05.
    assert 0.03 < moody < 0.15
    assert still > 0.85
    assert names == 1.0


def test_moods_are_no_change_and_the_still_feature_is_found_as_soon_as_before() -> None:
    worth = MOOD.expect(learned(24))
    plain, wise = WATCH.start(TABLE), WATCH.start(TABLE)
    alarms = 0
    for counts in windows(1_500, seed=SEED + 1):
        shift = WATCH.step(plain, TABLE, counts)
        alarms += shift is not None and shift.active
        assert WATCH.step(wise, TABLE, counts, worth=worth) is None
    assert alarms >= 10
    gone = np.full((3, GROUPS), 100 / GROUPS)
    gone[1] = np.linspace(3, 9.5, GROUPS)
    found = [WATCH.step(wise, TABLE, gone, worth=worth) for _ in range(5)]
    assert [shift.moved[0].name for shift in found if shift] == ["still"]


@pytest.mark.parametrize("counts", [0.0, np.nan, 1.0, 1e12])
def test_next_to_nothing_and_very_much_are_finite(counts: float) -> None:
    state = MOOD.start(TABLE)
    for hour in range(100):
        MOOD.learn(state, TABLE, hour * 1_800_000, np.full((3, GROUPS), counts))
    worth = MOOD.expect(state)
    assert np.isfinite(worth).all()
    assert ((worth > 0) & (worth <= 1)).all()


def test_a_state_that_was_written_and_read_goes_on_to_the_last_bit() -> None:
    whole = learned(2)
    parted = msgspec.msgpack.decode(msgspec.msgpack.encode(whole), type=FeatureMoodState)
    for minute, counts in enumerate(windows(200, seed=SEED + 2)):
        for state in (whole, parted):
            MOOD.learn(state, TABLE, (120 + minute) * MINUTE, counts)
    assert msgspec.msgpack.encode(parted) == msgspec.msgpack.encode(whole)
