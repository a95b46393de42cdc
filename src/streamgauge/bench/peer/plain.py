"""A plain loop: confluent-kafka, msgspec and numpy, without state that lasts: `python -m … JOB`."""

import sys
import time
from collections.abc import Sequence

import msgspec
from confluent_kafka import Consumer, Message, TopicPartition

from streamgauge.bench.peer.event import AHEAD_MS, PAST_MS, UNREADABLE, Wire
from streamgauge.bench.peer.report import Checksum, Job, Watch, rest
from streamgauge.bench.peer.sums import Totals

# Tried: 500 to 10,000 differ by a few percent.
_BATCH = 2_000


def main(job: Job) -> None:
    """Read the topic from its start; prints the pace and exits."""
    consumer = Consumer(
        {
            "bootstrap.servers": job.brokers,
            "group.id": f"plain-{time.time():.0f}",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "fetch.min.bytes": 65_536,
            "queued.max.messages.kbytes": 65_536,
        }
    )
    consumer.assign([TopicPartition(job.topic, place, 0) for place in range(job.partitions)])
    totals = Totals(job.features, full=job.work == "full")
    decode = msgspec.json.Decoder(Wire).decode
    seen = rejected = 0

    def take(messages: Sequence[Message]) -> list[Wire]:
        now = int(time.time() * 1_000)
        oldest, newest = now - PAST_MS, now + AHEAD_MS
        try:
            events = [decode(message.value()) for message in messages]  # type: ignore[arg-type]
        except UNREADABLE:
            events = []
            for message in messages:
                try:
                    events.append(decode(message.value()))  # type: ignore[arg-type]
                except UNREADABLE:
                    continue
        return [event for event in events if oldest <= event.ts <= newest]

    watch = Watch(job, lambda: seen)
    while True:
        messages = consumer.consume(_BATCH, 0.5)
        if messages:
            events = take(messages)
            rejected += len(messages) - len(events)
            if events:
                totals.add(events)
            seen += len(messages)
        pace = watch.look()
        if pace is not None:
            sums = totals.checksum() + Checksum(rejected=rejected)
            rest(msgspec.structs.replace(pace, checksum=sums))


if __name__ == "__main__":
    main(Job.of(sys.argv))
