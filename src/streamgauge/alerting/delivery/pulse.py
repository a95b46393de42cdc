"""Whether merge and judge live: the newest tick is looked up, and an outside watcher hears of it.

The outside watcher (healthchecks.io and its like) warns when it hears nothing: then the notifier,
its machine or its Kafka is gone too.
"""

import asyncio
import logging
from pathlib import Path

import msgspec
from confluent_kafka import KafkaException

from streamgauge.alerting.delivery.inbox import MEASURES
from streamgauge.alerting.delivery.ownership import Ownership
from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client
from streamgauge.alerting.receivers.receiver import DeliveryError, ParameterError
from streamgauge.alerting.receivers.secret import read_secret
from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import UNREADABLE
from streamgauge.contracts.measure import AnyReading, Tick
from streamgauge.settings import InputError, Kafka

# The tick comes each second, among the measures that close with it.
_LOOK_BACK = 500
_EVERY_S = 15.0
_BEAT_S = 60.0
# Without a watch in the configuration: so old a tick says that merge is silent.
_SILENT_MS = 120_000
_log = logging.getLogger(__name__)
_readings = msgspec.json.Decoder(AnyReading)


class Pulse:
    """Looks every 15 seconds while this process is the one that notifies."""

    def __init__(self, kafka: Kafka, ownership: Ownership, watcher: Client | None) -> None:
        self._kafka = kafka
        self._ownership = ownership
        self._watcher = watcher
        self._beat_at = 0

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                if self._ownership.duty is not None:
                    await self.look()
        finally:
            if self._watcher is not None:
                await self._watcher.close()

    async def look(self) -> None:
        """Look once."""
        try:
            tick = await asyncio.to_thread(newest_tick, self._kafka)
        except KafkaException as error:
            _log.warning("the newest tick: %s; looking again", error.args[0].str())
            return
        duty, now = self._ownership.duty, self._ownership.now()
        if duty is None or tick is None:
            return
        duty.dispatcher.see_tick(tick)
        self._ownership.flush()
        alive = now - tick < _SILENT_MS and not duty.dispatcher.silent(now)
        if self._watcher is not None and alive and now - self._beat_at >= _BEAT_S * 1000:
            self._beat_at = now
            await self._beat(self._watcher)

    async def _beat(self, watcher: Client) -> None:
        try:
            answer = await watcher.call("", headers={})
            if refusal := answer.refusal():
                raise refusal
        except DeliveryError as error:
            _log.warning("alerting.heartbeat_url_file: %s", error)


def newest_tick(kafka: Kafka) -> int | None:
    """When Kafka got the newest tick (ms); None if there is none among the newest measures."""
    newest = None
    for message in read_to_end(kafka, MEASURES, _LOOK_BACK):
        try:
            if isinstance(_readings.decode(message.value() or b""), Tick):
                newest = message.timestamp()[1]
        except UNREADABLE:
            continue
    return newest


def open_watcher(path: Path | None, hosts: tuple[str, ...]) -> Client | None:
    """The outside watcher whose address is in a file; InputError says what is wrong with it."""
    if path is None:
        return None
    try:
        return Client(read_secret("heartbeat_url_file", path, Path()), Hosts(hosts))
    except ParameterError as error:
        raise InputError(f"alerting.{error.field}: {error}") from None
