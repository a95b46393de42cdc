"""The service's own metrics in Prometheus' format, in a registry of their own."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from streamgauge.producers.client import Counters

BUCKETS = (0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.5, 1.0)
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Exposition:
    """Requests by status, their time, those in flight, the client's counters, models loaded."""

    def __init__(
        self,
        in_flight: Callable[[], float],
        counters: Callable[[], Counters],
        models: Callable[[], dict[str, bool]],
    ) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "streamgauge_inference_requests",
            "Requests for predictions by answered status",
            ("model", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "streamgauge_inference_request_duration_seconds",
            "Time to answer a request for predictions",
            ("model",),
            buckets=BUCKETS,
            registry=self._registry,
        )
        Gauge(
            "streamgauge_inference_in_flight", "Requests being answered", registry=self._registry
        ).set_function(in_flight)
        self._registry.register(_Others(counters, models))

    def observe(self, model: str, status: int, seconds: float) -> None:
        """Count a request; `model` comes from a closed set, never from a stranger."""
        self._requests.labels(model, str(status)).inc()
        self._seconds.labels(model).observe(seconds)

    def text(self) -> bytes:
        """All metrics as text."""
        return generate_latest(self._registry)


class _Others(Collector):
    """What others count, read when somebody scrapes."""

    def __init__(
        self, counters: Callable[[], Counters], models: Callable[[], dict[str, bool]]
    ) -> None:
        self._counters = counters
        self._models = models

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        counters = self._counters()
        events = CounterMetricFamily(
            "streamgauge_client_events", "Events by what became of them", labels=("result",)
        )
        for result in ("sent", "dropped", "failed"):
            events.add_metric((result,), getattr(counters, result))
        yield events
        loaded = GaugeMetricFamily(
            "streamgauge_inference_model_loaded",
            "1 where the version is in memory",
            labels=("model", "version"),
        )
        for name, is_loaded in self._models().items():
            loaded.add_metric(name.split("@", 1), float(is_loaded))
        yield loaded
