"""What has happened in the demo so far, read off the topics as anybody could."""

import threading
import time
from typing import Self

import msgspec
from confluent_kafka import Consumer, TopicPartition

from streamgauge.alerting.routing.watchdog import RULE as WATCHDOG
from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.allocation import Allocation
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.contracts.notification import Notification
from streamgauge.settings import Kafka

_TOPICS = ("measures", "alerts", "notifications", "allocations")


class Happened(msgspec.Struct):
    """Alerts by name of what fired and resolved, deliveries, and the newest figures."""

    fired: dict[str, float] = {}
    resolved: set[str] = set()
    intended: dict[str, list[str]] = {}
    delivered: dict[str, set[str]] = {}
    alerts: dict[str, Alert] = {}
    measures: dict[str, Measure] = {}
    weights: dict[str, dict[str, float]] = {}

    def take(self, topic: str, value: bytes, now: float) -> None:
        """One record of one of the topics."""
        if topic == "alerts":
            alert = codec.decode(Alert, value)
            if alert.rule == WATCHDOG:
                # It always fires and is told to nobody.
                return
            self.alerts[alert.id] = alert
            if alert.state == "firing":
                self.fired.setdefault(alert.rule, now)
                self.resolved.discard(alert.fingerprint)
            elif alert.state == "resolved":
                self.resolved.add(alert.fingerprint)
        elif topic == "notifications":
            note = codec.decode(Notification, value)
            if note.phase == "intent":
                ids = [f"{one}-firing" for one in note.firing]
                self.intended[note.id] = [*ids, *(f"{one}-resolved" for one in note.resolved)]
            elif note.phase == "delivered":
                self.delivered.setdefault(note.receiver, set()).update(self.intended[note.id])
        elif topic == "allocations":
            allocation = codec.decode(Allocation, value)
            self.weights[allocation.experiment] = allocation.weights
        else:
            reading = msgspec.json.decode(value, type=AnyReading)
            if isinstance(reading, Measure) and reading.whole and reading.source == "predictions":
                self.measures[f"{reading.labels['model']} {reading.labels['version']}"] = reading

    def finished(self) -> bool:
        """Whether something fired, all of it resolved, and every receiver was told of both."""
        told = {one.id for one in self.alerts.values() if one.state in {"firing", "resolved"}}
        fingerprints = {one.fingerprint for one in self.alerts.values() if one.state == "firing"}
        return (
            bool(fingerprints)
            and fingerprints <= self.resolved
            and bool(self.delivered)
            and all(told <= alerts for alerts in self.delivered.values())
        )


class Watch:
    """Follows the topics in a thread."""

    def __init__(self, kafka: Kafka) -> None:
        self.happened = Happened()
        self.error: Exception | None = None
        self._kafka = kafka
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _run(self) -> None:
        consumer = Consumer(
            self._kafka.confluent()
            | {"group.id": "streamgauge-demo", "enable.auto.commit": False, "log_level": 2}
        )
        try:
            consumer.assign([TopicPartition(topic, 0, 0) for topic in _TOPICS])
            while not self._stopping.is_set():
                message = consumer.poll(0.1)
                if message is not None and not message.error() and message.value():
                    self.happened.take(message.topic() or "", message.value() or b"", time.time())
        except Exception as error:
            self.error = error
        finally:
            consumer.close()
