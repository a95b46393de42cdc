"""Follow a topic in the terminal: coloured lines for people, JSON Lines for programs."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    KafkaException,
    TopicPartition,
)

from streamgauge import settings
from streamgauge.alerting import duration
from streamgauge.alerting.message.message import line as printable
from streamgauge.alerting.rules.rule import Severity
from streamgauge.alerting.topic_reader import is_end, partitions, reader, true_end
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.codec import decoder, encode
from streamgauge.contracts.dead_letter import Reject
from streamgauge.contracts.measure import AnyReading, Finding, Measure, Signal, Tick
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import InputError, Kafka

Topic = Literal["alerts", "measures", "predictions"]
Record = Alert | Measure | Signal | Tick | Prediction

_TIMEOUT = 10.0
_POLL = 0.5
_WIDE = 400
_FOUND: dict[Finding, str] = {
    "DRIFT_DETECTED": "drift",
    "PERFORMANCE_DEGRADED": "worse",
    "DATA_QUALITY_ISSUE": "quality",
    "ANOMALY_DETECTED": "unusual",
    "RETRAINING_RECOMMENDED": "retrain",
}
_COLOUR = {"critical": "red", "warning": "yellow", "info": "cyan"}


def tail(
    topic: Topic,
    *,
    model: str | None = None,
    severity: Severity | None = None,
    since: str | None = None,
    json: bool = False,
    follow: bool = True,
    config: Path | None = None,
) -> None:
    """Show what comes on a topic.

    Parameters
    ----------
    topic
        Which one.
    model
        Only what is about this model.
    severity
        Only alerts of this severity.
    since
        Begin that long ago, for example 15m or 1h, instead of now.
    json
        One JSON object a line; always so when the output is piped.
    follow
        Wait for more at the end.
    config
        The settings file.

    """
    if severity and topic != "alerts":
        raise InputError(f"--severity is for alerts; {topic} have none")
    ago = duration.option("--since", since) if since else None
    kafka = settings.load(config).kafka
    wait_for_kafka(kafka)
    show = _as_json if json or not sys.stdout.isatty() else _as_line()
    try:
        for record in records(kafka, topic, ago, follow=follow):
            if about(record, model, severity):
                show(record)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader, for example `head`, has enough. Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def about(record: Record, model: str | None, severity: str | None) -> bool:
    """Whether a record is about this model and of this severity."""
    if severity is not None and not (isinstance(record, Alert) and record.severity == severity):
        return False
    if model is None:
        return True
    if isinstance(record, Prediction):
        return record.model == model
    return not isinstance(record, Tick) and record.labels.get("model") == model


def records(kafka: Kafka, topic: Topic, ago: int | None, *, follow: bool) -> Iterator[Record]:
    """The topic's records from so many milliseconds ago on, else from now on; groups see nothing.

    What cannot be read is reported on standard error and passed over.
    """
    kinds: dict[Topic, Any] = {
        "alerts": Alert,
        "measures": AnyReading,
        "predictions": Prediction,
    }
    read: Callable[[bytes | None], Record | Reject] = decoder(kinds[topic])
    with closing(reader(kafka)) as consumer:
        try:
            ends = _begin(consumer, kafka, topic, ago)
        except KafkaException as absent:
            raise InputError(f"topic {topic}: {absent.args[0].str()}") from None
        while follow or ends:
            message = consumer.poll(_POLL)
            if message is None:
                continue
            if (error := message.error()) is not None:
                if is_end(error):
                    ends.discard(message.partition() or 0)
                else:
                    print(f"streamgauge: {error.str()}; going on", file=sys.stderr)
                continue
            record = read(message.value())
            if isinstance(record, Reject):
                place = f"{topic}/{message.partition()}/{message.offset()}"
                print(f"streamgauge: {place} is unreadable: {record.detail}", file=sys.stderr)
            else:
                yield record


def _begin(consumer: Consumer, kafka: Kafka, topic: str, ago: int | None) -> set[int]:
    """Assign all partitions where they are to begin; returns their numbers."""
    given = partitions(consumer, topic)
    if ago is not None:
        when = int(time.time() * 1000) - ago
        asked = [TopicPartition(topic, one.partition, when) for one in given]
        try:
            given = consumer.offsets_for_times(asked, timeout=_TIMEOUT)
        except KafkaException:
            # A broker that keeps no index by time: all that it still has is shown.
            given = [TopicPartition(topic, one.partition, OFFSET_BEGINNING) for one in given]
    for one in given:
        if ago is None or one.offset == OFFSET_END:
            one.offset = true_end(kafka, one)
    consumer.assign(given)
    return {one.partition for one in given}


def _as_json(record: Record) -> None:
    # Flushed line by line: who pipes wants to see it now.
    print(encode(record).decode(), flush=True)


def _as_line() -> Callable[[Record], None]:
    from rich.console import Console
    from rich.text import Text

    console = Console()

    def show(record: Record) -> None:
        when, word, colour, text = describe(record)
        at = datetime.fromtimestamp(when / 1000, UTC).strftime("%H:%M:%S")
        # Text, never markup: names come from strangers.
        console.print(
            Text.assemble((at, "dim"), " ", (word, colour), " ", printable(text, _WIDE)),
            soft_wrap=True,
        )

    return show


def describe(record: Record) -> tuple[int, str, str, str]:
    """Event time, a word, its colour and a line about a record."""
    if isinstance(record, Alert):
        colour = "green" if record.state == "resolved" else _COLOUR.get(record.severity, "white")
        summary = record.annotations.get("summary") or record.rule
        # Alerts from outside say of no value how they came to it.
        why = f" ({record.expr}; value {record.value:.6g})" if record.expr else ""
        return record.updated_at, record.state.upper(), colour, f"{record.severity} {summary}{why}"
    if isinstance(record, Prediction):
        colour = "red" if record.status == "error" else "green"
        took = "" if record.latency_ms is None else f" {record.latency_ms:.1f} ms"
        value = record.error if record.status == "error" else record.prediction
        return record.ts, record.status, colour, f"{record.model}@{record.version} {value}{took}"
    if isinstance(record, Measure):
        word = "closed" if record.final else "open"
        values = " ".join(f"{name}={value:.6g}" for name, value in record.values.items())
        return record.end, word, "blue", f"{_series(record.labels)} {record.window} {values}"
    if isinstance(record, Signal):
        word = _FOUND[record.finding] if record.active else "calm"
        moved = f"{record.before:.6g} -> {record.after:.6g} (score {record.score:.3g})"
        text = f"{_series(record.labels)} {record.detector} on {record.stream}:"
        told = f"{text} {record.text or moved}"
        return record.end, word, "yellow" if record.active else "green", told
    return record.at, "tick", "dim", f"complete to {record.completeness:.0%}"


def _series(labels: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in labels.items())
