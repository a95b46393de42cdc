import numpy as np
import pytest

from streamgauge.metrics.latency import QUANTILES, Latency

from .event import counted, prediction

SEED = 20261121
METRIC = Latency("prediction_latency_seconds", "latency")
_random = np.random.default_rng(SEED)
STREAMS = {
    "lognormal": _random.lognormal(3.0, 1.0, 5_000),
    "exponential": _random.exponential(40.0, 5_000),
    "two modes": np.concatenate([_random.normal(20, 2, 900), _random.normal(2_000, 90, 100)]),
    "constant": np.full(100, 12.5),
    "one": np.array([73.0]),
    "two": np.array([1.0, 3_600_000.0]),
    "tiny": _random.uniform(0.002, 0.01, 500),
}


@pytest.mark.parametrize("stream", STREAMS)
def test_quantiles_are_within_one_percent(stream: str) -> None:
    latencies = STREAMS[stream]
    events = [prediction(latency_ms=float(ms)) for ms in latencies]
    values = METRIC.values(counted(METRIC, events), 60.0)
    for share in QUANTILES:
        exact = np.quantile(latencies / 1_000, share, method="inverted_cdf")
        shown = values[f'prediction_latency_seconds{{quantile="{share}"}}']
        assert shown == pytest.approx(exact, rel=0.01)


@pytest.mark.parametrize("stream", STREAMS)
def test_the_mean_is_exact_to_a_microsecond(stream: str) -> None:
    events = [prediction(latency_ms=float(ms)) for ms in STREAMS[stream]]
    values = METRIC.values(counted(METRIC, events), 60.0)
    exact = STREAMS[stream].mean() / 1_000
    assert values["prediction_latency_seconds_mean"] == pytest.approx(exact, abs=1e-6)


def test_it_reads_the_column_that_it_is_given() -> None:
    metric = Latency("api_latency_seconds", "api_latency")
    values = metric.values(counted(metric, [prediction(latency_ms=1.0, api_latency_ms=50.0)]), 60.0)
    assert values["api_latency_seconds_mean"] == 0.05
    assert set(values) == {
        "api_latency_seconds_mean",
        *(f'api_latency_seconds{{quantile="{share}"}}' for share in QUANTILES),
    }


def test_only_events_that_carry_a_latency_are_its_samples() -> None:
    cells = counted(METRIC, [prediction(), prediction(latency_ms=1.0)])
    assert set(METRIC.samples(cells).values()) == {1}
    assert METRIC.values(counted(METRIC, [prediction()]), 60.0) == {}
