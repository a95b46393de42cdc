"""`streamgauge reprocess`: count again from a time on, into a new group and a new state.

After a bug in what is counted was fixed, the old state holds what the bug made of the events. A
generation is a state log and a consumer group of its own, which begin where the time is.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from streamgauge.alerting.topic_reader import true_end
from streamgauge.contracts.topics import STATE_LOGS, state_topic
from streamgauge.producers.connection import admin_client
from streamgauge.producers.provision import make
from streamgauge.producers.table import seconds
from streamgauge.settings import InputError, Kafka, UnavailableError, load
from streamgauge.stream_processors.application import group
from streamgauge.stream_processors.generation import ordinal
from streamgauge.stream_processors.log_record import AnyLogRecord, Claim, Skip, encode
from streamgauge.stream_processors.read_back import bounds, reader
from streamgauge.stream_processors.topic_id import topic_id

STAGE = "measure"
SOURCES = [source for stage, source in STATE_LOGS if stage == STAGE]
_PATIENCE_S = 30.0


class Start(msgspec.Struct, frozen=True):
    """Where a generation begins in one source partition, and where that began and ended then."""

    topic: str
    partition: int
    offset: int
    low: int
    high: int


def reprocess(
    *,
    from_: str,
    generation: str,
    config: Path | None = None,
    json: bool = False,
) -> None:
    """Prepare a new state that counts again from a time on; workers of it do the rest.

    Parameters
    ----------
    from_
        When Kafka got the first event to count: ISO 8601 (UTC unless it says other), or
        milliseconds since 1970.
    generation
        A new name for the state and its consumer group: a-z, 0-9 and hyphens, with a number at the
        end. Readers take the figures of the highest number, so it only ever goes up.
    config
        The settings file.
    json
        Print one JSON object.

    """
    check_name(generation)
    begin = moment(from_)
    kafka = load(config).kafka
    starts = prepare(kafka, begin, generation)
    if json:
        told = {"generation": generation, "from_ms": begin, "starts": starts}
        print(msgspec.json.encode(told).decode())
        return
    when = datetime.fromtimestamp(begin / 1_000, UTC).isoformat()
    print(f"generation {generation} begins at {when}:")
    for start in starts:
        gone = ", the first that Kafka still has" if 0 < start.low == start.offset else ""
        print(
            f"  {start.topic}[{start.partition}]: offset {start.offset}{gone}, "
            f"{start.high - start.offset} to count"
        )
    print(
        "Next: stop the workers that run measure and merge, set worker.generation in the settings\n"
        f"(or STREAMGAUGE_WORKER__GENERATION={generation}) and start them again: they publish\n"
        "the windows since then once more, and everybody takes theirs. To have the old rules\n"
        "again, prepare another generation with a higher number. When nobody needs the old\n"
        f"state any more, delete its topics: {_old_topics()}."
    )


def moment(text: str) -> int:
    """A time in milliseconds.

    >>> moment("1970-01-02"), moment("86400000"), moment("1970-01-02T01:00:00+01:00")
    (86400000, 86400000, 86400000)
    """
    if text.isascii() and text.isdigit():
        return int(text)
    return round(seconds(text, "--from") * 1_000)


def check_name(generation: str) -> None:
    """Refuse a name that cannot be part of a topic's and a group's, or has no number."""
    if not generation:
        raise InputError("--generation: expected a name of a-z, 0-9 and hyphens")
    ordinal(generation)


def check_generation(kafka: Kafka, generation: str) -> None:
    """Refuse to run a generation that was never prepared."""
    if not generation:
        return
    check_name(generation)
    present = admin_client(kafka).list_topics(timeout=_PATIENCE_S).topics
    if missing := [name for name in _names(generation) if name not in present]:
        raise InputError(
            f"worker.generation: {', '.join(missing)} missing: run streamgauge reprocess "
            f"--from TIME --generation {generation}"
        )


def prepare(kafka: Kafka, begin: int, generation: str) -> list[Start]:
    """Create the state topics of a generation, and begin each partition where the time is.

    `InputError` where the generation exists; nothing is changed then.
    """
    present = admin_client(kafka).list_topics(timeout=_PATIENCE_S).topics
    if there := [name for name in _names(generation) if name in present]:
        raise InputError(
            f"--generation {generation}: {', '.join(there)} exists already; take a new name"
        )
    if (newest := _newest(present)) >= ordinal(generation):
        raise InputError(
            f"--generation {generation}: there is one with the number {newest}, whose figures "
            "readers would go on taking; take a higher number"
        )
    if missing := [source for source in SOURCES if source not in present]:
        raise UnavailableError(
            f"topics are missing ({', '.join(missing)}): run streamgauge topics create"
        )
    partitions = {source: len(present[source].partitions) for source in SOURCES}
    starts = _starts(kafka, partitions, begin)
    topics = [state_topic(STAGE, source, generation) for source in SOURCES]
    make(kafka, topics, [partitions[source] for source in SOURCES])
    _write(kafka, starts, generation)
    _commit(kafka, starts, generation)
    return starts


def _names(generation: str) -> list[str]:
    return [state_topic(STAGE, source, generation).name for source in SOURCES]


def _newest(topics: Iterable[str]) -> int:
    """The highest number of the generations that were prepared; 0 without one."""
    before = f"{_names('')[0]}."
    names = (topic.removeprefix(before) for topic in topics if topic.startswith(before))
    return max(map(ordinal, names), default=0)


def _old_topics() -> str:
    return ", ".join(_names(""))


def _starts(kafka: Kafka, partitions: dict[str, int], begin: int) -> list[Start]:
    consumer = reader(kafka)
    try:
        starts = []
        for source, count in partitions.items():
            for partition in range(count):
                low, _ = bounds(consumer, TopicPartition(source, partition))
                # The embedded broker's own answer falls short.
                high = true_end(kafka, TopicPartition(source, partition))
                asked = TopicPartition(source, partition, begin)
                (found,) = consumer.offsets_for_times([asked], timeout=_PATIENCE_S)
                # Below 0: nothing is as new as that.
                offset = max(found.offset, low) if found.offset >= 0 else high
                starts.append(Start(source, partition, offset, low, high))
        return starts
    finally:
        consumer.close()


def _write(kafka: Kafka, starts: list[Start], generation: str) -> None:
    """A claim, and that the sums begin at the offset: what is below is another state's."""
    producer = Producer(kafka.confluent() | {"enable.idempotence": True, "acks": "all"})
    admin = admin_client(kafka)
    ids = {source: topic_id(admin, source) for source in SOURCES}
    for start in starts:
        topic = state_topic(STAGE, start.topic, generation).name
        claim = Claim(owner=f"reprocess {generation}", topic_id=ids[start.topic])
        epoch = _put(producer, topic, start.partition, claim)
        _put(
            producer,
            topic,
            start.partition,
            Skip(epoch=epoch, begin=0, end=start.offset, cause="start"),
        )


def _put(producer: Producer, topic: str, partition: int, record: AnyLogRecord) -> int:
    """Write a record; its offset."""
    answers: list[tuple[KafkaError | None, int]] = []

    def answer(error: KafkaError | None, message: Message) -> None:
        answers.append((error, message.offset() or 0))

    producer.produce(topic, encode(record), str(partition), partition=partition, on_delivery=answer)
    producer.flush(_PATIENCE_S)
    if not answers or answers[0][0] is not None:
        reason = answers[0][0] if answers else "no answer"
        raise UnavailableError(f"{topic}[{partition}]: not written: {reason}")
    return answers[0][1]


def _commit(kafka: Kafka, starts: list[Start], generation: str) -> None:
    """Where the workers of the generation begin to read."""
    name = group(STAGE, generation)
    consumer = Consumer(kafka.confluent() | {"group.id": name, "enable.auto.commit": False})
    offsets = [TopicPartition(start.topic, start.partition, start.offset) for start in starts]
    try:
        consumer.commit(offsets=offsets, asynchronous=False)
    except KafkaException as error:
        raise InputError(f"group {name}: {error.args[0].str()}") from None
    finally:
        consumer.close()
