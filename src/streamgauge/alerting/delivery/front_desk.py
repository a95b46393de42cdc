"""The notifier as its API sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from confluent_kafka import KafkaError, KafkaException

from streamgauge.alerting.api.history import read_ledger
from streamgauge.alerting.configuration import Configuration
from streamgauge.alerting.delivery.duty import Duty
from streamgauge.alerting.delivery.inbox import ACKS, ALERTS, SILENCES, STATES
from streamgauge.alerting.delivery.ledger import Ledger
from streamgauge.alerting.delivery.ownership import Ownership
from streamgauge.alerting.routing.dispatcher import Dispatcher
from streamgauge.alerting.routing.plan import Plan
from streamgauge.contracts.alert import Ack, Alert, Silence
from streamgauge.contracts.codec import encode
from streamgauge.contracts.notification import Notification
from streamgauge.settings import Kafka

_TIMEOUT = 10.0


class FrontDesk:
    """What requests may ask and change. What they change is written to its topic first."""

    def __init__(
        self,
        kafka: Kafka,
        ownership: Ownership,
        ledger: Ledger,
        *,
        configuration: Callable[[], Configuration],
        external_url: Callable[[], str],
        reload: Callable[[], Awaitable[str | None]],
    ) -> None:
        self._kafka = kafka
        self._ownership = ownership
        self._ledger = ledger
        self._configuration = configuration
        self._external_url = external_url
        self._reload = reload
        self._reading = asyncio.Lock()

    def epoch(self) -> int | None:
        """Under which claim this process tells people; None while it does not."""
        duty = self._ownership.duty
        return None if duty is None else duty.epoch

    def dispatcher(self) -> Dispatcher:
        """What is known; only while this process tells people."""
        return self._duty().dispatcher

    def plan(self) -> Plan:
        """The plan in force."""
        return self._configuration().plan

    def configuration(self) -> str:
        """The file in force, without secrets."""
        return self._configuration().redacted

    def external_url(self) -> str:
        """Where people reach this process, or one of its kind."""
        return self._external_url()

    async def history(self, since: int) -> Sequence[Notification]:
        """The ledger's entries that Kafka got from then on, and that count."""
        # One at a time, whoever asks: each reads the topic and holds what it has read.
        async with self._reading:
            return await asyncio.to_thread(read_ledger, self._kafka, since)

    async def put_silence(self, silence: Silence) -> None:
        """Write it; it counts at once."""
        await self._write(SILENCES, silence.id, silence)
        self._duty().silence(silence, self._ownership.now())
        self._ownership.flush()

    async def put_ack(self, ack: Ack) -> None:
        """Write it; it counts at once."""
        await self._write(ACKS, ack.id, ack)
        self._duty().acknowledge(ack, self._ownership.now())
        self._ownership.flush()

    async def put_alerts(self, alerts: Sequence[Alert]) -> None:
        """Write them as a judge does; they come back by the topic."""
        writes = [
            self._write(topic, alert.fingerprint, alert)
            for alert in alerts
            for topic in (ALERTS, STATES)
        ]
        await asyncio.gather(*writes)

    async def reload(self) -> str | None:
        """Read the configuration anew; what is wrong with it."""
        return await self._reload()

    async def _write(self, topic: str, key: str, record: Alert | Silence | Ack) -> None:
        async with asyncio.timeout(_TIMEOUT):
            await self._ledger.send(topic, key.encode(), encode(record))

    def _duty(self) -> Duty:
        duty = self._ownership.duty
        if duty is None:
            # It was taken over while its answer was awaited.
            raise KafkaException(KafkaError(KafkaError.FENCED_INSTANCE_ID))
        return duty
