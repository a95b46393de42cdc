import numpy as np
import pytest

from streamgauge.detectors.dispersion import Dispersion

SEED = 20261130


def learned(deviations: list[float], variance: float) -> Dispersion:
    dispersion = Dispersion()
    for deviation in deviations:
        dispersion.learn(deviation, variance)
    return dispersion


def test_chance_alone_has_a_factor_of_hardly_more_than_one() -> None:
    for seed in range(10):
        drawn = np.random.default_rng(SEED + seed).binomial(100, 0.1, 5_000) - 10.0
        assert 1.0 <= learned(drawn.tolist(), 9.0).factor < 1.2


def test_what_varies_three_times_as_much_has_three() -> None:
    drawn = np.random.default_rng(SEED).normal(0.0, np.sqrt(27.0), 20_000)
    assert learned(drawn.tolist(), 9.0).factor == pytest.approx(3.0, rel=0.2)


def test_what_comes_and_goes_slowly_shows_in_long_blocks() -> None:
    random = np.random.default_rng(SEED)
    slow, moods = 0.0, []
    for step in random.normal(0.0, 1.0, 50_000):
        slow = 0.9 * slow + step
        moods.append(slow)
    # Of AR(1) with .9 the sums vary 1 / (1 - .9)^2 = 100 times as much as the steps.
    assert learned(moods, 1.0).factor == pytest.approx(100.0, rel=0.3)


def test_little_says_nothing() -> None:
    assert learned([50.0] * 7, 1.0).factor == 1.0
    assert learned([], 1.0).factor == 1.0
    assert np.isfinite(learned([1.0] * 100, 0.0).factor)
