import pytest

from streamgauge.contracts.bucket import LATENCY_EDGES
from streamgauge.metrics.latency_bucket import LatencyBuckets

from .event import counted, prediction

METRIC = LatencyBuckets()


@pytest.mark.parametrize("edge", LATENCY_EDGES)
def test_a_latency_on_an_edge_of_the_promise_is_within_it(edge: float) -> None:
    # Services send milliseconds: 75 of them must be at most .075 s.
    events = [prediction(latency_ms=round(edge * 1_000)), prediction(latency_ms=edge * 1_000 + 0.1)]
    values = METRIC.values(counted(METRIC, events), 60.0)
    assert values[f'prediction_latency_seconds_bucket{{le="{edge:g}"}}'] == 1.0
    assert values['prediction_latency_seconds_bucket{le="+Inf"}'] == 2.0
