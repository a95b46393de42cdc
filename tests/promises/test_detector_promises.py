"""What every detector promises, tried on all that there are: they are found, not listed."""

import importlib
import inspect
import math
import pkgutil

import msgspec
import numpy as np
import pytest
from tests.detectors.stream import alarms, shifted

from streamgauge import detectors
from streamgauge.detectors.base import Detector

SEED = 20261125


def found() -> list[type[Detector]]:
    kinds = set()
    for module in pkgutil.iter_modules(detectors.__path__, "streamgauge.detectors."):
        for _, kind in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(kind, Detector) and kind is not Detector:
                kinds.add(kind)
    return sorted(kinds, key=lambda kind: kind.__name__)


every_detector = pytest.mark.parametrize(
    "detector", [kind() for kind in found()], ids=lambda detector: type(detector).__name__
)


def test_there_are_detectors() -> None:
    assert found()


@every_detector
def test_a_still_stream_stays_silent(detector: Detector) -> None:
    random = np.random.default_rng(SEED)
    for _ in range(5):
        assert alarms(detector, random.normal(0.0, 1.0, 10_000).tolist()) == []


@every_detector
@pytest.mark.parametrize("by", [2.0, -2.0])
def test_a_shift_of_two_deviations_is_found_either_way(detector: Detector, by: float) -> None:
    for seed in range(5):
        places = alarms(detector, shifted(seed, by=by))
        assert places
        assert 2_000 < places[0] < 2_200


@every_detector
def test_what_is_no_number_does_not_blind_it(detector: Detector) -> None:
    values = shifted(SEED, by=2.0)
    holed: list[float | None] = []
    for place, value in enumerate(values):
        holed.append(value)
        if place % 100 == 0:
            holed += [None, math.nan, math.inf, -math.inf]
    places = alarms(detector, holed)
    assert places
    assert 2_000 < places[0] < 2_400


@every_detector
@pytest.mark.parametrize("constant", [0.0, -0.0, 0.1, 5e-324, 1e308, -1e308])
def test_a_constant_stream_stays_silent(detector: Detector, constant: float) -> None:
    assert alarms(detector, [constant] * 5_000) == []


@every_detector
@pytest.mark.parametrize("values", [[], [1.0], [None], [math.nan], [1e308, -1e308]])
def test_next_to_nothing_is_no_alarm(detector: Detector, values: list[float | None]) -> None:
    assert detector.step(detector.start(), values) is None


@every_detector
def test_huge_values_leave_every_figure_finite(detector: Detector) -> None:
    state = detector.start()
    detector.step(state, [1e308, -1e308, 5e-324, 0.0, -0.0] * 200)
    change = detector.step(state, [1e308] * 5_000)
    assert change is not None
    assert all(math.isfinite(part) for part in (change.before, change.after, change.score))


@every_detector
def test_two_states_do_not_touch_each_other(detector: Detector) -> None:
    one, other = detector.start(), detector.start()
    values = shifted(SEED, by=2.0)
    detector.step(other, [value * 50 for value in values])
    assert detector.step(one, values[:2_000]) is None


@every_detector
@pytest.mark.parametrize("factor", [0.001, 0.1, 7.0, 1_000.0])
def test_the_unit_of_a_stream_does_not_matter(detector: Detector, factor: float) -> None:
    values = shifted(SEED, by=1.0)
    found = alarms(detector, values)
    assert found
    assert alarms(detector, [factor * value for value in values]) == found


@every_detector
@pytest.mark.parametrize("cut", [0, 1, 249, 1_900, 2_060, 2_700])
def test_a_state_that_was_written_and_read_goes_on_to_the_last_bit(
    detector: Detector, cut: int
) -> None:
    values = [*shifted(SEED, by=1.0), *shifted(SEED, by=-1.0)]
    values[cut] = math.nan
    whole = detector.start()
    detector.step(whole, values[:cut])
    written = msgspec.msgpack.encode(whole)
    parted = msgspec.msgpack.decode(written, type=type(whole))
    assert msgspec.msgpack.encode(parted) == written
    said = []
    for start in range(cut, len(values), 100):
        part = values[start : start + 100]
        change = detector.step(whole, part)
        assert detector.step(parted, part) == change
        said.append(change)
    assert any(said)
    assert msgspec.msgpack.encode(parted) == msgspec.msgpack.encode(whole)
