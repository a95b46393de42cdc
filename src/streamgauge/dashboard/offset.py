"""Where to begin to read: a compacted topic at its start, the others at a point in time."""

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition

TIMEOUT = 5.0


def beginnings(
    consumer: Consumer, partitions: list[TopicPartition], since: int
) -> list[TopicPartition]:
    """The first offset at or after `since` (ms) of each partition, its end if there is none.

    The end is asked for before the time: a record that comes between the two is read, not skipped.
    """
    ends = {}
    for one in partitions:
        _, ends[one.topic, one.partition] = consumer.get_watermark_offsets(one, timeout=TIMEOUT)
    asked = [TopicPartition(one.topic, one.partition, since) for one in partitions]
    try:
        found = consumer.offsets_for_times(asked, timeout=TIMEOUT)
    except KafkaException:
        # A broker that keeps no index by time: all that it still has is read.
        return [TopicPartition(one.topic, one.partition, OFFSET_BEGINNING) for one in partitions]
    return [
        TopicPartition(
            one.topic,
            one.partition,
            one.offset if one.offset >= 0 else ends[one.topic, one.partition],
        )
        for one in found
    ]
