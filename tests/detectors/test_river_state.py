from functools import partial
from typing import Any

import msgspec
import numpy as np
import pytest
from river import drift
from river.drift import binary

from streamgauge.detectors.river_state import put, take

ADWIN: Any = drift.ADWIN  # river's constructors are untyped
HDDM_A: Any = binary.HDDMA
RIVERS: dict[str, Any] = {
    "adwin": partial(ADWIN, delta=0.002, clock=16),
    "page_hinkley": drift.PageHinkley,
    "ddm": binary.DDM,
    "hddm_a": partial(HDDM_A, two_sided_test=True),
}


@pytest.mark.parametrize("kind", RIVERS)
@pytest.mark.parametrize("cut", [0, 1, 1_500, 2_010])
def test_a_detector_goes_on_to_the_last_bit_wherever_it_is_cut(kind: str, cut: int) -> None:
    values = (np.random.default_rng(7).random(4_000) < np.repeat([0.1, 0.4], 2_000)).astype(float)
    whole, parted = RIVERS[kind](), RIVERS[kind]()
    for value in values[:cut].tolist():
        whole.update(value)
    put(parted, msgspec.msgpack.decode(msgspec.msgpack.encode(take(whole))))
    alarms = 0
    for value in values[cut:].tolist():
        whole.update(value)
        parted.update(value)
        assert parted.drift_detected == whole.drift_detected
        alarms += whole.drift_detected
    assert alarms
    assert msgspec.msgpack.encode(take(parted)) == msgspec.msgpack.encode(take(whole))


def test_a_window_of_a_million_is_small() -> None:
    window: Any = RIVERS["adwin"]()
    for value in np.random.default_rng(1).random(300_000).tolist():
        window.update(value)
    assert window.width == 300_000
    assert len(msgspec.msgpack.encode(take(window))) < 4_000
