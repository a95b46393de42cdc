"""Predictions of now, few and then at a steady rate, with probes whose way can be timed."""

import threading
import time
from collections.abc import Iterator

import msgspec
from confluent_kafka import KafkaError, Message, Producer

from streamgauge.bench.traffic import Shape, predictions
from streamgauge.settings import Kafka

PROBE = "probe-"
_STEP_S = 0.01
_PROBE_EVERY = 2
# Encoding at 100,000 a second would take the core that is measured: made once, sent often.
_MADE = 20_000
# Until all who read are there: what came before would be a backlog, and its age no time of a way.
_FEW = 1_000.0
_TS = b'"ts":'


class Paced(threading.Thread):
    """Sends few until told to rise, then at its rate until told to stop.

    `appended` is when Kafka took each probe, by partition; `rose_at` when the rate rose.

    A probe is a prediction of a model of its own for each partition, so that its place in line is
    its place in that model's count.
    """

    def __init__(self, kafka: Kafka, topic: str, shape: Shape, rate: float) -> None:
        super().__init__(name="paced", daemon=True)
        self.sent = 0
        self.rose_at = 0.0
        self.behind = 0.0
        self.appended: list[list[float]] = [[] for _ in range(kafka.partitions)]
        self.failed: KafkaError | None = None
        self._kafka = kafka
        self._topic = topic
        self._rate = rate
        self._rising = threading.Event()
        self._ending = threading.Event()
        self._bodies = list(_split(shape))

    def rise(self) -> None:
        """Go on at the full rate."""
        self._rising.set()

    def stop(self) -> None:
        """End, once all that was sent is acknowledged."""
        self._ending.set()
        self.join(60.0)

    def run(self) -> None:
        producer = Producer(
            self._kafka.confluent()
            | {
                "linger.ms": 20,
                "compression.type": "lz4",
                "enable.idempotence": True,
                "delivery.report.only.error": False,
                "queue.buffering.max.messages": 1_000_000,
                "queue.buffering.max.kbytes": 1_048_576,
            }
        )
        self._send(producer, _FEW, self._rising)
        self.rose_at = time.time()
        self._send(producer, self._rate, self._ending)
        producer.flush(60.0)

    def _send(self, producer: Producer, rate: float, until: threading.Event) -> None:
        begin, step, before, self.behind = time.monotonic(), 0, self.sent, 0.0
        while not (until.is_set() or self._ending.is_set()):
            step += 1
            upto = before + int(step * _STEP_S * rate)
            self._step(producer, upto, probe=step % _PROBE_EVERY == 0)
            producer.poll(0)
            ahead = begin + step * _STEP_S - time.monotonic()
            self.behind = max(self.behind, -ahead)
            if ahead > 0:
                until.wait(ahead)

    def _step(self, producer: Producer, upto: int, *, probe: bool) -> None:
        now = b"%d" % int(time.time() * 1_000)
        partitions, bodies = len(self.appended), self._bodies
        for number in range(self.sent, upto):
            before, after = bodies[number % _MADE]
            producer.produce(self._topic, before + now + after, partition=number % partitions)
        self.sent = max(self.sent, upto)
        if probe:
            for partition in range(partitions):
                body = b'{"v":1,"id":"p","ts":%b,"model":"%b%d","version":"1"}'
                producer.produce(
                    self._topic,
                    body % (now, PROBE.encode(), partition),
                    partition=partition,
                    on_delivery=self._taken,
                )

    def _taken(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self.failed = error
            return
        self.appended[message.partition() or 0].append(message.timestamp()[1] / 1_000)


def _split(shape: Shape) -> Iterator[tuple[bytes, bytes]]:
    """Encoded events without their time: what stands before it, and after."""
    made = msgspec.structs.replace(shape, events=_MADE)
    for event in predictions(made):
        before, _, after = msgspec.json.encode(event).partition(_TS)
        yield before + _TS, after.lstrip(b"0123456789")
