import numpy as np
import pytest

from streamgauge.detectors.prediction_drift import PredictionDrift
from streamgauge.detectors.regroup import Distributions
from streamgauge.metrics.prediction import PredictionValue

SEED = 20261206
METRIC = PredictionValue()
DRIFT = PredictionDrift()
Counts = tuple[dict[str, np.ndarray], dict[str, dict[str, int]]]


def counts(seed: int, size: int, *, frauds: float = 0.1, factor: float = 1.0) -> Counts:
    """As a closed window has them, without the cells that are sums."""
    random = np.random.default_rng(seed)
    values = random.lognormal(1, 0.8, size) * factor
    cells = np.bincount(METRIC.cell(values), minlength=METRIC.width - 1)
    frauds_seen = int((random.random(size) < frauds).sum())
    confidence = np.bincount(np.rint(random.beta(8, 2, size) * 1_000).astype(int), minlength=1_001)
    names = {"fraud": frauds_seen, "fine": size - frauds_seen}
    return {"value": cells, "confidence": confidence}, {"class": names}


def made() -> Distributions:
    cells, names = counts(SEED, 20_000)
    middles = {"value": METRIC.middle, "confidence": np.arange(1_001) / 1_000}
    return Distributions.of({name: (cells[name], middles[name]) for name in cells}, names)


@pytest.mark.parametrize("seed", range(5))
def test_what_has_not_changed_is_silent(seed: int) -> None:
    held = made()
    found = DRIFT.judge(held.yardstick, held.window(*counts(seed, 2_000)))
    assert not found.active
    assert found.values["prediction_drift_score"] < 0.02


def test_larger_predictions_are_found_with_their_means() -> None:
    held = made()
    found = DRIFT.judge(held.yardstick, held.window(*counts(1, 2_000, factor=1.5)))
    assert [part.name for part in found.parts] == ["value"]
    assert found.parts[0].kind == "prediction"
    assert found.direction == "up"
    assert found.before == pytest.approx(np.exp(1 + 0.32), rel=0.05)
    assert found.after / found.before == pytest.approx(1.5, rel=0.15)
    assert found.text.startswith("prediction value moved up: mean 3.7")
    assert 'prediction_psi{prediction="value"}' in found.values


def test_another_mix_of_classes_is_found() -> None:
    held = made()
    found = DRIFT.judge(held.yardstick, held.window(*counts(1, 2_000, frauds=0.2)))
    assert [part.name for part in found.parts] == ["class"]
    assert "went" in found.text
    assert found.parts[0].after is not None
    assert found.parts[0].after.names == ["fine", "fraud", "other", "unseen"]
