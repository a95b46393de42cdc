"""Who was told what: written before and after each message, read back at a start."""

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import decoder, encode
from streamgauge.contracts.dead_letter import DeadLetter, Reject
from streamgauge.contracts.notification import Notification
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka

# More than any backlog between two commits; older results are no longer asked for.
REMEMBERED = 50_000
_TOPIC = TOPICS["notifications"].name
_log = logging.getLogger(__name__)

Result = tuple[str, str]


def results(kafka: Kafka) -> list[Result]:
    """(alert id, target) of the newest results on the topic, oldest first."""
    read = decoder(Notification)
    records = (read(message.value()) for message in read_to_end(kafka, _TOPIC, REMEMBERED))
    return [
        (record.firing[0], record.receiver)
        for record in records
        if isinstance(record, Notification)
        and record.phase in ("delivered", "failed")
        and record.firing
    ]


class Ledger:
    """Writes entries and waits until Kafka has them, however long that takes."""

    def __init__(self, kafka: Kafka) -> None:
        self._producer = Producer(
            {
                **kafka.confluent(),
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 0,
                "compression.type": "zstd",
                # Kafka away: entries wait for it.
                "message.timeout.ms": 0,
            },
            logger=_log,
        )
        self._finished: OrderedDict[Result, None] = OrderedDict()
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="ledger", daemon=True)
        self._poller.start()

    def recall(self, finished: Iterable[Result]) -> None:
        """Remember results that were read back."""
        for result in finished:
            self._remember(result)

    def is_finished(self, alert_id: str, target: str) -> bool:
        """Whether this target has a result for this alert."""
        return (alert_id, target) in self._finished

    async def intend(self, alert: Alert, target: str) -> None:
        """Write that the target is about to be told."""
        await self._write(_entry(alert, target, "intent", 0, ""))

    async def finish(
        self, alert: Alert, target: str, *, delivered: bool, attempts: int, detail: str
    ) -> None:
        """Write the result."""
        phase = "delivered" if delivered else "failed"
        # Remembered first: what was sent stays sent, also while the entry waits for Kafka.
        self._remember((alert.id, target))
        await self._write(_entry(alert, target, phase, attempts, detail))

    async def bury(self, letter: DeadLetter) -> None:
        """Keep a record that could not be read."""
        await self._send("dead-letters", letter.key or b"", encode(letter))

    def close(self, timeout: float) -> None:
        """Wait for entries that are under way, at most so many seconds."""
        self._producer.flush(timeout)
        self._closing.set()
        self._poller.join()

    async def _write(self, entry: Notification) -> None:
        key = f"{entry.group}/{entry.receiver}".encode()
        await self._send(_TOPIC, key, encode(entry))

    async def _send(self, topic: str, key: bytes, value: bytes) -> None:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def settle(error: KafkaError | None) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(KafkaException(error))

        def report(error: KafkaError | None, _message: Message) -> None:
            # Called by the polling thread, maybe after the loop has ended.
            if not loop.is_closed():
                loop.call_soon_threadsafe(settle, error)

        self._producer.produce(topic, value, key, on_delivery=report)
        await future

    def _remember(self, result: Result) -> None:
        self._finished[result] = None
        self._finished.move_to_end(result)
        while len(self._finished) > REMEMBERED:
            self._finished.popitem(last=False)

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.1)


def _entry(alert: Alert, target: str, phase: str, attempts: int, detail: str) -> Notification:
    return Notification(
        id=f"{alert.id}/{target}/{phase}",
        ts=int(time.time() * 1000),
        group=alert.fingerprint,
        firing=[alert.id],
        receiver=target,
        phase=phase,  # type: ignore[arg-type]  # the callers above know the three phases
        attempts=attempts,
        detail=detail,
    )


def read_alert(message: Message) -> Alert | Reject:
    """An alert of the topic, or why it is none."""
    return _read_alert(message.value())


_read_alert = decoder(Alert)
