import math

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from streamgauge.detectors.track import Track

SEED = 20261121


def fed(values: NDArray[np.float64]) -> Track:
    track = Track()
    for value in values.tolist():
        track.take(value, 0.0, 3)
    return track


def test_of_normal_values_it_is_their_standard_deviation() -> None:
    track = fed(np.random.default_rng(SEED).normal(0.0, 7.0, 20_000))
    assert track.deviation(0.0) == pytest.approx(7.0, rel=0.15)


def test_outliers_hardly_move_it() -> None:
    values = np.random.default_rng(SEED).normal(0.0, 7.0, 20_000)
    values[::100] = 1e12
    assert fed(values).deviation(0.0) == pytest.approx(7.0, rel=0.2)


@pytest.mark.parametrize("place", [0, 7, 29, 30, 500])
def test_one_huge_value_is_forgotten(place: int) -> None:
    values = np.random.default_rng(SEED).normal(0.0, 7.0, 2_000)
    values[place] = 1e150
    assert fed(values).deviation(0.0) == pytest.approx(7.0, rel=0.3)


def test_values_that_are_mostly_the_same_have_a_deviation() -> None:
    values = np.random.default_rng(SEED).poisson(0.1, 5_000).astype(np.float64)
    assert 0.07 < fed(values).deviation(0.0) < 0.3


def test_it_follows_a_spread_that_grows() -> None:
    random = np.random.default_rng(SEED)
    values = np.concatenate([random.normal(0.0, 1.0, 5_000), random.normal(0.0, 10.0, 5_000)])
    assert fed(values).deviation(0.0) == pytest.approx(10.0, rel=0.2)


def test_of_the_last_values_the_nearest_counts_if_all_are_on_one_side() -> None:
    track = fed(np.array([1.0, -1.0] * 500))
    told = [track.take(value, 0.0, 3)[1] for value in (5.0, 9.0, 7.0, -9.0, -9.0, -5.0)]
    deviation = track.deviation(0.0)
    assert told[:2] == [0.0, 0.0]
    assert told[2] * deviation == pytest.approx(5.0, rel=0.1)
    assert told[3:5] == [0.0, 0.0]
    assert told[5] * deviation == pytest.approx(5.0, rel=0.1)


def test_a_constant_has_the_least_deviation_and_a_jump_is_finite() -> None:
    track = fed(np.zeros(1_000))
    assert track.deviation(0.5) == 0.5
    score, _ = track.take(1e150, 1e-12, 3)
    assert math.isfinite(score)
    assert math.isfinite(track.deviation(0.0))


def test_it_travels() -> None:
    track = fed(np.random.default_rng(SEED).normal(0.0, 7.0, 100))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(track), type=Track) == track
