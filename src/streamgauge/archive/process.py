"""`streamgauge archive`: reads Kafka, writes Parquet, and says how far it is."""

import logging
import os
import signal
import time
from pathlib import Path
from types import FrameType

import duckdb
from confluent_kafka import Consumer, KafkaException, TopicPartition

from streamgauge import logs, settings
from streamgauge.archive.batch import Ages
from streamgauge.archive.durable import crash_at
from streamgauge.archive.gauge import Gauges, listen
from streamgauge.archive.inbox import Inbox, OutOfRangeError
from streamgauge.archive.keeping import Housekeeper, show
from streamgauge.archive.lag import Lag
from streamgauge.archive.ledger import LostClaimError
from streamgauge.archive.position import Start, starts
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import missing, sweep
from streamgauge.producers.connection import admin_client
from streamgauge.settings import InputError, Settings

_log = logging.getLogger(__name__)
_POLL = 0.5
# Another archiver was first, Kafka does not hold the position, the disk is full.
_AGAIN = (LostClaimError, OutOfRangeError, KafkaException, OSError, duckdb.Error)
_LOOKS = 3


def archive(*, config: Path | None = None) -> None:
    """Keep predictions, outcomes, feedback and measures in Parquet files, exactly once.

    Parameters
    ----------
    config
        The settings file.

    """
    options = settings.load(config)
    logs.set_up(options, "archive")
    if status := Process(options).run():
        raise SystemExit(status)


class Process:
    """One member of the group; several share the partitions of one archive."""

    def __init__(self, options: Settings) -> None:
        self._options = options
        self._gauges = Gauges()
        self._stopping = False
        self._admin = admin_client(options.kafka)
        window = options.window
        self._store = Store(
            options.archive, Ages(int(window.max_age * 1_000), int(window.max_ahead * 1_000))
        )
        self._failure: Exception | None = None

    def run(self) -> int:
        """Work until SIGTERM or SIGINT; the exit status, 75 where it should be started again."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        archive = self._options.archive
        stop_listening = listen(archive.host, archive.port, self._gauges)
        try:
            self._begin()
            self._inbox = Inbox(
                self._options.kafka, self._starts, self._write, self._options.worker.instance
            )
            keeper = Housekeeper(archive, self._gauges)
            try:
                return self._loop(keeper)
            finally:
                keeper.stop()
                self._inbox.close()
        finally:
            stop_listening()
            self._store.close()

    def _begin(self) -> None:
        sweep(self._store)
        for _ in range(_LOOKS):
            state = self._store.ledger.state()
            # Another process may have replaced them since they were listed.
            if not (lacking := missing(self._store, state.files)):
                break
        else:
            names = ", ".join(file.path for file in lacking[:3])
            raise InputError(
                f"archive: {len(lacking)} files that count are not as they were written: {names}"
            )
        show(state, self._gauges)

    def _loop(self, keeper: Housekeeper) -> int:
        archive = self._options.archive
        lag = Lag(self._gauges)
        try:
            while not self._stopping:
                self._inbox.poll(_POLL)
                # A callback of librdkafka cannot let an error through.
                if self._failure is not None:
                    raise self._failure
                self._gauges.seen = time.monotonic()
                lag.show(self._inbox.held, self._inbox.behind, time.time())
                keeper.check()
                if self._inbox.is_due(archive.rows, archive.every):
                    self._write()
            self._write()
        except _AGAIN as error:
            _log.error("%s; ending, to begin again behind the last manifest", error)
            return os.EX_TEMPFAIL
        finally:
            # What was not written is not written while leaving either.
            self._inbox.forget()
        return 0

    def _starts(self, consumer: Consumer, given: list[TopicPartition]) -> list[Start]:
        stop = self._options.archive.data_loss == "stop"
        try:
            found = starts(self._store, consumer, self._admin, given, stop_on_loss=stop)
        except (InputError, LostClaimError, KafkaException, OSError) as error:
            self._failure = error
            return []
        self._gauges.partitions.set(len(found))
        show(self._store.ledger.state(), self._gauges)
        return found

    def _write(self) -> None:
        """Files, manifests, commit: in this order, partition by partition."""
        started = time.monotonic()
        for key, held in list(self._inbox.held.items()):
            if not held.records:
                continue
            manifest = self._store.append(held.chain, held.begin, held.records, absent=held.absent)
            for file in manifest.files:
                self._gauges.rows.labels(file.kind).inc(file.rows)
            self._gauges.rejected.labels(key[0]).inc(manifest.rejected)
            self._inbox.written(key, manifest.end)
            self._gauges.seen = time.monotonic()
        self._inbox.all_written()
        crash_at("committed")
        self._gauges.seconds.observe(time.monotonic() - started)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
