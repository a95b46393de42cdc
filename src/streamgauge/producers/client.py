"""How a service tells Kafka what it predicted, at the price of about 3 µs an event.

The service installs msgspec and confluent-kafka and nothing else.
"""

import atexit
import ctypes
import logging
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, Self

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamgauge.contracts.codec import headers
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.topics import TOPICS
from streamgauge.contracts.usage import Usage
from streamgauge.producers.pseudonym import pseudonyms

log = logging.getLogger(__name__)

EXIT_SECONDS: Final = 5.0
QUEUE_KBYTES: Final = 65_536
_Headers = list[tuple[str, bytes]]
_Record = tuple[str, bytes, str, _Headers]


class Counters(msgspec.Struct, frozen=True):
    """Events acknowledged by Kafka, dropped for want of room, and failed in any other way."""

    sent: int
    dropped: int
    failed: int


class Client:
    """Publishes events without ever blocking or raising; whatever is lost is counted.

    `kafka` is a bootstrap address or a librdkafka configuration. `fields` lists the features that
    may leave the service (all, if None). `user` and `session` leave as keyed hashes; without
    `pseudonym_key` they are left out, and where a session is required (feedback, usage) it is
    hashed with a key that lives as long as the process.

    Threads may share a client. After a fork the child gets a connection and counters of its own
    with its first `emit`; what the parent had queued stays the parent's to send.
    """

    _produce: Callable[..., None]

    def __init__(
        self,
        kafka: Mapping[str, object] | str,
        *,
        service: str,
        instance: str | None = None,
        fields: Collection[str] | None = None,
        pseudonym_key: bytes | None = None,
        queue: int = 100_000,
    ) -> None:
        self.service = service
        self._instance = instance
        self._fields = None if fields is None else frozenset(fields)
        self._hide = pseudonyms(pseudonym_key)
        self._keyed = bool(pseudonym_key)
        self._config = _configuration(kafka, queue)
        self._encode = msgspec.json.Encoder(enc_hook=_plain).encode
        self._read: dict[type, Callable[[Any], _Record]] = {
            Prediction: self._prediction,
            Outcome: self._outcome,
            Feedback: self._of_session,
            Usage: self._of_session,
            Heartbeat: self._heartbeat,
        }
        self._open()
        _alive.add(self)
        atexit.register(self.close)

    @property
    def instance(self) -> str:
        """Which process of the service this is."""
        return self._instance or f"{socket.gethostname()[:64]}-{os.getpid()}"

    @property
    def counters(self) -> Counters:
        """What became of the events so far; those still on their way are in none of the three."""
        with self._lock:
            return Counters(self._sent, self._dropped, self._failed)

    def emit(self, event: Event, key: str | None = None, extra: _Headers | None = None) -> bool:
        """Hand over an event and return at once; False if it was dropped or could not be read.

        `extra` are Kafka headers beside those of CloudEvents.
        """
        try:
            topic, value, own_key, ce = self._read[type(event)](event)
            if extra:
                ce = ce + extra
            self._produce(topic, value, key or own_key, -1, self._delivered, headers=ce)
        except BufferError:
            with self._lock:
                self._dropped += 1
            return False
        except Exception as error:
            self.refuse(type(event).__name__, error)
            return False
        return True

    def heartbeat(self, *, healthy: bool = True, **fields: Any) -> bool:
        """Say that the service lives; the client's own counters go along."""
        counters = self.counters
        now = time.time_ns() // 1_000_000
        try:
            beat = Heartbeat(
                ts=now,
                service=self.service,
                instance=self.instance,
                healthy=healthy,
                sent=counters.sent,
                dropped=counters.dropped,
                failed=counters.failed,
                **fields,
            )
        except TypeError as error:
            self.refuse("Heartbeat", error)
            return False
        return self.emit(beat)

    def flush(self, timeout: float = EXIT_SECONDS) -> int:
        """Wait up to `timeout` seconds for Kafka's answers; how many are still missing."""
        return int(self._producer.flush(timeout)) if self._running() else 0

    def close(self, timeout: float = EXIT_SECONDS) -> None:
        """Flush, give up on what Kafka did not take in `timeout` seconds, and stop."""
        if not self._running():
            return
        if self.flush(timeout):
            # Their delivery reports say so, and count them as failed.
            self._producer.purge()
            self._producer.flush(1.0)
        self._stop.set()
        self._poller.join(EXIT_SECONDS)
        self._produce = _closed
        atexit.unregister(self.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> None:
        self._lock = threading.RLock()
        self._sent = self._dropped = self._failed = 0
        self._stop = threading.Event()
        self._connect()
        self._poller = threading.Thread(target=self._poll, name="streamgauge-client", daemon=True)
        self._poller.start()

    def _connect(self) -> None:
        try:
            producer = Producer(self._config | {"error_cb": self._on_error})
        except KafkaException as error:
            # The configuration is wrong: better said at the start than counted for ever.
            raise ValueError(f"kafka: {error.args[0].str()}") from None
        self._fatal = False
        self._producer = producer
        self._produce = producer.produce

    def _running(self) -> bool:
        return self._poller.is_alive() and not self._stop.is_set()

    def _poll(self) -> None:
        while not self._stop.is_set():
            self._producer.poll(0.1)
            if self._fatal:
                self._replace()

    def _replace(self) -> None:
        """An idempotent producer that lost its sequence never recovers; a new one does."""
        old = self._producer
        self._connect()
        old.purge()
        old.flush(1.0)

    def _on_error(self, error: KafkaError) -> None:
        if error.fatal():
            log.error("Kafka refused the producer, starting a new one: %s", error.str())
            self._fatal = True

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is None:
            with self._lock:
                self._sent += 1
        else:
            self.refuse("delivery", KafkaException(error))

    def refuse(self, what: str, error: Exception) -> None:
        """Count an event that could not even be made as failed, and say why now and then."""
        with self._lock:
            self._failed += 1
            count = self._failed
        # The 1st, 2nd, 4th, 8th … failure is told: a broken service must not flood its own log.
        if count & (count - 1) == 0:
            log.warning("event %s not sent (%d so far): %r", what, count, error)

    def _prediction(self, event: Prediction) -> _Record:
        if event.user is not None or event.session is not None:
            event = msgspec.structs.replace(
                event, user=self._pseudonym(event.user), session=self._pseudonym(event.session)
            )
        if self._fields is not None and not event.features.keys() <= self._fields:
            kept = {name: event.features[name] for name in event.features if name in self._fields}
            event = msgspec.structs.replace(event, features=kept)
        return "predictions", self._encode(event), event.id, _CE_PREDICTION

    def _outcome(self, event: Outcome) -> _Record:
        return "outcomes", self._encode(event), event.prediction_id, _CE_OUTCOME

    def _of_session(self, event: Feedback | Usage) -> _Record:
        session = self._hide(event.session)
        event = msgspec.structs.replace(event, session=session, user=self._pseudonym(event.user))
        topic = "feedback" if isinstance(event, Feedback) else "usage"
        return topic, self._encode(event), session, headers(event, event.id, event.ts, hot=False)

    def _heartbeat(self, event: Heartbeat) -> _Record:
        ce = headers(event, f"{event.instance}-{event.ts}", event.ts, hot=False)
        return "heartbeats", self._encode(event), event.service, ce

    def _pseudonym(self, name: str | None) -> str | None:
        return self._hide(name) if name is not None and self._keyed else None

    def _after_fork(self) -> None:
        """Leave the parent's producer alone: it can only hang, its threads did not come along."""
        if self._produce is _closed:
            return
        # One reference too many on purpose: freeing it would wait for those threads at exit.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._producer))
        self._lock = threading.RLock()
        self._sent = self._dropped = self._failed = 0
        self._produce = self._produce_first

    def _produce_first(self, *record: Any, **options: Any) -> None:
        with self._lock:
            if self._produce == self._produce_first:
                self._open()
        self._produce(*record, **options)


def _configuration(kafka: Mapping[str, object] | str, queue: int) -> dict[str, Any]:
    given = {"bootstrap.servers": kafka} if isinstance(kafka, str) else dict(kafka)
    return {
        "client.id": "streamgauge",
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 20,
        "compression.type": "lz4",
        "queue.buffering.max.messages": queue,
        "queue.buffering.max.kbytes": QUEUE_KBYTES,
        # Java's partitioner: other producers of the same key meet in the same partition.
        "partitioner": "murmur2_random",
        "logger": log,
    } | given


def _plain(value: Any) -> Any:
    """Numbers of numpy and the like, as Python's."""
    if callable(item := getattr(value, "item", None)):
        return item()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def _closed(*_: object, **__: object) -> None:
    raise BufferError("the client is closed")


# Hot topics carry one constant header.
_CE_PREDICTION = headers(
    Prediction(id="-", ts=0, model="-", version="-"), "-", 0, hot=TOPICS["predictions"].hot
)
_CE_OUTCOME = headers(
    Outcome(id="-", ts=0, prediction_id="-", truth=0.0), "-", 0, hot=TOPICS["outcomes"].hot
)

_alive: weakref.WeakSet[Client] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for client in list(_alive):
        client._after_fork()  # noqa: SLF001  # one module, two scopes


os.register_at_fork(after_in_child=_after_fork_in_child)
