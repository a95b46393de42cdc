"""The stream that benches read: seeded predictions of four models in two versions."""

import time

import msgspec
import numpy as np
from confluent_kafka import Producer

from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Kafka

SEED = 1


def fill(kafka: Kafka, topic: str, events: int, features: int = 8) -> float:
    """Put events on a topic, spread over its partitions; returns the mean size in bytes.

    Event times are one millisecond apart and end now. lz4, batches as a busy service sends them.
    """
    rng = np.random.default_rng(SEED)
    latency = rng.gamma(4, 10, events).round(3).tolist()
    score = rng.random(events).round(4).tolist()
    values = rng.normal(size=(events, features)).round(4).tolist()
    names = [f"f{number}" for number in range(features)]
    begin = int(time.time() * 1_000) - events
    producer = Producer(
        kafka.confluent()
        | {
            "linger.ms": 20,
            "batch.num.messages": 10_000,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 1_048_576,
        }
    )
    encode = msgspec.json.Encoder().encode
    size = 0
    for number in range(events):
        share = score[number]
        body = encode(
            Prediction(
                id=f"{number:016x}",
                ts=begin + number,
                model=f"model-{number % 4}",
                version="2" if number % 3 == 0 else "1",
                features=dict(zip(names, values[number], strict=True)),
                prediction=share * 100,
                confidence=share,
                latency_ms=latency[number],
                status="ok" if share < 0.98 else "error",
                cache_hit=bool(number & 1),
                dimensions={"region": "eu"},
            )
        )
        size += len(body)
        _produce(producer, topic, body, number % kafka.partitions)
    producer.flush()
    return size / events


def _produce(producer: Producer, topic: str, body: bytes, partition: int) -> None:
    while True:
        try:
            producer.produce(topic, body, partition=partition)
        except BufferError:
            producer.poll(0.1)
        else:
            return
