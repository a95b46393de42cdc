"""What a restarted judge reads again: `measures` as far back as its rules look, newest alerts."""

import msgspec
from confluent_kafka import Message

from streamgauge.contracts import codec
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.measure import AnyReading, Tick
from streamgauge.contracts.refusal import explain
from streamgauge.logs import log
from streamgauge.settings import Kafka
from streamgauge.stream_processors.read_back import read_back

# Readings that are looked at first, and at most: some minutes, and some days, of a busy deployment.
LEAST = 20_000
MOST = 1_000_000
_decode = msgspec.json.Decoder(AnyReading).decode


def how_many(kafka: Kafka, topic: str, to: int, reach: int) -> int:
    """How many records before the offset `to` cover `reach` ms of event time. Blocks.

    The clock is the tick's. What cannot be covered, because the topic does not go back that far or
    because it would be too much, is logged.
    """
    count = LEAST
    newest = _newest_tick(kafka, topic, to)
    while newest is not None and to > 0:
        first, tick = _oldest(kafka, topic, to, count)
        covered = 0 if tick is None else newest - tick
        if covered >= reach or first == 0:
            break
        if to - first < count or count >= MOST:
            log.warning("judge cannot read back far enough", wanted_ms=reach, found_ms=covered)
            break
        count = min(2 * count, MOST)
    return count


def reading(value: bytes | None) -> AnyReading | None:
    """A record that was judged before; what could not be read then was buried then."""
    try:
        return _decode(value) if value is not None else None
    except codec.UNREADABLE:
        return None


def told_since(kafka: Kafka, position: int) -> list[Alert]:
    """What is on `alerts` because of readings from this position on, oldest first. Blocks."""
    count = LEAST
    while True:
        first, told = None, []
        for message in read_back(kafka, "alerts", 0, newest=count):
            first = (message.offset() or 0) if first is None else first
            if (alert := alert_of(message.value())) is not None and alert.position >= 0:
                told.append(alert)
        # Those of one judge are in the order of what caused them.
        if not first or (told and told[0].position < position) or count >= MOST:
            return [alert for alert in told if alert.position >= position]
        count = min(2 * count, MOST)


def alert_of(value: bytes | None) -> Alert | None:
    """The alert of a record, if it can be read."""
    try:
        return None if value is None else codec.decode(Alert, value)
    except codec.UNREADABLE as error:
        # The notifier reads the same bytes from `alerts` and buries them.
        log.error("unreadable alert", reason=explain(error, value or b"").reason)
        return None


def _newest_tick(kafka: Kafka, topic: str, to: int) -> int | None:
    newest = None
    for message in read_back(kafka, topic, 0, to=to, newest=LEAST):
        newest = _watermark(message) or newest
    return newest


def _oldest(kafka: Kafka, topic: str, to: int, count: int) -> tuple[int, int | None]:
    """The first offset of so many records, and the watermark of their first tick."""
    first = None
    for message in read_back(kafka, topic, 0, to=to, newest=count):
        first = (message.offset() or 0) if first is None else first
        if (watermark := _watermark(message)) is not None:
            return first, watermark
    return to if first is None else first, None


def _watermark(message: Message) -> int | None:
    found = reading(message.value())
    return found.watermark if isinstance(found, Tick) else None
