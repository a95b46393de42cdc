"""The notifier: reads alerts, tells people, keeps the ledger. Nothing is lost by a crash."""

import asyncio
import logging
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from confluent_kafka import KafkaError, Message

from streamgauge import logs, settings
from streamgauge.alerting.backlog import Backlog
from streamgauge.alerting.channel import Channel, Job
from streamgauge.alerting.configuration import Configuration, default
from streamgauge.alerting.configuration import load as load_configuration
from streamgauge.alerting.gauge import Gauges, listen
from streamgauge.alerting.inbox import Assigned, Inbox, Revoked
from streamgauge.alerting.ledger import Ledger, read_alert
from streamgauge.contracts.alert import Alert
from streamgauge.contracts.dead_letter import Reject, bury
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import Settings

_log = logging.getLogger(__name__)
_POLL = 0.2
_FAREWELL = 5.0
# So many alerts may wait for slow targets; then fetching pauses, not the heartbeat.
_MOST_OPEN = 10_000


def notifier(*, config: Path | None = None) -> None:
    """Tell people about alerts that fire or resolve.

    Parameters
    ----------
    config
        The settings file; its `alerting.config` names routes and receivers (console without it).

    """
    options = settings.load(config)
    logs.set_up(options, "notifier")
    path = options.alerting.config
    configuration = load_configuration(path) if path else default()
    wait_for_kafka(options.kafka)
    asyncio.run(Notifier(options, configuration).run())


class Notifier:
    """One process of the group; the owner of the topic's partition tells, the others wait."""

    def __init__(self, options: Settings, configuration: Configuration) -> None:
        self._options = options
        self._configuration = configuration
        self._gauges = Gauges()
        self._ledger = Ledger(options.kafka)
        self._channels = {
            target.name: Channel(target, self._ledger, self._gauges)
            for target in configuration.targets.values()
        }
        self._backlogs: dict[int, Backlog] = {}
        self._committed: dict[int, int] = {}
        self._ownership = 0
        self._paused = False

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        web = await listen(
            self._options.alerting.host,
            self._options.alerting.port,
            self._gauges,
            lambda: {name: channel.waiting() for name, channel in self._channels.items()},
        )
        tasks = [asyncio.create_task(channel.run()) for channel in self._channels.values()]
        # librdkafka's consumer blocks and belongs to one thread.
        with ThreadPoolExecutor(1, "inbox") as thread:
            inbox = await loop.run_in_executor(thread, lambda: Inbox(self._options.kafka, _report))
            try:
                while not stop.is_set():
                    await self._turn(inbox, thread, tasks)
                await self._say_farewell(inbox, thread)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await loop.run_in_executor(thread, inbox.close)
                await web.cleanup()
                for channel in self._channels.values():
                    await channel.target.receiver.close()
                await asyncio.to_thread(self._ledger.close, _FAREWELL)

    async def _turn(
        self, inbox: Inbox, thread: ThreadPoolExecutor, tasks: list[asyncio.Task[None]]
    ) -> None:
        loop = asyncio.get_running_loop()
        came = await loop.run_in_executor(thread, inbox.poll, _POLL)
        self._gauges.polled = time.monotonic()
        for one in came:
            if isinstance(one, Assigned | Revoked):
                self._hear(one)
            else:
                await self._take(one)
        await self._commit(inbox, thread)
        full = sum(map(len, self._backlogs.values())) > _MOST_OPEN
        if full != self._paused:
            self._paused = full
            await loop.run_in_executor(thread, lambda: inbox.pause(paused=full))
        for task in tasks:
            # A channel ends by a fault only, for example of the ledger: better restarted than deaf.
            if task.done():
                task.result()

    def _hear(self, event: Assigned | Revoked) -> None:
        self._ownership += 1
        self._backlogs.clear()
        self._committed.clear()
        self._paused = False
        self._gauges.assigned.set(isinstance(event, Assigned))
        if isinstance(event, Revoked):
            _log.info("not notifying: another notifier does, or Kafka is away")
            return
        self._ledger.recall(event.finished)
        if event.start is None:
            _log.info("notifying, from where the last notifier stopped")
            return
        _log.info("first start: telling about %d alerts that fire now", len(event.firing))
        # They are work of the record before the start, so the start is committed after them.
        if event.firing:
            self._open(event.partition, event.start - 1, event.firing)
        else:
            self._backlog(event.partition).open(event.start - 1, 0)

    async def _take(self, message: Message) -> None:
        partition, offset = message.partition(), message.offset()
        alert = read_alert(message)
        if isinstance(alert, Reject):
            self._gauges.rejected.inc()
            _log.warning("record %d of alerts is none: %s", offset, alert.detail)
            letter = bury(
                alert,
                topic=message.topic() or "",
                partition=partition or 0,
                offset=offset or 0,
                value=message.value(),
            )
            await self._ledger.bury(letter)
            self._backlog(partition or 0).open(offset or 0, 0)
            return
        self._gauges.alerts.labels(alert.state).inc()
        self._open(partition or 0, offset or 0, [alert])

    def _open(self, partition: int, offset: int, alerts: list[Alert]) -> None:
        """Queue alerts for everybody who is to be told; the offset is done when all were."""
        backlog = self._backlog(partition)
        ownership = self._ownership
        jobs = [
            (
                self._channels[target.name],
                Job(
                    alert,
                    route.why(),
                    lambda: backlog.done(offset),
                    lambda: ownership == self._ownership,
                ),
            )
            for alert in alerts
            if alert.state != "pending"
            for route in self._configuration.plan.route.find(alert.labels)
            for aim in self._configuration.plan.receivers[route.receiver]
            for target in (self._configuration.targets[aim.name],)
            if target.send_resolved or alert.state == "firing"
        ]
        backlog.open(offset, len(jobs))
        for channel, job in jobs:
            channel.put(job)

    def _backlog(self, partition: int) -> Backlog:
        return self._backlogs.setdefault(partition, Backlog())

    async def _commit(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        for partition, backlog in self._backlogs.items():
            position = backlog.position()
            if position is None or position == self._committed.get(partition):
                continue
            if await loop.run_in_executor(thread, inbox.commit, partition, position):
                self._committed[partition] = position

    async def _say_farewell(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        """Let messages that are under way arrive, for a moment; the others are told next time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                for channel in self._channels.values():
                    await channel.idle()
        await self._commit(inbox, thread)


def _report(error: KafkaError) -> None:
    _log.warning("Kafka: %s; going on", error.str())
