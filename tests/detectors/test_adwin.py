import math
from statistics import median
from typing import Any

import numpy as np
import pytest
from river import drift

from streamgauge.detectors.adwin import Adwin
from streamgauge.detectors.standard import Scale

from .stream import STATIONARY, alarms, shifted

SEED = 20261124
ADWIN = Adwin()
RIVERS: Any = drift.ADWIN  # river's constructors are untyped


@pytest.mark.parametrize("kind", STATIONARY)
def test_a_stationary_stream_stays_silent(kind: str) -> None:
    # 10 streams of 20,000 values a kind, 50 in all: a million values, and not one alarm.
    random = np.random.default_rng(SEED)
    for _ in range(10):
        assert alarms(ADWIN, STATIONARY[kind](random, 20_000).tolist()) == []


def test_a_shift_of_half_a_deviation_is_found_within_600_values() -> None:
    delays = []
    for seed in range(20):
        found = alarms(ADWIN, shifted(seed))
        assert found
        delays.append(found[0] - 2_000)
    assert min(delays) > 0
    assert max(delays) <= 600
    assert median(delays) <= 400


def test_an_error_rate_that_rises_from_a_tenth_to_three_is_found_within_450_values() -> None:
    for seed in range(20):
        random = np.random.default_rng(seed)
        errors = random.random(4_000) < np.repeat([0.1, 0.3], 2_000)
        found = alarms(ADWIN, errors.astype(float).tolist())
        assert found
        assert 0 < found[0] - 2_000 <= 450


@pytest.mark.parametrize("direction", [1.0, -1.0])
def test_a_change_tells_the_means_on_both_sides(direction: float) -> None:
    state = ADWIN.start()
    values = [100.0 + 10.0 * value for value in shifted(SEED, by=2.0 * direction, at=2_000)]
    assert ADWIN.step(state, values[:2_000]) is None
    change = ADWIN.step(state, values[2_000:])
    assert change is not None
    assert change.before == pytest.approx(100.0, abs=2.0)
    assert change.after == pytest.approx(100.0 + 20.0 * direction, abs=2.0)
    assert change.score == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("factor", [0.001, 0.1, 7.0, 1_000.0])
def test_the_unit_of_a_stream_does_not_matter(factor: float) -> None:
    for seed in range(5):
        values = shifted(seed)
        found = alarms(ADWIN, values)
        assert found
        assert alarms(ADWIN, [factor * value for value in values]) == found


def test_where_zero_lies_does_not_matter() -> None:
    values = shifted(SEED)
    assert alarms(ADWIN, [1_000.0 + value for value in values]) == alarms(ADWIN, values)


def test_it_signals_where_rivers_own_adwin_does_on_the_same_mapped_values() -> None:
    for seed in range(10):
        values = shifted(seed, by=1.0)
        scale = Scale(warm_up=250)
        for value in values[:250]:
            scale.learn(value)
        own = RIVERS(delta=1e-4, clock=16)
        expected = []
        for place, value in enumerate(values[250:], 250):
            own.update(scale.map(value))
            if own.drift_detected:
                expected.append(place)
        assert expected
        assert alarms(ADWIN, values) == expected


def test_one_percent_of_missing_values_blinds_nothing() -> None:
    for seed in range(10):
        random = np.random.default_rng(seed)
        holed: list[float | None] = []
        for value in shifted(seed):
            if random.random() < 0.01:
                holed.append(random.choice([math.nan, math.inf, -math.inf, None]))  # type: ignore[arg-type]  # numpy takes any list
            holed.append(value)
        found = alarms(ADWIN, holed)
        assert found
        assert 2_000 < found[0] <= 2_700


def test_however_values_are_cut_the_same_streams_signal() -> None:
    values = shifted(SEED)
    first = alarms(ADWIN, values)[0]
    state = ADWIN.start()
    signals = [
        start
        for start in range(0, len(values), 200)
        if ADWIN.step(state, values[start : start + 200])
    ]
    assert signals[0] == first - first % 200


@pytest.mark.parametrize("huge", [1e308, -1e308, 1e160])
@pytest.mark.parametrize("place", [0, 100, 1_000])
def test_one_huge_value_is_no_alarm_and_does_not_blind_it_for_ever(huge: float, place: int) -> None:
    values = shifted(SEED, by=3.0)
    values[place] = huge
    state = ADWIN.start()
    assert ADWIN.step(state, values[:2_000]) is None
    change = ADWIN.step(state, values[2_000:])
    if place >= ADWIN.warm_up:
        assert change is not None
    # In the warm-up it makes the scale: finite, so that a shift as huge is still one.
    later = ADWIN.step(state, [huge] * 2_000)
    assert later is not None
    assert all(math.isfinite(part) for part in (later.before, later.after, later.score))


def test_errors_after_an_error_free_time_are_told_as_they_are() -> None:
    detector = Adwin(rate=True)
    state = detector.start()
    assert detector.step(state, [0.0] * 1_000) is None
    change = detector.step(state, [1.0, 0.0, 0.0, 0.0, 0.0] * 200)
    assert change is not None
    assert change.before == pytest.approx(0.0, abs=0.02)
    assert change.after == pytest.approx(0.2, abs=0.05)
