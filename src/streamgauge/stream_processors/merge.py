"""The stage `merge`: the state logs of all partitions in, `measures`, `summaries` and the tick out.

It reads every partition, so it is a plain consumer, and keeps nothing: a restart folds the logs
again, and of two that run at once everything they publish is the same.
"""

import math
import threading
import time
from collections.abc import Callable

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from streamgauge.contracts import codec
from streamgauge.contracts.measure import Measure, Tick
from streamgauge.contracts.summary import Summary
from streamgauge.contracts.topics import state_topic
from streamgauge.logs import log
from streamgauge.metrics.schema import Grids
from streamgauge.settings import Settings
from streamgauge.stream_processors.fold_state import StateFold, tick
from streamgauge.stream_processors.former import read_former
from streamgauge.stream_processors.generation import ordinal
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.log_record import (
    BrokenRecordError,
    UnknownVersionError,
    decode,
)
from streamgauge.stream_processors.log_start import start_for
from streamgauge.stream_processors.outbox import Outbox
from streamgauge.stream_processors.pipeline import Pipeline
from streamgauge.stream_processors.read_back import reader
from streamgauge.stream_processors.shown import Predicted
from streamgauge.stream_processors.source import SOURCES, widths

STAGE = "merge"
STATE_OF = "measure"
_SETTLE_S = 5.0
_MS = 1_000
# How long a record may be on its way.
_MARGIN_MS = 120_000
# Longer than an idle partition is silent, short enough that people see partial figures, not none.
_STALL_IDLES = 3


class UnreadableError(Exception):
    """A state log that must not be gone on with: of which source partition, and why."""

    def __init__(self, source: str, partition: int, reason: str) -> None:
        super().__init__(f"{source}[{partition}]: {reason}")
        self.source, self.partition, self.reason = source, partition, reason


