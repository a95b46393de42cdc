"""A dead letter is in Kafka before the position passes its record."""

import asyncio

import pytest
from confluent_kafka import Message
from prometheus_client import generate_latest

from streamgauge.alerting.delivery.burial import Burials
from streamgauge.alerting.delivery.clock import Clock
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import Assigned
from streamgauge.alerting.delivery.restore import Restore
from streamgauge.alerting.routing.plan import Plan
from streamgauge.alerting.routing.route import Route
from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import decoder
from streamgauge.contracts.dead_letter import DeadLetter, Reject
from streamgauge.settings import Settings

from .conftest import Owned


def record(offset: int, value: bytes) -> Message:
    return Message(topic="alerts", partition=0, offset=offset, key=b"k", value=value)


@pytest.mark.kafka
async def test_a_record_is_owed_until_kafka_has_its_letter(
    owned: Owned, deployment: Settings
) -> None:
    burials = Burials(owned.ledger, gauges := Gauges())
    for offset in (7, 5):
        burials.bury(record(offset, b"\xffno alert"), Reject("json", "no JSON"))
    assert burials.oldest() == 5
    async with asyncio.timeout(60):
        while burials.oldest() is not None:  # noqa: ASYNC110 - a test's wait
            await asyncio.sleep(0.01)
    assert b"streamgauge_notifier_rejected_total 2.0" in generate_latest(gauges.registry)
    messages = await asyncio.to_thread(lambda: list(read_to_end(deployment.kafka, "dead-letters")))
    read = decoder(DeadLetter)
    letters = [read(message.value()) for message in messages]
    found = {one.offset for one in letters if isinstance(one, DeadLetter) and one.topic == "alerts"}
    assert found >= {5, 7}


def test_the_position_stays_before_what_somebody_else_needs() -> None:
    start = Assigned(epoch=0, start=3, since=3, floor=0, first=True, ends={})
    duty = Duty(
        Plan(route=Route(receiver="team"), receivers={"team": ()}),
        Restore(start),
        clock=Clock(1_000, 0),
        channels={},
        gauges=Gauges(),
        refused=lambda _message, _reject: None,
    )
    assert duty.standing() == (3, 0)
    assert duty.standing(2) == (2, 0)
    assert duty.standing(9) == (3, 0)
