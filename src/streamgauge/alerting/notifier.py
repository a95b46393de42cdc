"""The notifier: reads alerts, tells people, keeps the ledger. Nothing is lost by a crash."""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka import KafkaError

from streamgauge import logs, settings
from streamgauge.alerting.api.app import create_app
from streamgauge.alerting.api.link_route import maker, signer
from streamgauge.alerting.api.office import wall_clock
from streamgauge.alerting.configuration import Configuration, default
from streamgauge.alerting.configuration import load as load_configuration
from streamgauge.alerting.delivery.burial import Burials
from streamgauge.alerting.delivery.crash_point import pass_point
from streamgauge.alerting.delivery.digest_file import keep_digest
from streamgauge.alerting.delivery.door import Door, listen
from streamgauge.alerting.delivery.front_desk import FrontDesk
from streamgauge.alerting.delivery.gauge import Gauges
from streamgauge.alerting.delivery.health import routes
from streamgauge.alerting.delivery.inbox import Event, Inbox
from streamgauge.alerting.delivery.ledger import Ledger
from streamgauge.alerting.delivery.ownership import Ownership
from streamgauge.alerting.delivery.pulse import Pulse, open_watcher
from streamgauge.alerting.delivery.receipt import Receipts
from streamgauge.alerting.delivery.reload import Reload
from streamgauge.alerting.receivers.receiver import Context
from streamgauge.alerting.routing.digests import reach
from streamgauge.alerting.routing.notice import Notice
from streamgauge.producers.connection import wait_for_kafka
from streamgauge.settings import Settings

_log = logging.getLogger(__name__)
_POLL = 0.2
_FAREWELL = 5.0


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

    def read() -> Configuration:
        return load_configuration(path) if path else default()

    first = read()
    for warning in first.warnings:
        _log.warning("%s", warning)
    wait_for_kafka(options.kafka)

    # Tens of thousands of alerts that all stay are no garbage to be looked for again and again.
    gc.set_threshold(50_000, 20, 50)

    async def work() -> None:
        await Notifier(options, first, read).run()

    asyncio.run(work())


class Notifier:
    """One process of the group; the owner of the topic's partition tells, the others wait.

    `read` reads the configuration anew; InputError says what is wrong with it.
    """

    def __init__(
        self, options: Settings, configuration: Configuration, read: Callable[[], Configuration]
    ) -> None:
        watcher = open_watcher(options.alerting.heartbeat_url_file, configuration.hosts)
        self._options = options
        self._configuration = configuration
        self._links = signer(options.alerting)
        self._gauges = Gauges()
        self._ledger = Ledger(options.kafka)
        self._receipts = Receipts(options.alerting.receipts)
        self._ownership = Ownership(
            self._ledger,
            self._gauges,
            plan=lambda: self._configuration.plan,
            context=self._context,
            burials=Burials(self._ledger, self._gauges),
            told=self._keep,
            receipts=self._receipts,
        )
        self._channels = self._ownership.channels
        self._pulse = Pulse(options.kafka, self._ownership, watcher, self._gauges)
        self._tasks: set[asyncio.Task[object]] = set()
        self._reload = Reload(read, self._take, self._gauges)

    async def run(self) -> None:
        """Work until SIGTERM or SIGINT; SIGHUP reads the configuration anew."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload.ask)
        self._spawn(self._reload.follow())
        kafka, alerting = self._options.kafka, self._options.alerting
        server = await self._serve()
        self._channels.follow(self._configuration.targets, self._configuration.limits)
        self._spawn(self._pulse.run())
        # librdkafka's consumer blocks and belongs to one thread.
        with ThreadPoolExecutor(1, "inbox") as thread:
            inbox = await loop.run_in_executor(
                thread,
                lambda: Inbox(kafka, alerting.instance, self._ledger.claim, _report, self._reach),
            )
            try:
                while not stop.is_set():
                    await self._turn(inbox, thread)
                await self._say_farewell(inbox, thread)
            finally:
                for task in self._tasks:
                    task.cancel()
                await self._channels.close()
                await loop.run_in_executor(thread, inbox.close)
                await server.cleanup()
                await asyncio.to_thread(self._ledger.close, _FAREWELL)
                self._receipts.close()

    async def _serve(self) -> Door:
        """Answer the API's requests, and those for health and metrics."""
        alerting = self._options.alerting
        desk = FrontDesk(
            self._options.kafka,
            self._ownership,
            self._ledger,
            configuration=lambda: self._configuration,
            external_url=self._external_url,
            reload=self._reload.now,
        )
        app = create_app(desk, alerting)
        app.add_routes(
            routes(
                self._gauges,
                lambda: self._ownership.duty is not None,
                self._channels.waiting,
                self._ownership.sights,
            )
        )
        return await listen(alerting.host, alerting.port, app)

    def _reach(self) -> int:
        return reach(self._configuration.plan)

    async def _take(self, new: Configuration) -> None:
        watcher = open_watcher(self._options.alerting.heartbeat_url_file, new.hosts)
        # What is on its way arrives first: its settlement is the old configuration's.
        await self._channels.idle(_FAREWELL)
        self._configuration = new
        self._channels.follow(new.targets, new.limits)
        if self._ownership.duty is not None:
            self._ownership.duty.dispatcher.reload(new.plan, self._ownership.now())
            self._ownership.flush()
        await self._pulse.use(watcher)

    async def _turn(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        ownership = self._ownership
        wait = ownership.wait(_POLL)
        standing = ownership.standing()
        rejoin, ownership.overtaken = ownership.overtaken, False

        def work() -> list[Event]:
            if rejoin:
                inbox.rejoin()
            elif standing is not None:
                inbox.commit(*standing)
            return inbox.poll(wait)

        came = await asyncio.get_running_loop().run_in_executor(thread, work)
        self._gauges.polled = time.monotonic()
        if came:
            pass_point("after_poll")
        for event in came:
            ownership.hear(event)
        ownership.flush()
        self._channels.check()

    def _external_url(self) -> str:
        return self._options.alerting.external_url or self._configuration.external_url

    def _context(self) -> Context:
        url = self._external_url()
        link = maker(self._links, url, wall_clock) if self._links and url else None
        return Context(external_url=url, ack_link=link)

    def _keep(self, notice: Notice) -> None:
        """Digests are kept as files too, if there is a folder for them."""
        folder = self._options.alerting.digests
        if folder is None or notice.reason != "digest":
            return
        try:
            keep_digest(folder, notice)
        except OSError as error:
            _log.error("alerting.digests: %s: %s", folder, error.strerror)

    def _spawn(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%r", error, exc_info=error)

    async def _say_farewell(self, inbox: Inbox, thread: ThreadPoolExecutor) -> None:
        """Let messages that are under way arrive, for a moment; the others are told next time."""
        deadline = time.monotonic() + _FAREWELL
        idle = asyncio.create_task(self._channels.idle(_FAREWELL))
        # Its own reading of the ledger is what settles a message.
        while not idle.done() and time.monotonic() < deadline:
            await self._turn(inbox, thread)
        await idle
        if (standing := self._ownership.last_standing()) is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(thread, lambda: inbox.commit(*standing, wait=True))


def _report(error: KafkaError) -> None:
    _log.warning("Kafka: %s; going on", error.str())
