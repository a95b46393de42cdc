"""A stock Faust agent that keeps the same sums, one event at a time: `python -m … JOB`."""

import sys
import tempfile
import time
from collections import Counter
from typing import Any

import faust
import msgspec

from streamgauge.bench.peer import grid
from streamgauge.bench.peer.event import (
    AHEAD_MS,
    DIMENSIONS,
    PAST_MS,
    UNREADABLE,
    Wire,
    error_code,
)
from streamgauge.bench.peer.report import Checksum, Job, Watch, rest

_LOOK_EVERY = 100


class Counts:
    """Count and sum of one series and window, as plain Python keeps them."""

    def __init__(self) -> None:
        self.count = self.latency_us = 0

    def add(self, event: Wire) -> None:
        """Count one event."""
        self.count += 1
        if event.latency_ms is not None:
            self.latency_us += round(event.latency_ms * 1_000)

    def cells(self) -> int:
        """How many observations the histograms hold."""
        return 0


class Feature:
    """One feature: grid, sum in millionths, ends, nulls, HyperLogLog registers."""

    def __init__(self) -> None:
        self.grid: Counter[int] = Counter()
        self.registers: dict[int, int] = {}
        self.nulls = self.millionths = 0
        self.lowest, self.highest = float("inf"), float("-inf")

    def add(self, value: float | None) -> None:
        """Count one value."""
        if value is None:
            self.nulls += 1
            return
        self.grid[max(0, min(int((value + 8.0) * 31.875) + 1, grid.FEATURE - 1))] += 1
        self.millionths += round(value * 1e6)
        self.lowest, self.highest = min(self.lowest, value), max(self.highest, value)
        hashed = hash(value) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF
        place, rank = hashed >> 53, 54 - (hashed & (1 << 53) - 1).bit_length()
        if rank > self.registers.get(place, 0):
            self.registers[place] = rank


class Slice:
    """One value of a dimension: counts by error class, latency."""

    def __init__(self) -> None:
        self.errors: Counter[int] = Counter()
        self.latency: Counter[int] = Counter()
        self.micros = 0


class Full(Counts):
    """All sums that streamgauge keeps."""

    def __init__(self) -> None:
        super().__init__()
        self.errors: Counter[int] = Counter()
        self.histograms: dict[str, Counter[int]] = {
            name: Counter() for name in ("latency", "api", "confidence", "prediction")
        }
        self.hits = self.misses = self.fallbacks = self.api_us = 0
        self.confidence_sum = self.prediction_sum = 0
        self.features: dict[str, Feature] = {}
        self.slices: dict[tuple[str, str], Slice] = {}

    def add(self, event: Wire) -> None:
        super().add(event)
        code = error_code(event)
        self.errors[code] += 1
        self.fallbacks += event.fallback
        if event.cache_hit is not None:
            self.hits += event.cache_hit
            self.misses += not event.cache_hit
        if event.api_latency_ms is not None:
            self.api_us += round(event.api_latency_ms * 1_000)
            self.histograms["api"][grid.LATENCY.of(event.api_latency_ms / 1_000)] += 1
        if event.confidence is not None:
            self.confidence_sum += round(event.confidence * 1e6)
            self.histograms["confidence"][round(event.confidence * 1_000)] += 1
        if event.prediction is not None:
            self.prediction_sum += round(event.prediction * 1e3)
            side = grid.SIDE.of(abs(event.prediction))
            self.histograms["prediction"][side if event.prediction >= 0 else -side] += 1
        for name, value in event.features.items():
            if (feature := self.features.get(name)) is None:
                feature = self.features[name] = Feature()
            feature.add(value)
        self._add_latency(event, code)

    def _add_latency(self, event: Wire, code: int) -> None:
        """Latency counts for the series and for each value of its dimensions."""
        latency = event.latency_ms
        cell = None if latency is None else grid.LATENCY.of(latency / 1_000)
        if cell is not None:
            self.histograms["latency"][cell] += 1
        for pair in event.dimensions.items():
            if pair[0] not in DIMENSIONS:
                continue
            if (held := self.slices.get(pair)) is None:
                held = self.slices[pair] = Slice()
            held.errors[code] += 1
            if cell is not None and latency is not None:
                held.latency[cell] += 1
                held.micros += round(latency * 1_000)

    def cells(self) -> int:
        cells = sum(counter.total() for counter in self.histograms.values())
        cells += sum(one.grid.total() + one.nulls for one in self.features.values())
        return cells + sum(one.latency.total() for one in self.slices.values())


def main(job: Job) -> None:
    """Read the topic from its start; prints the pace and exits."""
    app = faust.App(
        f"stock-faust-{time.time():.0f}",
        broker=f"kafka://{job.brokers}",
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
    topic = app.topic(job.topic, value_type=bytes, value_serializer="raw", key_serializer="raw")
    decode = msgspec.json.Decoder(Wire).decode
    fresh = Full if job.work == "full" else Counts
    totals: dict[tuple[str, str, int], Counts] = {}
    read = [0] * job.partitions
    rejected = [0]
    watch = Watch(job, lambda: sum(read))

    def take(value: bytes) -> None:
        now = int(time.time() * 1_000)
        try:
            event = decode(value)
        except UNREADABLE:
            rejected[0] += 1
            return
        if not now - PAST_MS <= event.ts <= now + AHEAD_MS:
            rejected[0] += 1
            return
        key = (event.model, event.version, event.ts // grid.WINDOW_MS)
        if (held := totals.get(key)) is None:
            held = totals[key] = fresh()
        held.add(event)

    async def measure(stream: Any) -> None:
        seen = 0
        async for event in stream.events():
            take(event.value)
            read[event.message.partition] += 1
            seen += 1
            if seen % _LOOK_EVERY == 0 or seen >= job.total:
                pace = watch.look()
                if pace is not None:
                    held = totals.values()
                    sums = Checksum(
                        sum(one.count for one in held),
                        sum(one.latency_us for one in held),
                        sum(one.cells() for one in held),
                        rejected[0],
                    )
                    rest(msgspec.structs.replace(pace, checksum=sums, read=read))

    app.agent(topic)(measure)
    faust.Worker(app, loglevel="error", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    main(Job.of(sys.argv))
