import numpy as np
import pytest

from streamgauge.metrics.confidence import QUANTILES, Confidence

from .event import counted, prediction

SEED = 20261123
METRIC = Confidence()


def test_quantiles_are_exact_to_half_a_thousandth_and_the_mean_to_a_millionth() -> None:
    shares = np.random.default_rng(SEED).beta(5.0, 2.0, 5_000)
    values = METRIC.values(counted(METRIC, [prediction(confidence=float(c)) for c in shares]), 60.0)
    for share in QUANTILES:
        exact = np.quantile(shares, share, method="inverted_cdf")
        shown = values[f'prediction_confidence{{quantile="{share}"}}']
        assert shown == pytest.approx(exact, abs=0.0005 + 1e-9)
    assert values["prediction_confidence_mean"] == pytest.approx(shares.mean(), abs=1e-6)


@pytest.mark.parametrize("confidence", [0.0, 0.55, 1.0])
def test_round_values_are_exact(confidence: float) -> None:
    values = METRIC.values(counted(METRIC, [prediction(confidence=confidence)] * 3), 60.0)
    assert all(values[f'prediction_confidence{{quantile="{q}"}}'] == confidence for q in QUANTILES)
    assert values["prediction_confidence_mean"] == pytest.approx(confidence, abs=1e-15)


def test_only_events_that_carry_one_are_its_samples() -> None:
    cells = counted(METRIC, [prediction(), prediction(confidence=0.5)])
    assert set(METRIC.samples(cells).values()) == {1}
