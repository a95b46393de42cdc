"""A ledger that this test owns, with the reading that proves its entries."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import closing, suppress

import msgspec
import pytest
from confluent_kafka import TopicPartition

from streamgauge.alerting.delivery.ledger import TOPIC, Ledger
from streamgauge.alerting.topic_reader import reader
from streamgauge.contracts.codec import decode
from streamgauge.contracts.notification import Notification
from streamgauge.settings import Settings


class Owned(msgspec.Struct):
    ledger: Ledger
    entries: list[Notification]


@pytest.fixture
async def owned(deployment: Settings) -> AsyncIterator[Owned]:
    held = Owned(Ledger(deployment.kafka), [])
    epoch = await asyncio.to_thread(held.ledger.claim, 10)
    held.ledger.own(epoch)

    async def follow() -> None:
        with closing(reader(deployment.kafka)) as consumer:
            consumer.assign([TopicPartition(TOPIC, 0, epoch + 1)])
            while True:
                message = await asyncio.to_thread(consumer.poll, 0.05)
                if message is not None and message.error() is None:
                    held.entries.append(decode(Notification, message.value() or b""))
                    held.ledger.hear(held.entries[-1])

    task = asyncio.create_task(follow())
    yield held
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    held.ledger.close(5)
