"""The stream that benches read: seeded predictions, and what a reader must have counted of it."""

import time
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from confluent_kafka import Producer
from numpy.typing import NDArray

from streamgauge.bench.peer.report import Checksum, Work
from streamgauge.bench.poison import poisoned
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Kafka

SEED = 1
REGIONS = ("eu", "us", "apac")
SEGMENTS = ("new", "returning", "business", "partner", "internal")
_CHUNK = 50_000
# What an event puts into histograms beside its features and dimensions: two latencies, confidence,
# prediction.
_OBSERVED = 4


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """How the stream looks.

    `series` are models in two versions each; `batch` is the most events of one record batch, 0 for
    as many as a busy service sends; `poison` is the share of records that must be refused;
    `per_second` is how dense event time is: less than what is read a second is a stream that
    catches up, whose windows pass faster than the clock.
    """

    events: int
    features: int = 8
    dimensions: int = 2
    series: int = 8
    batch: int = 0
    poison: float = 0.0
    per_second: int = 20_000


class Filled(msgspec.Struct, frozen=True):
    """A topic that is filled: the mean size of a record, and what each of them adds to a total."""

    shape: Shape
    partitions: int
    size: float
    latency_us: NDArray[np.int64]
    good: NDArray[np.bool_]

    def truth(self, work: Work, read: Sequence[int] = ()) -> Checksum:
        """What must be counted by who has read so many records of each partition, or all."""
        parts = [
            (self.latency_us[place :: self.partitions], self.good[place :: self.partitions])
            for place in range(self.partitions)
        ]
        ends = read or [len(good) for _, good in parts]
        events = sum(int(good[:end].sum()) for (_, good), end in zip(parts, ends, strict=True))
        micros = sum(
            int(latency[:end][good[:end]].sum())
            for (latency, good), end in zip(parts, ends, strict=True)
        )
        observed = _OBSERVED + self.shape.features + self.shape.dimensions
        cells = events * observed if work == "full" else 0
        return Checksum(events, micros, cells, sum(ends) - events)


def fill(kafka: Kafka, topic: str, shape: Shape) -> Filled:
    """Put events on a topic, one after another on each of its partitions. Times end now; lz4."""
    options: dict[str, object] = {
        "linger.ms": 20,
        "batch.num.messages": shape.batch or 10_000,
        "compression.type": "lz4",
        "queue.buffering.max.messages": 1_000_000,
        "queue.buffering.max.kbytes": 1_048_576,
    }
    producer = Producer(kafka.confluent() | options)
    rng = np.random.default_rng(SEED)
    latency_us = np.zeros(shape.events, np.int64)
    good = rng.random(shape.events) >= shape.poison
    begin = int(time.time() * 1_000) - shape.events * 1_000 // shape.per_second
    size = number = spoiled = 0
    for first in range(0, shape.events, _CHUNK):
        length = min(_CHUNK, shape.events - first)
        micros = np.rint(rng.gamma(4, 10_000, length)).astype(np.int64)
        latency_us[first : first + length] = micros
        for event in _events(rng, shape, first, begin, micros):
            body = msgspec.json.encode(event)
            if not good[number]:
                body = poisoned(spoiled, body)
                spoiled += 1
            size += len(body)
            _produce(producer, topic, body, number % kafka.partitions)
            number += 1
    producer.flush()
    return Filled(shape, kafka.partitions, size / shape.events, latency_us, good)


def predictions(shape: Shape) -> Iterator[Prediction]:
    """The events of a small stream, the clean ones too where `poison` spoils some."""
    rng = np.random.default_rng(SEED)
    micros = np.rint(rng.gamma(4, 10_000, shape.events)).astype(np.int64)
    begin = int(time.time() * 1_000) - shape.events * 1_000 // shape.per_second
    yield from _events(rng, shape, 0, begin, micros)


def _events(
    rng: np.random.Generator, shape: Shape, first: int, begin: int, micros: NDArray[np.int64]
) -> Iterator[Prediction]:
    length = len(micros)
    names = [f"f{number}" for number in range(shape.features)]
    features = rng.normal(size=(length, shape.features)).round(4).tolist()
    latency = (micros / 1_000).tolist()
    api = ((micros + rng.integers(200, 5_000, length)) / 1_000).tolist()
    score = rng.random(length).round(4).tolist()
    series = rng.integers(0, shape.series, length).tolist()
    region = rng.integers(0, len(REGIONS), length).tolist()
    segment = rng.integers(0, len(SEGMENTS), length).tolist()
    for place in range(length):
        share = score[place]
        carried = {"region": REGIONS[region[place]], "segment": SEGMENTS[segment[place]]}
        yield Prediction(
            id=f"{first + place:016x}",
            ts=begin + (first + place) * 1_000 // shape.per_second,
            model=f"model-{series[place] // 2}",
            version=str(series[place] % 2 + 1),
            features=dict(zip(names, features[place], strict=True)),
            prediction=share * 100,
            confidence=share,
            latency_ms=latency[place],
            api_latency_ms=api[place],
            status="ok" if share < 0.98 else "error",
            cache_hit=bool(place & 1),
            dimensions=dict(list(carried.items())[: shape.dimensions]),
        )


def _produce(producer: Producer, topic: str, body: bytes, partition: int) -> None:
    while True:
        try:
            producer.produce(topic, body, partition=partition)
        except BufferError:
            producer.poll(0.1)
        else:
            return
