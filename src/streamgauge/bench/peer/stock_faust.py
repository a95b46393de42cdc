"""A stock Faust agent that keeps the same sums, one event at a time: `python -m … BROKERS …`."""

import math
import sys
import tempfile
import time
from typing import Any

import faust
import msgspec

from streamgauge.bench.peer.report import Watch
from streamgauge.contracts.prediction import Prediction
from streamgauge.metrics.latency import BUCKETS

_WINDOW_MS = 60_000
_LOG_LOW = math.log(BUCKETS.low)
_LOG_GROWTH = math.log(1.02)


class Total:
    """The sums of `measure` for one series and window, as plain Python keeps them."""

    def __init__(self) -> None:
        self.count = self.errors = self.hits = self.misses = self.fallbacks = 0
        self.latency_sum = self.confidence_sum = self.value_sum = 0.0
        self.latency: dict[int, int] = {}
        self.confidence: dict[int, int] = {}
        self.value: dict[int, int] = {}

    def add(self, event: Prediction) -> None:
        """Count one event."""
        self.count += 1
        self.errors += event.status != "ok"
        self.fallbacks += event.fallback
        if event.cache_hit is not None:
            self.hits += event.cache_hit
            self.misses += not event.cache_hit
        if event.latency_ms is not None:
            self.latency_sum += event.latency_ms
            _count(self.latency, _bucket(event.latency_ms / 1_000))
        if event.confidence is not None:
            self.confidence_sum += event.confidence
            _count(self.confidence, round(event.confidence * 1_000))
        if isinstance(event.prediction, float):
            self.value_sum += event.prediction
            _count(self.value, _bucket(abs(event.prediction)))


def _bucket(value: float) -> int:
    return math.ceil((math.log(value) - _LOG_LOW) / _LOG_GROWTH) if value > BUCKETS.low else 0


def _count(cells: dict[int, int], cell: int) -> None:
    cells[cell] = cells.get(cell, 0) + 1


def main(brokers: str, topic_name: str, total: int, seconds: float) -> None:
    """Read the topic from its start; prints the pace and exits."""
    app = faust.App(
        f"stock-faust-{time.time():.0f}",
        broker=f"kafka://{brokers}",
        store="memory://",
        datadir=tempfile.mkdtemp(),
        web_enabled=False,
        topic_disable_leader=True,
        broker_max_poll_records=4_000,
        broker_session_timeout=6,
        broker_rebalance_timeout=3,
        broker_heartbeat_interval=1,
        stream_wait_empty=False,
    )
    topic = app.topic(topic_name, value_type=bytes, value_serializer="raw", key_serializer="raw")
    decode = msgspec.json.Decoder(Prediction).decode
    totals: dict[tuple[str, str, int], Total] = {}
    seen = [0]
    watch = Watch(total, seconds, lambda: seen[0])

    async def measure(stream: Any) -> None:
        async for value in stream:
            event = decode(value)
            key = (event.model, event.version, event.ts // _WINDOW_MS)
            if (held := totals.get(key)) is None:
                held = totals[key] = Total()
            held.add(event)
            seen[0] += 1
            if seen[0] % 100 == 1:
                watch.look()

    app.agent(topic)(measure)
    faust.Worker(app, loglevel="error", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
