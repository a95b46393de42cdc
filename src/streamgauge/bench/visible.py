"""How long a prediction takes from Kafka's log to the measure that counts it."""

import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamgauge.bench.affinity import last_core
from streamgauge.bench.backing import Backing
from streamgauge.bench.fresh import forget
from streamgauge.bench.paced import PROBE, Paced
from streamgauge.bench.paired import quantile
from streamgauge.bench.peer.event import DIMENSIONS
from streamgauge.bench.published import Published, readings
from streamgauge.bench.traffic import Shape
from streamgauge.child import Child
from streamgauge.contracts.measure import AnyReading, Measure
from streamgauge.embedded import free_port
from streamgauge.settings import Kafka, Settings, UnavailableError, Window

_log = logging.getLogger(__name__)

_TOPIC = "predictions"
_READY_S = 60.0
# More than this behind at the end: the rate was not sustained.
_CATCH_UP_S = 5.0
# A start is no steady state.
_SKIP_S = 5.0


class Ways:
    """When each probe was counted in a published measure, by partition."""

    def __init__(self, partitions: int) -> None:
        self.seen: list[list[float]] = [[] for _ in range(partitions)]
        self.published = Published("1m")
        self._counts: dict[tuple[str, int], int] = {}

    def take(self, shown: AnyReading, at: float) -> None:
        """Note a record of `measures` that came then."""
        if not self.published.take(shown) or not isinstance(shown, Measure):
            return
        model = shown.labels["model"]
        if not model.startswith(PROBE):
            return
        seen = self.seen[int(model.removeprefix(PROBE))]
        key = model, shown.start
        count = round(shown.values["prediction_count"])
        more = count - self._counts.get(key, 0)
        if more > 0:
            self._counts[key] = count
            seen += [at] * more


def visible(broker: Backing, shape: Shape, rate: float, seconds: float) -> dict[str, float]:
    """The way of probes at that rate, or at the next lower one that is sustained."""
    while True:
        _log.info("%.0f events/s for %.0f s", rate, seconds)
        found = _attempt(broker, shape, rate, seconds)
        if found is not None:
            return found | {"visible_at_events_per_s": rate}
        if rate < 1_000:
            raise UnavailableError("no rate is sustained: is this machine busy?")
        rate *= 0.75


def _attempt(broker: Backing, shape: Shape, rate: float, seconds: float) -> dict[str, float] | None:
    kafka = broker.kafka
    if broker.capabilities.delete_records:
        forget(kafka, also=[_TOPIC])
    with tempfile.TemporaryDirectory() as folder, _stages(kafka, Path(folder)) as stages:
        paced = Paced(kafka, _TOPIC, shape, rate)
        ways = Ways(kafka.partitions)
        ending = threading.Event()
        paced.start()
        if not _watch(readings(Settings(kafka=kafka), ending), stages, paced, ways, seconds):
            return None
        paced.stop()
        ending.set()
    if paced.failed or paced.behind > 1.0:
        return None
    lags = [
        seen - appended
        for partition, times in enumerate(paced.appended)
        for appended, seen in zip(times, ways.seen[partition], strict=False)
        if appended > paced.rose_at + _SKIP_S
    ]
    return {"p50_visible_s": quantile(lags, 0.5), "p99_visible_s": quantile(lags, 0.99)}


def _watch(
    shown: Iterator[tuple[AnyReading, float]],
    stages: list[Child],
    paced: Paced,
    ways: Ways,
    seconds: float,
) -> bool:
    """Let the rate rise once every partition is counted; whether it was kept up with to the end."""
    ready_by = time.monotonic() + _READY_S
    began = sent_at = 0.0
    for reading, at in shown:
        for stage in stages:
            stage.check()
        ways.take(reading, at)
        now = time.monotonic()
        if not began:
            if all(ways.seen):
                paced.rise()
                began = now
            elif now > ready_by:
                raise UnavailableError(f"nothing was counted within {_READY_S:.0f} s")
        elif not sent_at and now - began > _SKIP_S + seconds:
            paced.stop()
            sent_at = now
        if sent_at:
            if ways.published.events >= paced.sent + sum(map(len, paced.appended)):
                return True
            if now - sent_at > _CATCH_UP_S:
                return False
    return False


@contextmanager
def _stages(kafka: Kafka, folder: Path) -> Iterator[list[Child]]:
    """`measure` on a core of its own, `merge` beside the broker; both as production runs them."""
    stages: list[Child] = []
    try:
        with last_core():
            stages.append(_stage("measure", kafka, folder))
        stages.append(_stage("merge", kafka, folder))
        yield stages
    finally:
        for stage in stages:
            stage.stop()


def _stage(name: str, kafka: Kafka, folder: Path) -> Child:
    config = folder / f"{name}.toml"
    lines = [
        "[kafka]",
        f'brokers = "{kafka.brokers}"',
        f"partitions = {kafka.partitions}",
        "[worker]",
        f"port = {free_port()}",
        f'datadir = "{folder / name}"',
    ]
    if "dimensions" in Window.__struct_fields__:
        lines += ["[window]", f"dimensions = {list(DIMENSIONS)}"]
    config.write_text("\n".join(lines), "utf-8")
    command = [sys.executable, "-m", "streamgauge", "worker", name, "--config", str(config)]
    return Child(name, command, folder / f"{name}.log", environ=os.environ)
