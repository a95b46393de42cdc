import pytest

from streamgauge.contracts.bucket import LATENCY_EDGES
from streamgauge.metrics.latency_bucket import LatencyBuckets
from streamgauge.metrics.sla import compliance
from streamgauge.settings import Sla

from .event import counted, prediction

METRIC = LatencyBuckets()


@pytest.mark.parametrize("bound", LATENCY_EDGES)
def test_every_bound_that_may_be_promised_is_measured(bound: float) -> None:
    latencies = [bound * 1_000 * share for share in (0.5, 1.0, 1.5, 2.0)]
    events = [prediction(latency_ms=latency) for latency in latencies]
    values = METRIC.values(counted(METRIC, events), 60.0)
    kept = compliance({"model": "price"}, values, Sla(latency=bound))
    assert kept == {"prediction_latency_sla_ratio": 0.5}


def test_a_model_has_a_bound_of_its_own() -> None:
    values = METRIC.values(counted(METRIC, [prediction(latency_ms=60.0)]), 60.0)
    sla = Sla(latency=0.1, models={"price": 0.05})
    assert compliance({"model": "price"}, values, sla)["prediction_latency_sla_ratio"] == 0.0
    assert compliance({"model": "spam"}, values, sla)["prediction_latency_sla_ratio"] == 1.0


def test_without_latencies_nothing_is_promised() -> None:
    assert compliance({"model": "price"}, {"prediction_count": 3.0}, Sla()) == {}
