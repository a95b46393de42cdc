"""The ledger as people read it: what was told under the claim that held."""

from typing import Any

import pytest
from confluent_kafka import Producer

from streamgauge.alerting.api.history import read_ledger, tellings
from streamgauge.alerting.api.office import wall_clock
from streamgauge.contracts.codec import encode
from streamgauge.contracts.notification import Notification
from streamgauge.settings import Settings


def entry(name: str, phase: Any, epoch: int = -1, **more: Any) -> Notification:
    return Notification(id=name, ts=wall_clock(), phase=phase, epoch=epoch, **more)


@pytest.mark.kafka
def test_what_an_owner_wrote_behind_a_newer_claim_does_not_count(deployment: Settings) -> None:
    producer = Producer(deployment.kafka.confluent())
    for one in (
        entry("claim/a", "claim"),
        entry("1", "intent", 0, firing=["f-1"]),
        entry("1", "delivered", 0, attempts=1),
        entry("claim/b", "claim"),
        entry("2", "intent", 0),
        entry("3", "intent", 3),
        entry("3", "failed", 3, detail="no"),
        entry("2", "delivered", 0),
    ):
        producer.produce("notifications", encode(one), one.id)
    producer.produce("notifications", b"no entry", "x")
    assert producer.flush(60) == 0
    found = read_ledger(deployment.kafka, wall_clock() - 60_000)
    assert [(one.id, one.phase) for one in found] == [
        ("1", "intent"),
        ("1", "delivered"),
        ("3", "intent"),
        ("3", "failed"),
    ]
    assert {one.result for one in tellings(found)} == {"delivered", "failed"}


def test_a_result_without_its_intent_says_nothing() -> None:
    assert tellings([entry("1", "delivered", 0)]) == []