class Merge:
    """Runs in a thread until `stop`; `failed` says why it ended by itself."""

    def __init__(
        self,
        settings: Settings,
        grids: Grids | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.failed: str | None = None
        self.watermark = 0
        self.published = 0
        self._settings = settings
        self._grids = grids
        self._clock = clock
        self._generation = ordinal(settings.worker.generation)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._guarded, name=STAGE, daemon=True)

    def start(self) -> None:
        """Begin to fold."""
        self._thread.start()

    def stop(self) -> None:
        """End after the present batch."""
        self._stopping.set()
        self._thread.join(10)

    def _guarded(self) -> None:
        try:
            self._run()
        except Exception as error:
            self.failed = repr(error)
            log.exception("merge failed")

    def _run(self) -> None:
        settings = self._settings
        outbox = Outbox(settings.kafka, "streamgauge-merge")
        incidents = Incidents(
            settings.kafka, STAGE, outbox, generation=settings.worker.generation, clock=self._clock
        )
        try:
            self._merge(outbox, incidents)
        except UnreadableError as wrong:
            # People must know: it will not pass by itself.
            incidents.recall()
            incidents.tell_refusal(wrong.source, wrong.partition, wrong.reason)
            raise
        finally:
            outbox.flush(3.0)

    def _merge(self, outbox: Outbox, incidents: Incidents) -> None:
        settings, window = self._settings, self._settings.window
        consumer = reader(settings.kafka)
        width = widths(window).width
        former = read_former(settings.kafka, width)
        pipeline = Pipeline(width, former.pipeline, former.tick.at)
        publish_at = tick_at = time.monotonic()
        settle_at = publish_at + _SETTLE_S
        try:
            folds = self._assign(consumer, former.tick)
            unread = {
                (topic, p) for topic, one in folds.items() for p in range(len(one.partitions))
            }
            while not self._stopping.is_set():
                unread -= _follow(consumer, folds)
                now = time.monotonic()
                # Until every log is read to its end, the totals are of the past.
                if unread or now < publish_at:
                    continue
                publish_at = now + window.publish
                self._publish(list(folds.values()), outbox, now)
                clock = int(self._clock() * _MS)
                for told in pipeline.measures(folds.values(), now, clock):
                    outbox.put("measures", told.labels["stage"], self._encode(told))
                if now >= tick_at:
                    tick_at = now + window.tick
                    beat = tick(list(folds.values()), now, int(self._clock() * _MS))
                    self.watermark = beat.watermark
                    if beat.watermark:
                        outbox.put("measures", None, codec.encode(beat))
                if now >= settle_at:
                    for fold in folds.values():
                        incidents.settle_now(fold.topic, range(len(fold.partitions)))
                    # Only a merge tells of itself, and one that tells does not go on.
                    settle_at = now + _SETTLE_S if incidents.firing() else math.inf
                outbox.poll()
                if outbox.failed:
                    raise RuntimeError(f"delivery failed: {outbox.failed}")
        finally:
            consumer.close()

    def _publish(self, folds: list[StateFold], outbox: Outbox, now: float) -> None:
        for fold in folds:
            for shown in fold.publish(now):
                key = shown.labels.get("model") or shown.labels.get("service")
                name = "measures"
                if not isinstance(shown, Measure):
                    # Revisions of a day must keep their order.
                    name, key = "summaries", key or shown.labels.get("experiment", shown.source)
                outbox.put(name, key, self._encode(shown))
                self.published += 1

    def _encode(self, shown: Measure | Summary) -> bytes:
        if self._generation:
            shown = msgspec.structs.replace(shown, generation=self._generation)
        return codec.encode(shown)

    def _assign(self, consumer: Consumer, told: Tick) -> dict[str, StateFold]:
        settings, window = self._settings, self._settings.window
        folds: dict[str, StateFold] = {}
        places = []
        predicted: dict[int, Predicted] = {}
        # What came before it is on `measures`.
        since = max(told.at - _MARGIN_MS, 0)
        for name, source in SOURCES.items():
            topic = state_topic(STATE_OF, name, settings.worker.generation).name
            found = consumer.list_topics(topic, timeout=30).topics[topic].partitions
            folds[topic] = StateFold(
                name,
                len(found),
                source.shape(settings),
                widths(window),
                source.telling(settings),
                stall=window.idle * _STALL_IDLES,
                wide=window.tick,
                now=time.monotonic(),
                reached=told.watermark,
                predicted=predicted,
                grids=self._grids,
            )
            for partition in found:
                place = TopicPartition(topic, partition)
                try:
                    begin = start_for(consumer, place, since)
                except (UnknownVersionError, BrokenRecordError) as error:
                    raise UnreadableError(name, partition, str(error)) from error
                places.append(TopicPartition(topic, partition, begin))
        consumer.assign(places)
        return folds


def _follow(consumer: Consumer, folds: dict[str, StateFold]) -> set[tuple[str, int]]:
    """Fold what has come; the partitions whose end was reached."""
    ended = set()
    for message in consumer.consume(500, 0.1):
        topic, partition = message.topic() or "", message.partition() or 0
        if (error := message.error()) is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 its public name
                ended.add((topic, partition))
            elif error.fatal():
                raise KafkaException(error)
            # All others pass: librdkafka reconnects, and the fold goes on where it was.
        elif (value := message.value()) is not None:
            _take(folds[topic], topic, message, value)
    return ended


def _take(fold: StateFold, topic: str, message: Message, value: bytes) -> None:
    offset, partition = message.offset() or 0, message.partition() or 0
    try:
        record = decode(value)
        if record is not None:
            fold.take(partition, offset, record, time.monotonic())
    except (UnknownVersionError, BrokenRecordError, *codec.UNREADABLE) as error:
        reason = f"record {offset} cannot be read: {error}"
        raise UnreadableError(fold.topic, partition, reason) from error
    if record is None:
        # A state log is written by us alone; what is not ours says nothing about the stream.
        log.error("foreign bytes in a state log", topic=topic, partition=partition, offset=offset)
