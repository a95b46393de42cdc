import math

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from streamgauge.detectors.joint_anomaly import JointAnomaly, JointState, Together

SEED = 20261121
JOINT = JointAnomaly()
NAMES = [f"measure{place}" for place in range(8)]
Rows = NDArray[np.float64]


def normal(size: int, seed: int = SEED) -> Rows:
    return np.random.default_rng(seed).normal(size=(size, len(NAMES)))


def held(rows: Rows, state: JointState | None = None) -> list[Together | None]:
    state = state or JOINT.start()
    return [JOINT.step(state, dict(zip(NAMES, row, strict=True))) for row in rows.tolist()]


def test_measures_that_go_their_usual_ways_are_no_anomaly() -> None:
    # 10,000 windows of 8 measures. Budget: none.
    random = np.random.default_rng(SEED)
    together = 0.8 * random.normal(size=(5_000, 1)) + 0.6 * random.normal(size=(5_000, len(NAMES)))
    assert not any(held(normal(5_000)))
    assert not any(held(together))


def test_four_deviations_of_all_are_found_that_are_none_of_each() -> None:
    rows = normal(1_200)
    rows[1_000:1_100] += 4.0
    told = held(rows)
    begin = next(place for place, one in enumerate(told) if one)
    assert 1_002 <= begin <= 1_006
    one = told[begin]
    assert one is not None
    assert one.usual < 0.75 <= one.score
    assert sum(part.share for part in one.parts) == pytest.approx(1.0)
    assert {part.kind for part in one.parts} == {"measure"}
    assert told[1_110] is None


def test_the_measure_that_is_farthest_stands_first() -> None:
    rows = normal(1_100)
    rows[1_000:] += 4.0
    rows[1_000:, 3] = -7.9
    one = next(one for one in held(rows) if one)
    assert one.parts[0].name == "measure3"
    assert one.parts[0].text == "measure3: -7.9 deviations"


def test_it_goes_on_to_the_last_bit_where_it_was_written() -> None:
    rows = normal(1_500)
    rows[1_200:1_250] += 5.0
    whole = held(rows)
    state = JOINT.start()
    told = []
    for start in range(0, 1_500, 61):
        told += held(rows[start : start + 61], state)
        written = msgspec.msgpack.encode(state)
        assert len(written) < 25_000
        state = msgspec.msgpack.decode(written, type=JointState)
    assert told == whole
    assert any(told)


def test_what_is_missing_or_huge_is_as_usual_or_far() -> None:
    rows = normal(700)
    rows[5, :] = math.nan
    rows[6, :] = math.inf
    rows[7, :] = -1e308
    assert not any(held(rows))
    state = JOINT.start()
    assert JOINT.step(state, {}) is None
    assert JOINT.step(state, dict.fromkeys(NAMES)) is None
    assert state.rows == [[0.5] * 8]


def test_other_measures_begin_anew() -> None:
    state = JOINT.start()
    held(normal(600), state)
    assert JOINT.step(state, {"other": 0.0}) is None
    assert (state.names, state.seen, len(state.rows)) == (["other"], 1, 1)


def test_one_constant_measure_is_no_anomaly() -> None:
    state = JOINT.start()
    assert not any(JOINT.step(state, {"x": 0.0}) for _ in range(1_000))


def test_parameters_travel() -> None:
    changed = JointAnomaly(far=0.9)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(changed), type=JointAnomaly) == changed
