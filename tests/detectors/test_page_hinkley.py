from statistics import median
from typing import Any

import numpy as np
import pytest
from river import drift

from streamgauge.detectors.page_hinkley import PageHinkley
from streamgauge.detectors.standard import Scale

from .stream import STATIONARY, alarms, shifted

SEED = 20261128
TEST = PageHinkley()


@pytest.mark.parametrize("kind", STATIONARY)
def test_a_stationary_stream_stays_silent(kind: str) -> None:
    # 5 streams of 20,000 values a kind. Simulated: none in 10 million normal values.
    random = np.random.default_rng(SEED)
    for _ in range(5):
        state = TEST.start()
        assert TEST.step(state, STATIONARY[kind](random, 20_000).tolist()) is None


@pytest.mark.parametrize("by", [0.5, -0.5])
def test_a_shift_of_half_a_deviation_is_found_within_300_values(by: float) -> None:
    delays = []
    for seed in range(20):
        found = alarms(TEST, shifted(seed, by=by))
        assert found
        delays.append(found[0] - 2_000)
    assert min(delays) > 0
    assert max(delays) <= 300
    assert median(delays) <= 160


def test_it_signals_where_rivers_own_does_on_the_same_mapped_values() -> None:
    made: Any = drift.PageHinkley  # river's constructors are untyped
    for seed in range(5):
        values = shifted(seed, by=1.0)
        scale = Scale(warm_up=250)
        for value in values[:250]:
            scale.learn(value)
        own = made(delta=0.2 / 8, threshold=40 / 8, alpha=1.0)
        expected = []
        for place, value in enumerate(values[250:], 250):
            own.update(scale.map(value))
            if own.drift_detected:
                expected.append(place)
        assert expected
        assert alarms(TEST, values) == expected


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_change_tells_its_direction_and_the_means_on_both_sides(direction: str) -> None:
    sign = 1.0 if direction == "up" else -1.0
    values = [100.0 + 10.0 * value for value in shifted(SEED, by=sign)]
    change = TEST.step(TEST.start(), values)
    assert change is not None
    assert change.direction == direction
    assert change.before == pytest.approx(100.0, abs=1.5)
    assert change.after == pytest.approx(100.0 + 10.0 * sign, abs=1.5)
