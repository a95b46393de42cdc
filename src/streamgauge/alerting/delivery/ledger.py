"""The ledger's writer: an entry before and after each message, and proof that it may be sent.

An acknowledgement says that Kafka has an entry, not that it counts: another notifier may have
claimed the ledger before it. So an intent counts only when our own reading of the ledger has come
to it without another's claim on the way.
"""

import asyncio
import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from streamgauge.contracts.codec import encode
from streamgauge.contracts.notification import Notification
from streamgauge.contracts.topics import TOPICS
from streamgauge.settings import Kafka

TOPIC = TOPICS["notifications"].name
# A frozen owner that wakes up must not believe an intent that is older than its session.
_LEASE_SHARE = 0.5
_POLL = 0.1
# How soon a full queue is tried again.
_FULL = 0.02
# So many entries under way are a rush.
_RUSH = 8
_log = logging.getLogger(__name__)


class FencedError(Exception):
    """Another notifier has claimed the ledger: say nothing more."""


class Ledger:
    """Writes entries and waits until Kafka has them, however long that takes.

    `claim` is called by the inbox's thread; all else by the loop's. At most `queued` entries wait
    for Kafka in librdkafka; the others wait for those.
    """

    def __init__(self, kafka: Kafka, queued: int = 100_000) -> None:
        self.epoch = -1
        self._lease = kafka.session_timeout * _LEASE_SHARE
        shared = {
            **kafka.confluent(),
            "enable.idempotence": True,
            "acks": "all",
            "queue.buffering.max.messages": queued,
            "compression.type": "lz4",
            "message.max.bytes": TOPICS["notifications"].max_message_bytes,
            # Kafka away: entries wait for it.
            "message.timeout.ms": 0,
        }
        # In a rush many entries go together, since Kafka's work is by the request; a few go at
        # once, since until a result is written a crash repeats its message.
        self._producer = Producer({**shared, "linger.ms": 4}, logger=_log)
        self._quick = Producer({**shared, "linger.ms": 0}, logger=_log)
        self._loop = asyncio.get_running_loop()
        self._unseen: dict[str, asyncio.Future[None]] = {}
        self._reports: list[Callable[[], None]] = []
        self._closing = threading.Event()
        self._poller = threading.Thread(target=self._poll, name="ledger", daemon=True)
        self._poller.start()

    def claim(self, timeout: float) -> int:
        """Claim the ledger; entries of former owners behind it do not count. Returns its offset."""
        told: list[Message | KafkaError] = []
        came = threading.Event()

        def report(error: KafkaError | None, message: Message) -> None:
            told.append(error or message)
            came.set()

        entry = Notification(id=f"claim/{uuid.uuid4().hex}", ts=_now(), phase="claim")
        self._producer.produce(TOPIC, encode(entry), b"claim", on_delivery=report)
        self._producer.flush(0)
        if not came.wait(timeout):
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 -- librdkafka's own codes begin so
        (answer,) = told
        if isinstance(answer, KafkaError):
            raise KafkaException(answer)
        return answer.offset() or 0

    def own(self, epoch: int) -> None:
        """From now on entries are written under this claim."""
        self.disown()
        self.epoch = epoch

    def disown(self) -> None:
        """Nothing that waits for its place in the ledger may be sent any more."""
        self.epoch = -1
        waiting, self._unseen = self._unseen, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(FencedError())

    def hear(self, entry: Notification) -> bool:
        """An entry that our own reading has come to; False if another has claimed the ledger."""
        if entry.phase == "claim" and self.epoch >= 0:
            self.disown()
            return False
        if entry.epoch == self.epoch:
            future = self._unseen.pop(_name(entry), None)
            if future is not None and not future.done():
                future.set_result(None)
        return True

    async def write(self, entries: Sequence[Notification]) -> float:
        """Returns when our own reading has come to all of them; so long they hold (monotonic).

        That is less than a session from the call on: a frozen owner that wakes up cannot know who
        has taken over meanwhile. `FencedError` when somebody has; KafkaException if Kafka does not
        take one.
        """
        if self.epoch < 0:
            raise FencedError
        until = time.monotonic() + self._lease
        futures: dict[str, asyncio.Future[None]] = {}
        try:
            for entry in entries:
                stamped = msgspec.structs.replace(entry, epoch=self.epoch, ts=entry.ts or _now())
                future: asyncio.Future[None] = self._loop.create_future()
                self._unseen[_name(entry)] = futures[_name(entry)] = future
                key = f"{entry.group}/{entry.receiver}".encode()
                await self._produce(TOPIC, key, encode(stamped), future, seen=False)
            await asyncio.gather(*futures.values())
        finally:
            # One that was refused will never be read, and nobody waits for the others then.
            for name, future in futures.items():
                future.cancel()
                if self._unseen.get(name) is future:
                    del self._unseen[name]
        return until

    async def send(self, topic: str, key: bytes, value: bytes) -> None:
        """Returns when another topic has a record; KafkaException if it does not take it."""
        future: asyncio.Future[None] = self._loop.create_future()
        await self._produce(topic, key, value, future, seen=True)
        await future

    def close(self, timeout: float) -> None:
        """Wait for entries that are under way, at most so many seconds."""
        for producer in (self._quick, self._producer):
            producer.flush(timeout)
        self._closing.set()
        self._poller.join()

    async def _produce(
        self, topic: str, key: bytes, value: bytes, future: asyncio.Future[None], *, seen: bool
    ) -> None:
        """`seen` if Kafka's word is enough: an intent's place is read off the log instead."""

        def report(error: KafkaError | None, _message: Message) -> None:
            # Called by the polling thread.
            if error is not None:
                _log.error("the ledger did not take an entry: %s", error.str())
            if seen or error is not None:
                self._reports.append(lambda: _settle(future, error))

        # Done while it waits: another notifier has claimed the ledger.
        while not future.done():
            try:
                rush = seen or len(self._unseen) >= _RUSH
                producer = self._producer if rush else self._quick
                producer.produce(topic, value, key, on_delivery=report)
            except BufferError:
                await asyncio.sleep(_FULL)
            else:
                return

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(_POLL)
            self._quick.poll(0)
            if self._reports and not self._loop.is_closed():
                came, self._reports = self._reports, []
                self._loop.call_soon_threadsafe(_run, came)


def _run(reports: list[Callable[[], None]]) -> None:
    for report in reports:
        report()


def _settle(future: asyncio.Future[None], error: KafkaError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(KafkaException(error))


def _name(entry: Notification) -> str:
    return f"{entry.phase} {entry.id}"


def _now() -> int:
    return int(time.time() * 1000)
