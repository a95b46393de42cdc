import math
from typing import Any

import msgspec
import numpy as np
import pytest
from river import drift

from streamgauge.detectors.river_watch import RiverState, follow


def fresh() -> list[Any]:
    window: Any = drift.ADWIN  # river's constructors are untyped
    return [window(delta=0.002, clock=1)]


def test_what_is_no_number_leaves_the_state_as_it_is() -> None:
    state = RiverState.of(0, rate=True)
    follow(state, fresh, [0.0, 1.0] * 50)
    before = msgspec.msgpack.encode(state)
    assert follow(state, fresh, [None, math.nan, math.inf, -math.inf]) is None
    assert msgspec.msgpack.encode(state) == before


def test_a_change_knows_all_values_since_it_came_also_those_after_the_alarm() -> None:
    state = RiverState.of(0, rate=True)
    values = np.repeat([0.25, 0.75], [1_000, 3_000]).tolist()
    change = follow(state, fresh, values)
    assert change is not None
    assert (change.before, change.after) == pytest.approx((0.25, 0.75), abs=0.01)
    assert change.direction == "up"


def test_of_two_changes_among_the_values_it_tells_the_first_before_and_the_last_after() -> None:
    state = RiverState.of(0, rate=True)
    change = follow(state, fresh, np.repeat([0.5, 0.9, 0.1], 1_000).tolist())
    assert change is not None
    assert (change.before, change.after) == pytest.approx((0.5, 0.1), abs=0.05)
    assert change.direction == "down"


def test_the_second_detector_sees_all_upside_down() -> None:
    seen: list[list[float]] = [[], []]

    class Watching:
        drift_detected = False

        def __init__(self, place: int) -> None:
            self.place = place

        def update(self, value: float) -> None:
            seen[self.place].append(value)

    follow(RiverState.of(0, rate=True), lambda: [Watching(0), Watching(1)], [0.25, 1.0])
    assert seen == [[0.25, 1.0], [0.75, 0.0]]
