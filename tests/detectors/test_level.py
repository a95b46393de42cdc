import math

import msgspec
import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from streamgauge.detectors.cbpe import Cbpe
from streamgauge.detectors.level import Level, area, estimated, mean, rate

SEED = 20261121


def known(level: Level | None) -> Level:
    assert level is not None
    return level


def test_the_error_of_a_rate_is_how_far_samples_scatter() -> None:
    random = np.random.default_rng(SEED)
    rates = random.binomial(400, 0.9, 20_000) / 400
    assert known(rate(360, 400)).error == pytest.approx(rates.std(), rel=0.1)


def test_a_rate_of_all_or_nothing_is_not_certain() -> None:
    for hits in (0, 50):
        level = known(rate(hits, 50))
        assert level.value == hits / 50
        assert 0.02 < level.error < 0.05


def test_a_mean_has_the_error_of_its_sums() -> None:
    values = np.random.default_rng(SEED).exponential(3.0, 5_000)
    level = known(mean(5_000, float(values.sum()), float((values**2).sum())))
    assert level.value == pytest.approx(values.mean())
    assert level.spread == pytest.approx(values.std())
    assert level.error == pytest.approx(values.std() / math.sqrt(5_000))


def test_the_error_of_an_area_is_how_far_samples_scatter() -> None:
    random = np.random.default_rng(SEED)
    truth = np.repeat([0, 1], [200, 100])
    areas = [float(roc_auc_score(truth, random.normal(truth * 1.2, 1.0, 300))) for _ in range(400)]
    level = known(area(float(np.mean(areas)), 100, 200))
    # Hanley and McNeil say theirs is conservative.
    assert np.std(areas) * 0.9 <= level.error <= np.std(areas) * 1.4


def test_nothing_is_no_level() -> None:
    assert rate(0, 0) is None
    assert mean(0, 0.0, 0.0) is None
    assert mean(3, math.inf, math.inf) is None
    assert mean(3, math.nan, 1.0) is None
    assert area(0.5, 0, 10) is None
    assert area(math.nan, 10, 10) is None


def test_one_sample_a_constant_and_huge_values_compare() -> None:
    one, constant = known(mean(1, 2.0, 4.0)), known(mean(1_000, 2_000.0, 4_000.0))
    assert one.scores(constant) == (0.0, 0.0)
    other = known(mean(1_000, 3_000.0, 9_000.0))
    assert other.scores(constant) == (1e6, 1e6)
    assert constant.scores(other) == (-1e6, -1e6)
    huge = known(mean(10, 1e300, 1e307))
    assert all(math.isfinite(score) for score in huge.scores(constant))


def test_an_estimate_is_a_level_as_uncertain_as_a_rate() -> None:
    estimate = Cbpe().estimate(np.full(1_001, 7), np.linspace(0.0, 1.0, 1_001))
    assert estimate is not None
    level = estimated(estimate)
    assert level.value == estimate.accuracy
    assert level.samples == 7_007
    assert level.error >= estimate.error


def test_a_level_travels() -> None:
    level = known(rate(3, 4))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(level), type=Level) == level
