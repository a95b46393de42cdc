"""Where a reader of a state log has to begin, to know everything since a time. Blocks."""

from confluent_kafka import Consumer, TopicPartition

from streamgauge.stream_processors.log_record import Delta, decode
from streamgauge.stream_processors.read_back import bounds

_PATIENCE_S = 30.0
# Of so many records before the end, one is a delta that names a base.
_PEEK = 256


def start_for(consumer: Consumer, place: TopicPartition, since_ms: int) -> int:
    """The offset of a base that counted before `since_ms`, else the first record that is there.

    Deltas name the newest base that counts; bases of replaced owners are named by nobody. Without
    a delta since then, the last one before the end says where to begin. The consumer reads nothing
    else afterwards, before it is assigned anew.
    """
    low, high = bounds(consumer, place)
    asked = TopicPartition(place.topic, place.partition, since_ms)
    found = consumer.offsets_for_times([asked], timeout=_PATIENCE_S)[0].offset
    begin = found if 0 <= found < high else high
    for start in (begin, max(low, begin - _PEEK)):
        base = _named(consumer, place, start, high, last=start < begin)
        if base is not None and base >= low:
            return base
    return low


def _named(
    consumer: Consumer, place: TopicPartition, start: int, end: int, *, last: bool
) -> int | None:
    """The base that the first delta from `start` on names, or the last one."""
    if start >= end:
        return None
    consumer.assign([TopicPartition(place.topic, place.partition, start)])
    named = None
    try:
        while True:
            messages = consumer.consume(100, 0.5)
            if not messages:
                return named
            for message in messages:
                if message.error() is not None or (message.offset() or 0) >= end:
                    return named
                record = decode(message.value())
                if isinstance(record, Delta) and record.base >= 0:
                    named = record.base
                    if not last:
                        return named
    finally:
        consumer.unassign()
