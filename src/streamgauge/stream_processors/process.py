"""One worker process: its Faust apps, threads and tasks, and how it says that it is well."""

import asyncio
import signal
from collections.abc import Callable, Sequence

import faust

from streamgauge.contracts.reference import Reference
from streamgauge.logs import log
from streamgauge.metrics.schema import Grids
from streamgauge.producers.provision import Drift
from streamgauge.settings import InputError, Settings
from streamgauge.stream_processors.allocate import Allocate
from streamgauge.stream_processors.application import EX_TEMPFAIL
from streamgauge.stream_processors.health import Health
from streamgauge.stream_processors.measure import Measure
from streamgauge.stream_processors.merge import Merge
from streamgauge.stream_processors.ordered import Ordered
from streamgauge.stream_processors.reference_topic import ReferenceTopic
from streamgauge.stream_processors.reward import Reward

_LOOK_EVERY_S = 0.2
_STOP_S = 8.0


class Process:
    """The chosen stages, started together."""

    def __init__(
        self, stages: Sequence[str], settings: Settings, drift: Sequence[Drift] = ()
    ) -> None:
        self.apps: dict[str, faust.App] = {}
        self.merge: Merge | None = None
        self.health = Health(settings.worker.host, settings.worker.port, self.failure)
        self.health.watch_topics(drift)
        self._tasks: list[asyncio.Task[None]] = []
        self._take_references: list[Callable[[Reference], None]] = []
        self._references = ReferenceTopic(settings.kafka, self._take_reference)
        self._grids = Grids()
        for stage in stages:
            getattr(self, f"_add_{stage}")(settings)

    def _add_measure(self, settings: Settings) -> None:
        measure = Measure(settings, self._follow_grids(), trims=settings.kafka.can_delete)
        self.apps["measure"] = measure.app
        self.health.watch_labels(measure)
        for topic, keeper in measure.keepers.items():
            self.health.watch_keeper(topic, keeper)

    def _add_merge(self, settings: Settings) -> None:
        self.merge = Merge(settings, self._follow_grids())
        self.health.watch_merge(self.merge)

    def _add_judge(self, settings: Settings) -> None:
        from streamgauge.stream_processors.judge import Judging

        judging = Judging(settings)
        self._add_ordered(settings, Ordered(settings, judging), "judge")
        self.health.watch_rules(judging)

    def _add_detect(self, settings: Settings) -> None:
        # river brings scikit-learn along, 200 MB: only who detects pays for it.
        from streamgauge.stream_processors.detect import Detect

        detect = Detect(settings, trims=settings.kafka.can_delete)
        self.apps["detect"] = detect.app
        self._take_references.append(detect.shelf.put)
        self.health.watch_stage("detect", detect)

    def _add_ordered(self, _settings: Settings, stage: Ordered, name: str) -> None:
        self.apps[name] = stage.app
        self.health.watch_stage(name, stage)

    def _add_reward(self, settings: Settings) -> None:
        desk = settings.receipt.desk()
        if desk is None:
            log.warning("reward does not run: settings have no receipt key")
            return
        self.apps["reward"] = Reward(settings, desk, trims=settings.kafka.can_delete).app

    def _add_allocate(self, settings: Settings) -> None:
        if not settings.experiments:
            log.info("allocate has nothing to do: settings have no experiment")
            return
        self._tasks.append(asyncio.create_task(Allocate(settings).run(), name="allocate"))

    def failure(self) -> str | None:
        """Why this process should be started again, if it should."""
        for name, app in self.apps.items():
            if app.crashed:
                return f"{name}: {app.crash_reason!r}"
        if self.merge is not None and self.merge.failed:
            return f"merge: {self.merge.failed}"
        for task in self._tasks:
            if task.done() and not task.cancelled():
                return f"{task.get_name()}: {task.exception()!r}"
        return self._references.failed and f"references: {self._references.failed}"

    def _take_reference(self, reference: Reference) -> None:
        for take in self._take_references:
            take(reference)

    def _follow_grids(self) -> Grids:
        if self._take_grid not in self._take_references:
            self._take_references.append(self._take_grid)
        return self._grids

    def _take_grid(self, reference: Reference) -> None:
        if (refused := self._grids.add(reference)) is not None:
            version = f"{reference.model}@{reference.version}"
            log.warning("a reference is refused", version=version, reason=refused)

    async def start(self) -> None:
        """Join the groups, all at once."""
        await self.health.start()
        if self._take_references:
            await asyncio.to_thread(self._references.start)
        if self.merge is not None:
            self.merge.start()
        await asyncio.gather(*(app.start() for app in self.apps.values()))

    async def stop(self) -> None:
        """Write down what is there and leave the groups, so that others take over at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(app.stop() for app in self.apps.values()))
        if self.merge is not None:
            await asyncio.to_thread(self.merge.stop)
        await asyncio.to_thread(self._references.stop)
        await self.health.stop()


async def run(stages: Sequence[str], settings: Settings, drift: Sequence[Drift] = ()) -> int:
    """Run until a signal or a failure; the exit status. `drift` says what is wrong with topics."""
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ending.set)
    process = Process(stages, settings, drift)
    starting = asyncio.create_task(process.start())
    reason = None
    while not ending.is_set() and reason is None:
        if starting.done() and (error := starting.exception()) is not None:
            if isinstance(error, InputError):
                raise error
            reason = repr(error)
        reason = reason or process.failure()
        try:
            await asyncio.wait_for(ending.wait(), _LOOK_EVERY_S)
        except TimeoutError:
            continue
    starting.cancel()
    if reason is not None:
        log.error("worker stops, to start again from the state log", reason=reason)
        return EX_TEMPFAIL
    try:
        await asyncio.wait_for(process.stop(), _STOP_S)
    except TimeoutError:
        # Nothing is lost: whoever takes over reads again from what is committed.
        log.warning("worker did not stop in good order")
    return 0
