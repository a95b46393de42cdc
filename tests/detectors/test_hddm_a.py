import numpy as np
import pytest

from streamgauge.detectors.hddm_a import HddmA


@pytest.mark.parametrize(("before", "after"), [(0.2, 0.5), (0.5, 0.2)])
def test_errors_that_grow_or_vanish_are_found_soon(before: float, after: float) -> None:
    watch = HddmA(rate=True, delta=1e-5)
    for seed in range(5):
        random = np.random.default_rng(seed)
        state = watch.start()
        assert watch.step(state, (random.random(1_000) < before).astype(float).tolist()) is None
        change = watch.step(state, (random.random(500) < after).astype(float).tolist())
        assert change is not None
        assert change.direction == ("up" if after > before else "down")
        assert change.before == pytest.approx(before, abs=0.1)
        assert change.after == pytest.approx(after, abs=0.1)
