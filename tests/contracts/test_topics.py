from collections import Counter

import pytest

from streamgauge.contracts.event import Event
from streamgauge.contracts.topics import STATE_LOGS, TOPICS, Topic, every_topic, state_topic

EVERY = every_topic()


def test_names_are_unique_and_allowed_by_kafka() -> None:
    assert max(Counter(topic.name for topic in EVERY).values()) == 1
    for topic in EVERY:
        assert set(topic.name) <= set("abcdefghijklmnopqrstuvwxyz-._")


def test_every_topic_of_the_design_is_there() -> None:
    # design §3, its table of topics
    assert set(TOPICS) == {
        "predictions", "outcomes", "feedback", "usage", "heartbeats",
        "measures", "summaries", "references",
        "alerts", "alert-state", "silences", "acks", "notifications",
        "rules", "commands", "decisions", "allocations", "deployments", "dead-letters",
        # since: which dead letters were sent again
        "replays",
    }  # fmt: skip


@pytest.mark.parametrize("topic", EVERY, ids=lambda topic: topic.name)
def test_a_topic_says_what_it_is_and_gets_the_brokers_time(topic: Topic) -> None:
    assert topic.about
    assert topic.key
    assert topic.carries or topic.internal
    config = topic.config()
    assert config["message.timestamp.type"] == "LogAppendTime"
    assert ("retention.ms" in config) != topic.compact


def test_sources_are_kept_a_week_and_share_the_partitions_of_the_deployment() -> None:
    for name in ("predictions", "outcomes", "feedback", "usage", "heartbeats"):
        assert TOPICS[name].config()["retention.ms"] == str(7 * 86_400_000)
        assert TOPICS[name].partitions == 0
        assert all(issubclass(kind, Event) for kind in TOPICS[name].carries)


def test_alerts_are_a_log_and_their_state_is_compacted() -> None:
    assert TOPICS["alerts"].config()["cleanup.policy"] == "delete"
    assert TOPICS["alerts"].config()["retention.ms"] == str(30 * 86_400_000)
    assert TOPICS["alert-state"].config()["cleanup.policy"] == "compact"
    assert {TOPICS[name].partitions for name in ("alerts", "measures")} == {1}


def test_a_state_log_has_a_partition_for_each_of_its_source_and_is_never_cut_by_time() -> None:
    for stage, source in STATE_LOGS:
        log = state_topic(stage, source)
        assert log.name == f"state.{stage}.{source}"
        assert log.partitions == TOPICS[source].partitions
        assert log.config()["retention.ms"] == "-1"
        assert log in EVERY


def test_a_dead_letter_of_the_largest_kept_record_fits() -> None:
    from streamgauge.contracts.codec import encode
    from streamgauge.contracts.dead_letter import KEPT_BYTES, Reject, bury

    letter = bury(
        Reject("json", "x"), topic="usage", partition=0, offset=0, value=bytes(KEPT_BYTES)
    )
    assert len(encode(letter)) < TOPICS["dead-letters"].max_message_bytes
