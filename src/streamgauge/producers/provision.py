"""`streamgauge topics create|check`: a deployment's topics as `contracts.topics` wants them."""

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.cimpl import NewTopic

from streamgauge import settings
from streamgauge.contracts.topics import Topic, every_topic
from streamgauge.producers.connection import admin_client
from streamgauge.settings import InputError, Kafka, UnavailableError

_TIMEOUT = 30.0
# Real Kafka reports every setting of a topic; who leaves this one out repeats what it was told.
_ALWAYS_REPORTED = "segment.bytes"


class Drift(msgspec.Struct, frozen=True):
    """One way in which a topic differs from what it should be."""

    topic: str
    setting: str
    wanted: str
    found: str


class Report(msgspec.Struct, frozen=True):
    """All differences, and what a check could not see."""

    drift: list[Drift]
    notes: list[str]


def create(*, config: Path | None = None) -> None:
    """Create every topic that is missing, and wait until each can be written to.

    What exists is not changed; where it has other settings than it should have, that is said.

    Parameters
    ----------
    config
        The settings file.

    """
    kafka = settings.load(config).kafka
    created = provision(kafka)
    existing = len(every_topic()) - len(created)
    for name in created:
        print(f"created {name}")
    print(f"{len(created)} topics created, {existing} were there")
    for drift in compare(kafka).drift:
        print(f"{_told(drift)}; it was there, and stays as it is")


def check(*, config: Path | None = None, json: bool = False) -> None:
    """Compare the topics with what they should be; exit status 1 when anything differs.

    Parameters
    ----------
    config
        The settings file.
    json
        Print one JSON object.

    """
    report = compare(settings.load(config).kafka)
    if json:
        print(msgspec.json.encode(report).decode())
    else:
        for drift in report.drift:
            print(_told(drift))
        for note in report.notes:
            print(f"note: {note}")
        if not report.drift:
            print(f"{len(every_topic())} topics are as they should be")
    if report.drift:
        raise SystemExit(1)


def _told(drift: Drift) -> str:
    return f"{drift.topic}: {drift.setting} is {drift.found}, should be {drift.wanted}"


def provision(kafka: Kafka) -> list[str]:
    """Create the missing topics and return their names once every topic has a leader.

    Topics that exist stay as they are; one with fewer partitions than the settings ask for is an
    `InputError`, because partitions cannot be added while records are on their way.
    """
    admin = admin_client(kafka)
    found = _partitions(admin)
    for topic in every_topic():
        _refuse_growth(topic.name, found.get(topic.name), topic.partitions or kafka.partitions)
    missing = [topic for topic in every_topic() if topic.name not in found]
    created = _create(admin, missing, kafka) if missing else []
    _await_leaders(admin, {topic.name for topic in every_topic()})
    return created


def make(kafka: Kafka, topics: Sequence[Topic], partitions: Sequence[int]) -> list[str]:
    """Create topics with so many partitions each; returns when all have leaders."""
    admin = admin_client(kafka)
    sized = [
        msgspec.structs.replace(topic, partitions=count)
        for topic, count in zip(topics, partitions, strict=True)
    ]
    created = _create(admin, sized, kafka)
    _await_leaders(admin, {topic.name for topic in topics})
    return created


def compare(kafka: Kafka) -> Report:
    """How the topics differ in partitions and settings from what they should be."""
    admin = admin_client(kafka)
    found = _partitions(admin)
    drift: list[Drift] = []
    notes: list[str] = []
    present = [topic for topic in every_topic() if topic.name in found]
    reported = _settings(admin, [topic.name for topic in present])
    for topic in every_topic():
        if topic.name not in found:
            drift.append(Drift(topic.name, "topic", "present", "missing"))
            continue
        wanted = topic.partitions or kafka.partitions
        if found[topic.name] != wanted:
            drift.append(Drift(topic.name, "partitions", str(wanted), str(found[topic.name])))
        drift += _differences(topic, reported[topic.name])
    if any(_ALWAYS_REPORTED not in values for values in reported.values()):
        notes.append(
            "this broker only repeats the settings it was given; the embedded one does not honour "
            "message.timestamp.type, max.message.bytes and retention.ms"
        )
    return Report(drift, notes)


def _differences(topic: Topic, values: dict[str, str]) -> list[Drift]:
    return [
        Drift(topic.name, name, wanted, values.get(name, "not reported"))
        for name, wanted in topic.config().items()
        if values.get(name) != wanted
    ]


def _refuse_growth(name: str, found: int | None, wanted: int) -> None:
    if found is not None and found < wanted:
        raise InputError(
            f"kafka.partitions: {name} has {found} partitions, the settings ask for {wanted}. "
            "Added partitions would move keys away from the state that was kept for them: stop "
            "the producers, let every stage drain, delete the topics and create them anew"
        )


def _partitions(admin: AdminClient) -> dict[str, int]:
    return {
        name: len(topic.partitions) for name, topic in admin.list_topics(timeout=10).topics.items()
    }


def _create(admin: AdminClient, topics: Iterable[Topic], kafka: Kafka) -> list[str]:
    new = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions or kafka.partitions,
            replication_factor=kafka.replication,
            config=topic.config(),
        )
        for topic in topics
    ]
    created = []
    for name, outcome in admin.create_topics(new, operation_timeout=_TIMEOUT).items():
        try:
            outcome.result()
        except KafkaException as error:
            # Another one provisions at the same time: that is as good.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise InputError(f"topic {name}: {error.args[0].str()}") from None
        else:
            created.append(name)
    return created


def _await_leaders(admin: AdminClient, names: set[str]) -> None:
    deadline = time.monotonic() + _TIMEOUT
    while leaderless := _leaderless(admin, names):
        if time.monotonic() > deadline:
            raise UnavailableError(f"no leader after {_TIMEOUT:.0f} s: {', '.join(leaderless)}")
        time.sleep(0.05)


def _leaderless(admin: AdminClient, names: set[str]) -> list[str]:
    topics = admin.list_topics(timeout=10).topics
    return sorted(
        name
        for name in names
        if name not in topics
        or not topics[name].partitions
        or any(part.leader < 0 for part in topics[name].partitions.values())
    )


def _settings(admin: AdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    resources = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    return {
        resource.name: {name: entry.value for name, entry in answer.result().items()}
        for resource, answer in admin.describe_configs(resources).items()
    }
