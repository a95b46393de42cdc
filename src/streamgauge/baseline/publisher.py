"""References on their way to the topic: at once where a person waits, else until Kafka has them."""

import threading
from collections.abc import Iterable
from functools import partial

import structlog
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import Reference, key_of
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka, UnavailableError

log: structlog.stdlib.BoundLogger = structlog.get_logger()

TOPIC = TOPICS["references"]
_PATIENCE_S = 20.0
_POLL_S = 0.2
_LONGEST_WAIT_S = 30.0


def publish(kafka: Kafka, made: Reference) -> None:
    """Put a reference on the topic; `UnavailableError` where Kafka does not take it."""
    failed: list[KafkaError] = []

    def told(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = _producer(kafka)
    try:
        producer.produce(TOPIC.name, encode(made), key_of(made), 0, on_delivery=told)
    except KafkaException as error:
        raise UnavailableError(f"topic {TOPIC.name}: {error.args[0].str()}") from None
    if producer.flush(_PATIENCE_S) or failed:
        said = failed[0].str() if failed else f"no answer within {_PATIENCE_S:.0f} s"
        raise UnavailableError(f"topic {TOPIC.name}: {said}")


class Publisher:
    """Publishes from a thread of its own, so that a service neither waits for Kafka nor fails.

    Where Kafka is away it tries again until it is closed, after 1 s, 2 s ... 30 s. What is on the
    topic already does no harm there a second time.
    """

    def __init__(self, kafka: Kafka) -> None:
        self._producer = _producer(kafka)
        self._lock = threading.Lock()
        self._waiting: dict[bytes, bytes] = {}
        self._under_way = 0
        self._failures = 0
        self._news = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="references", daemon=True)
        self._thread.start()

    def offer(self, made: Iterable[Reference]) -> None:
        """Have them published as soon as Kafka takes them; returns at once."""
        records = {key_of(one): encode(one) for one in made}
        with self._lock:
            self._waiting |= records
        self._news.set()

    def close(self) -> None:
        """Give up on what Kafka did not take."""
        self._stop.set()
        self._news.set()
        self._thread.join()
        self._producer.purge()
        self._producer.flush(1.0)

    def _run(self) -> None:
        while not self._stop.is_set():
            if not self._under_way:
                self._news.wait()
            self._send()
            self._producer.poll(_POLL_S)
            if self._failures and not self._under_way:
                self._stop.wait(min(2.0 ** (self._failures - 1), _LONGEST_WAIT_S))

    def _send(self) -> None:
        with self._lock:
            records, self._waiting = self._waiting, {}
            self._news.clear()
        for key, value in records.items():
            try:
                self._producer.produce(
                    TOPIC.name, value, key, 0, on_delivery=partial(self._told, value)
                )
            except KafkaException as error:
                # Larger than the topic takes: it stays so.
                log.warning("reference not published", key=key.decode(), error=error.args[0].str())
            else:
                self._under_way += 1

    def _told(self, value: bytes, error: KafkaError | None, message: Message) -> None:
        self._under_way -= 1
        key = bytes(message.key() or b"")
        if error is None:
            self._failures = 0
            log.info("reference published", key=key.decode())
            return
        if self._stop.is_set():
            return
        if not self._failures:
            log.warning("reference not published yet", key=key.decode(), error=error.str())
        self._failures += 1
        with self._lock:
            # A newer one may have been offered meanwhile.
            self._waiting.setdefault(key, value)
            self._news.set()


def _producer(kafka: Kafka) -> Producer:
    return Producer(
        kafka.confluent()
        | {
            "client.id": "streamgauge-references",
            "acks": "all",
            # In order without an idempotent producer, which may fail for good.
            "max.in.flight.requests.per.connection": 1,
            "compression.type": "lz4",
            "message.max.bytes": TOPIC.max_message_bytes,
            "message.timeout.ms": int(_PATIENCE_S * 1_000),
            "log_level": 0,
        }
    )
