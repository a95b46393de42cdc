"""Records of `alerts` that are none, on their way to the dead letters with their bytes."""

import asyncio
import logging

from confluent_kafka import KafkaException, Message

from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.ledger import Ledger
from streamgauge.contracts.codec import encode
from streamgauge.contracts.dead_letter import Reject, bury

_log = logging.getLogger(__name__)


class Burials:
    """Dead letters that Kafka does not have yet: until then their records are owed to somebody."""

    def __init__(self, ledger: Ledger, gauges: Gauges) -> None:
        self._ledger = ledger
        self._gauges = gauges
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def oldest(self) -> int | None:
        """The first record of which Kafka does not have the letter; no position may pass it."""
        return min(self._tasks, default=None)

    def bury(self, message: Message, reject: Reject) -> None:
        """Send the letter; that is told and counted."""
        self._gauges.rejected.inc()
        offset = message.offset() or 0
        _log.warning("record %d of alerts is none: %s", offset, reject.detail)
        task = asyncio.create_task(self._send(message, reject, offset))
        self._tasks[offset] = task
        task.add_done_callback(lambda _: self._tasks.pop(offset, None))

    async def _send(self, message: Message, reject: Reject, offset: int) -> None:
        letter = bury(
            reject,
            topic=message.topic() or "",
            partition=message.partition() or 0,
            offset=offset,
            value=message.value(),
        )
        try:
            await self._ledger.send("dead-letters", letter.key or b"", encode(letter))
        except KafkaException as error:
            _log.error("record %d of alerts has no dead letter: %s", offset, error)
