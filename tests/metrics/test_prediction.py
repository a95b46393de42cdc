import numpy as np
import pytest

from streamgauge.metrics.prediction import QUANTILES, PredictionValue

from .event import counted, prediction

SEED = 20261122
METRIC = PredictionValue()
_random = np.random.default_rng(SEED)
STREAMS = {
    "positive": _random.lognormal(3.0, 1.5, 5_000),
    "negative": -_random.lognormal(3.0, 1.5, 5_000),
    "both sides": _random.normal(0.0, 100.0, 5_000),
    "shares": _random.beta(2.0, 5.0, 5_000),
    "far away": _random.uniform(1e8, 1e9, 500),
    "constant": np.full(100, -7.25),
    "one": np.array([3.0]),
    "mostly zero": np.concatenate([np.zeros(90), np.full(10, 5.0)]),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_quantiles_are_within_two_and_a_half_percent(stream: str) -> None:
    events = [prediction(prediction=float(value)) for value in STREAMS[stream]]
    values = METRIC.values(counted(METRIC, events), 60.0)
    for share in QUANTILES:
        exact = np.quantile(STREAMS[stream], share, method="inverted_cdf")
        shown = values[f'prediction_value{{quantile="{share}"}}']
        assert shown == pytest.approx(exact, rel=0.025, abs=1e-6)


@pytest.mark.parametrize("stream", STREAMS)
def test_the_mean_is_exact_to_a_thousandth(stream: str) -> None:
    events = [prediction(prediction=float(value)) for value in STREAMS[stream]]
    values = METRIC.values(counted(METRIC, events), 60.0)
    assert values["prediction_value_mean"] == pytest.approx(STREAMS[stream].mean(), abs=1e-3)


def test_values_beyond_the_grid_count_as_its_end() -> None:
    values = METRIC.values(counted(METRIC, [prediction(prediction=1e308)]), 60.0)
    assert values["prediction_value_mean"] == 1e9
    assert values['prediction_value{quantile="0.5"}'] == pytest.approx(1e9, rel=0.025)
    values = METRIC.values(counted(METRIC, [prediction(prediction=-1e308)]), 60.0)
    assert values["prediction_value_mean"] == -1e9
    assert values['prediction_value{quantile="0.5"}'] == pytest.approx(-1e9, rel=0.025)


def test_zero_of_either_sign_is_zero() -> None:
    for zero in (0.0, -0.0, 5e-324, -5e-324):
        values = METRIC.values(counted(METRIC, [prediction(prediction=zero)]), 60.0)
        assert set(values.values()) == {0.0}


def test_classes_are_no_values() -> None:
    assert METRIC.values(counted(METRIC, [prediction(prediction="7")]), 60.0) == {}
