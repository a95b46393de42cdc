"""Whether merge and judge live: the newest tick is looked up, and an outside watcher hears of it.

The outside watcher (healthchecks.io and its like) warns when it hears nothing: then the notifier,
its machine or its Kafka is gone too.
"""

import asyncio
import logging
from pathlib import Path

import msgspec
from confluent_kafka import KafkaException

from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.inbox import MEASURES
from streamgauge.alerting.delivery.ownership import Ownership
from streamgauge.alerting.receivers.host import Hosts
from streamgauge.alerting.receivers.http import Client, check_address
from streamgauge.alerting.receivers.receiver import DeliveryError, ParameterError
from streamgauge.alerting.receivers.secret import read_secret
from streamgauge.alerting.topic_reader import read_to_end
from streamgauge.contracts.codec import UNREADABLE
from streamgauge.contracts.measure import AnyReading, Tick
from streamgauge.settings import InputError, Kafka

# The tick comes every few seconds among the measures, of which there are many where series are.
_LOOK_BACK = (500, 5_000, 20_000)
_NAME = b'"tick"'
_EVERY_S = 15.0
_BEAT_S = 60.0
# Without a watch in the configuration: so old a tick says that merge is silent.
_SILENT_MS = 120_000
_log = logging.getLogger(__name__)
_readings = msgspec.json.Decoder(AnyReading)


class Pulse:
    """Looks every 15 seconds while this process is the one that notifies."""

    def __init__(
        self, kafka: Kafka, ownership: Ownership, watcher: Client | None, gauges: Gauges
    ) -> None:
        self._kafka = kafka
        self._gauges = gauges
        self._ownership = ownership
        self._watcher = watcher
        self._beat_at = 0

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            while True:
                await asyncio.sleep(_EVERY_S)
                try:
                    if self._ownership.duty is not None:
                        await self.look()
                except Exception:
                    # Who watches the others must not end unseen.
                    _log.exception("the watch of merge and judge; looking again")
        finally:
            if self._watcher is not None:
                await self._watcher.close()

    async def use(self, watcher: Client | None) -> None:
        """Who hears of it from now on; whoever did until now is asked no more."""
        old, self._watcher, self._beat_at = self._watcher, watcher, 0
        if old is not None:
            await old.close()

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
        due = alive and now - self._beat_at >= _BEAT_S * 1000
        if self._watcher is not None and due and await self._beat(self._watcher):
            self._beat_at = now

    async def _beat(self, watcher: Client) -> bool:
        try:
            answer = await watcher.call("", headers={})
            if refusal := answer.refusal():
                raise refusal
        except DeliveryError as error:
            self._gauges.heartbeats.labels("failed").inc()
            _log.warning("alerting.heartbeat_url_file: %s; asking again", error)
            return False
        self._gauges.heartbeats.labels("delivered").inc()
        self._gauges.beat.set_to_current_time()
        return True


def newest_tick(kafka: Kafka) -> int | None:
    """When Kafka got the newest tick (ms); None if there is none among the newest measures."""
    for last in _LOOK_BACK:
        newest = None
        for message in read_to_end(kafka, MEASURES, last):
            if _is_tick(message.value() or b""):
                newest = message.timestamp()[1]
        if newest is not None:
            return newest
    return None


def _is_tick(value: bytes) -> bool:
    # Most are measures, and not decoded for nothing.
    if _NAME not in value:
        return False
    try:
        return isinstance(_readings.decode(value), Tick)
    except UNREADABLE:
        return False


def open_watcher(path: Path | None, hosts: tuple[str, ...]) -> Client | None:
    """The outside watcher whose address is in a file; InputError says what is wrong with it."""
    if path is None:
        return None
    try:
        allowed, name = Hosts(hosts), "heartbeat_url_file"
        address = check_address(name, read_secret(name, path, Path()), allowed, plain=True)
        return Client(address, allowed)
    except ParameterError as error:
        raise InputError(f"alerting.{error.field}: {error}") from None
