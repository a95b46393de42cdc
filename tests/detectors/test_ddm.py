import numpy as np

from streamgauge.detectors.ddm import Ddm

SEED = 20261129


def test_errors_that_grow_or_vanish_are_found_and_told_as_they_are() -> None:
    watch = Ddm(rate=True)
    for before, after in ((0.2, 0.5), (0.5, 0.2)):
        for seed in range(10):
            random = np.random.default_rng(seed)
            errors = random.random(3_000) < np.repeat([before, after], [1_000, 2_000])
            change = watch.step(watch.start(), errors.astype(float).tolist())
            assert change is not None
            assert change.direction == ("up" if after > before else "down")


def test_scaled_values_of_a_still_stream_make_no_alarm() -> None:
    random = np.random.default_rng(SEED)
    for _ in range(5):
        watch = Ddm()
        assert watch.step(watch.start(), random.normal(3.0, 2.0, 20_000).tolist()) is None
