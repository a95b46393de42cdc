"""The load of `bench exact`: steady predictions whose numbers follow from their place."""

import threading
import time

from confluent_kafka import Producer

from streamgauge.settings import Kafka

_STEP_S = 0.02
_MODELS, _VERSIONS = 3, 2
_FAILS_EVERY = 50
_BODY = (
    '{{"v":1,"id":"{number:016x}","ts":{ts},"model":"model-{model}","version":"{version}",'
    '"prediction":{answer},"confidence":0.{share:02d},"latency_ms":{latency},'
    '"status":"{status}","cache_hit":{hit},"features":{{"a":{answer},"b":{latency}}},'
    '"dimensions":{{"region":"{region}"}}}}'
)


class Load(threading.Thread):
    """Sends `rate` events a second until `end`; `sent` are those that Kafka was given.

    Numbers are whole, so sums are exact; a broker that is away gets the events when it is back.
    """

    def __init__(self, kafka: Kafka, rate: int) -> None:
        super().__init__(name="load", daemon=True)
        self.sent = 0
        self.unacknowledged = 0
        self._rate = rate
        self._partitions = kafka.partitions
        self._ending = threading.Event()
        self._producer = Producer(
            kafka.confluent()
            | {
                "enable.idempotence": True,
                "linger.ms": 10,
                "compression.type": "lz4",
                "delivery.timeout.ms": 300_000,
                "reconnect.backoff.max.ms": 500,
                "queue.buffering.max.messages": 2_000_000,
                "log_level": 0,
            }
        )

    def run(self) -> None:
        """Send until told to end."""
        begun = time.monotonic()
        while not self._ending.wait(_STEP_S):
            due = int((time.monotonic() - begun) * self._rate)
            now = int(time.time() * 1_000)
            while self.sent < due:
                self._send(self.sent, now)
                self.sent += 1
            self._producer.poll(0)

    def _send(self, number: int, now: int) -> None:
        value = body(number, now)
        while True:
            try:
                self._producer.produce("predictions", value, partition=number % self._partitions)
            except BufferError:
                self._producer.poll(0.1)
            else:
                return

    def end(self, patience: float = 60.0) -> None:
        """Stop, and wait until Kafka has all of it."""
        self._ending.set()
        self.join()
        self.unacknowledged = self._producer.flush(patience)


def body(number: int, ts: int) -> bytes:
    """The prediction of that number.

    >>> body(1, 1_700_000_000_000)[:56]
    b'{"v":1,"id":"0000000000000001","ts":1700000000000,"model'
    """
    return _BODY.format(
        number=number,
        ts=ts,
        model=number % _MODELS,
        version=number % _VERSIONS + 1,
        answer=number % 100,
        share=number % 90 + 10,
        latency=number % 97 + 1,
        status="ok" if number % _FAILS_EVERY else "error",
        hit="false" if number & 1 else "true",
        region="eu" if number % 3 else "us",
    ).encode()
