"""Seeds are stated; the long simulations behind the numbers in `docs` are the same generators."""

import math
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from streamgauge.detectors.anomaly import Anomaly, AnomalyState, Oddity

SEED = 20261121
T0 = 1_760_000_040_000
MINUTE = 60_000
DAY = 1_440
ANOMALY = Anomaly()
Floats = NDArray[np.float64]


def held(
    values: Floats | list[float | None], detector: Anomaly = ANOMALY, step: int = MINUTE
) -> list[Oddity | None]:
    state = detector.start()
    return [
        detector.step(state, T0 + place * step, value)
        for place, value in enumerate(np.asarray(values, object).tolist())
    ]


def begins(told: list[Oddity | None]) -> list[int]:
    return [
        place
        for place, one in enumerate(told)
        if one is not None and (place == 0 or told[place - 1] is None)
    ]


def daily(size: int) -> Floats:
    return np.asarray(100 + 40 * np.sin(2 * np.pi * np.arange(size) / DAY))


def remembering(random: np.random.Generator, size: int, memory: float) -> Floats:
    """AR(1) with a deviation of one."""
    noise = random.normal(0.0, math.sqrt(1 - memory**2), size + 1_000)
    return np.asarray(lfilter([1.0], [1.0, -memory], noise)[1_000:])


STATIONARY: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "normal": lambda random, size: random.normal(100.0, 5.0, size),
    "memory": lambda random, size: 100 + 5 * remembering(random, size, 0.99),
    "daily": lambda random, size: daily(size) + 5 * remembering(random, size, 0.9),
    "growing": lambda random, size: (
        daily(size) * (1 + np.arange(size) / (70 * DAY)) + random.normal(0.0, 5.0, size)
    ),
    "heavy": lambda random, size: 100 + 5 * random.standard_t(3, size),
    "rare": lambda random, size: random.poisson(0.3, size).astype(float),
    "errors": lambda random, size: random.binomial(500, 0.002, size) / 500,
    "constant": lambda _, size: np.full(size, 7.0),
}


@pytest.mark.parametrize("kind", STATIONARY)
def test_what_is_as_usual_is_no_anomaly(kind: str) -> None:
    # 16 days of minutes a kind, 184,000 values in all. Budget: none.
    random = np.random.default_rng(SEED)
    assert begins(held(STATIONARY[kind](random, 16 * DAY))) == []


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_jump_is_found_in_three_values_by_those_before_it(sign: float) -> None:
    values = np.random.default_rng(SEED).normal(100.0, 5.0, 1_000)
    values[600:] += sign * 60.0
    told = held(values)
    (begin,) = begins(told)
    assert begin == 602
    one = told[begin]
    assert one is not None
    assert one.direction == ("up" if sign > 0 else "down")
    assert one.before == pytest.approx(100.0, abs=15.0)
    assert one.after == pytest.approx(100.0 + sign * 60.0, abs=15.0)
    assert one.score > 5
    assert one.baseline == "recent"


def test_a_value_of_noon_is_unusual_at_midnight_once_the_week_is_known() -> None:
    size = 12 * DAY
    values = daily(size) + np.random.default_rng(SEED).normal(0.0, 3.0, size)
    night = 11 * DAY + 3 * DAY // 4
    values[night : night + 60] += 40.0
    told = held(values)
    (begin,) = begins(told)
    assert night <= begin <= night + 4
    one = told[begin]
    assert one is not None
    assert one.baseline == "week"
    assert one.before < 70.0 < one.after < 140.0
    # It ends soon after the hour does.
    assert told[night + 59] is not None
    assert told[night + 70] is None


def test_one_value_alone_is_none_and_neither_is_a_change_that_does_not_matter() -> None:
    values = np.random.default_rng(SEED).normal(100.0, 5.0, 1_000)
    values[500] = 1e6
    values[700:702] = -1e6
    assert begins(held(values)) == []
    small = np.full(1_000, 100.0)
    small[500:] = 104.0
    assert begins(held(small)) == []


def test_a_new_habit_is_usual_after_days() -> None:
    values = np.random.default_rng(SEED).normal(100.0, 5.0, 14 * DAY)
    values[10 * DAY :] += 50.0
    told = held(values)
    (begin,) = begins(told)
    assert begin == 10 * DAY + 2
    assert told[begin + DAY // 4] is not None
    assert told[-1] is None


@pytest.mark.parametrize("factor", [1e-9, 0.001, 1e6, 1e100])
def test_the_unit_does_not_matter(factor: float) -> None:
    values = daily(2_000) + np.random.default_rng(SEED).normal(0.0, 5.0, 2_000)
    values[1_500:] += 200.0
    expected = begins(held(values))
    assert expected == [1_502]
    assert begins(held(values * factor)) == expected


def test_what_is_missing_changes_nothing() -> None:
    values: list[float | None] = np.random.default_rng(SEED).normal(100.0, 5.0, 1_000).tolist()
    for place in range(0, 1_000, 7):
        values[place] = (None, math.nan, math.inf, -math.inf)[place % 4]
    for place in range(800, 1_000):
        if (value := values[place]) is not None:
            values[place] = value + 100.0
    (begin,) = begins(held(values))
    assert 802 <= begin <= 804


def test_a_window_that_came_before_changes_nothing() -> None:
    state = ANOMALY.start()
    ANOMALY.step(state, T0, 5.0)
    before = msgspec.msgpack.encode(state)
    assert ANOMALY.step(state, T0, 1e9) is None
    assert ANOMALY.step(state, T0 - MINUTE, 1e9) is None
    assert msgspec.msgpack.encode(state) == before


def test_huge_values_do_not_blind_it_for_ever() -> None:
    values = np.random.default_rng(SEED).normal(100.0, 5.0, 4_000)
    values[[0, 100, 500]] = 1e308, -1e308, 1e308
    values[3_500:] += 500.0
    assert begins(held(values)) == [3_502]


def test_silence_of_days_is_no_anomaly() -> None:
    random = np.random.default_rng(SEED)
    state = ANOMALY.start()
    told = []
    for place, value in enumerate(random.normal(100.0, 5.0, 3_000).tolist()):
        gap = 3 * DAY * MINUTE if place >= 1_500 else 0
        told.append(ANOMALY.step(state, T0 + place * MINUTE + gap, value))
    assert begins(told) == []


def test_it_goes_on_where_it_was_written_and_takes_little_room() -> None:
    values = daily(4_000) + np.random.default_rng(SEED).normal(0.0, 5.0, 4_000)
    values[3_000:3_200] += 150.0
    whole = held(values)
    state = ANOMALY.start()
    told = []
    for place, value in enumerate(values.tolist()):
        if place % 97 == 0:
            written = msgspec.msgpack.encode(state)
            assert len(written) < 2_000
            state = msgspec.msgpack.decode(written, type=AnomalyState)
        told.append(ANOMALY.step(state, T0 + place * MINUTE, value))
    assert told == whole
    assert begins(told) == [3_002]
    changed = Anomaly(far=7.0)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changed), type=Anomaly) == changed
