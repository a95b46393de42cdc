"""Programs that read one topic, one after another, each clocked and checked."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import msgspec

from streamgauge.bench import backing, traffic
from streamgauge.bench.affinity import confine
from streamgauge.bench.backing import Backing
from streamgauge.bench.fresh import forget
from streamgauge.bench.peer.deployment import configured
from streamgauge.bench.peer.report import Checksum, Job, Pace, Work
from streamgauge.bench.program import running, timed
from streamgauge.bench.published import await_published
from streamgauge.bench.traffic import Filled, Shape
from streamgauge.producers.provision import provision
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)

OURS = "streamgauge"
_TOPIC = "predictions"
_START_S = 60.0
# What no program here is slower than: then something hangs.
_SLOWEST = 5_000
_ENDLESS_S = 1e9


@contextmanager
def prepared() -> Iterator[tuple[Backing, bool]]:
    """A broker with our topics, and whether it is kept off the core of the programs."""
    with tempfile.TemporaryDirectory() as folder, backing.best(Path(folder)) as broker:
        provision(broker.kafka)
        yield broker, broker.pid is not None and confine(broker.pid)


def speed(pace: Pace) -> float:
    """Events a second."""
    return pace.events / pace.wall


class Contest:
    """One topic, and the programs that have read it."""

    def __init__(self, broker: Backing, seconds: float) -> None:
        self.paces: dict[str, Pace] = {}
        self.size = 0.0
        self._broker = broker
        self._seconds = seconds
        self._filled: Filled | None = None
        self._again = False

    def fill(self, shape: Shape) -> None:
        """Put the stream there, and nothing else."""
        if self._filled is not None:
            self._forget(_TOPIC)
        _log.info("filling the topic")
        self.take(traffic.fill(self._broker.kafka, _TOPIC, shape))

    def take(self, filled: Filled) -> None:
        """Go on with a topic that is filled."""
        self._filled = filled
        self.size = self.size or filled.size

    def compare(self, peers: tuple[str, ...], work: Work) -> list[Pace]:
        """Ours, a peer, ours, …: what the machine does meanwhile is seen in ours."""
        paces = [self.ours()]
        for peer in peers:
            job = self.job(work, peer)
            pace = timed(peer, job, _START_S + job.total / _SLOWEST)
            self._check(peer, pace.checksum, self._truth(work, pace.read))
            _log.info("%s: %.0f events/s", peer, speed(pace))
            self.paces[peer] = pace
            if self._broker.capabilities.delete_records:
                paces.append(self.ours())
        return paces

    def ours(self) -> Pace:
        """One run of `measure` on an empty state, and the proof that it counted everything."""
        if self._again:
            self._forget()
        self._again = True
        job = self.job("full", OURS)
        truth = self._truth("full", [])
        with running(OURS, job, _START_S + job.total / _SLOWEST) as pace:
            settings = configured(job)
            found = await_published(settings, "1m", truth.events, _START_S)
        self._check(OURS, found, Checksum(truth.events, truth.latency_us))
        _log.info("%s: %.0f events/s", OURS, speed(pace))
        return pace

    def variant(self, *, batch: int = 0, poison: float = 0.0) -> Pace:
        """Ours on a stream that is the same but for this; its events are records, good or not."""
        assert self._filled
        variant = msgspec.structs.replace(self._filled.shape, batch=batch, poison=poison)
        self.fill(variant)
        pace = self.ours()
        records = round(pace.events / float(self._filled.good.mean()))
        return msgspec.structs.replace(pace, events=records)

    def figures(self, ours: list[Pace], peers: tuple[str, ...]) -> dict[str, float]:
        """One table: every program's events a second, a processor second, and memory."""
        figures = _row("", ours)
        for peer in peers:
            figures |= _row(f"{peer}_", [self.paces[peer]])
        return figures

    def _forget(self, *topics: str) -> None:
        if not self._broker.capabilities.delete_records:
            raise InputError("bench ingest: --batch and --poison need a broker that can delete")
        forget(self._broker.kafka, also=topics)

    def _truth(self, work: Work, read: list[int]) -> Checksum:
        assert self._filled
        return self._filled.truth(work, read)

    def job(self, work: Work, name: str) -> Job:
        """What a program is asked to do."""
        assert self._filled
        shape = self._filled.shape
        total = shape.events if name != OURS else int(self._filled.good.sum())
        slow = name == "stock-faust"
        return Job(
            brokers=self._broker.kafka.brokers,
            topic=_TOPIC,
            total=total,
            warm=min(total // 10, 10_000) if slow else total // 2,
            work=work,
            features=shape.features,
            partitions=self._broker.kafka.partitions,
            seconds=self._seconds if slow else _ENDLESS_S,
        )

    def _check(self, name: str, found: Checksum | None, truth: Checksum) -> None:
        if found != truth:
            raise RuntimeError(f"{name} counted {found}, but there were {truth}")


def _row(prefix: str, paces: list[Pace]) -> dict[str, float]:
    return {
        f"{prefix}events_per_s": median(map(speed, paces)),
        f"{prefix}events_per_cpu_s": median(pace.events / pace.cpu for pace in paces),
        f"{prefix}rss_mb": max(pace.maximum_rss_mb for pace in paces),
    }
