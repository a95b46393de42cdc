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
from streamgauge.contracts.topics import TOPICS
from streamgauge.producers.provision import make, provision
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)

OURS = "streamgauge"
_TOPIC = "predictions"
_SHORT_TOPIC = "predictions-short"
_START_S = 60.0
# What no program here is slower than: then something hangs.
_SLOWEST = 5_000
_ENDLESS_S = 1e9
# Who reads and writes all totals of a window for each event takes minutes for the whole stream, and
# more the more features there are. It reads a shorter one of the same kind: so many features.
_SLOW = "kafka-streams"
_SHORT = 4_000_000
_SHORT_S = 600.0


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
        self._short: Filled | None = None
        self._again = False

    def fill(self, shape: Shape) -> None:
        """Put the stream there, and nothing else."""
        if self._filled is not None:
            self._forget(_TOPIC, _SHORT_TOPIC)
            self._short = None
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
            longest = job.total / _SLOWEST if job.topic == _TOPIC else _SHORT_S
            pace = timed(peer, job, _START_S + longest)
            _, filled = self._stream(work, peer)
            self._check(peer, pace.checksum, filled.truth(work, pace.read))
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
        _, filled = self._stream("full", OURS)
        truth = filled.truth("full")
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

    def _stream(self, work: Work, name: str) -> tuple[str, Filled]:
        """The topic that a program reads, and what is there; put there when it is not yet."""
        assert self._filled
        shape = self._filled.shape
        events = _SHORT // max(8, shape.features)
        if name != _SLOW or work != "full" or shape.events <= events:
            return _TOPIC, self._filled
        if self._short is None:
            kafka = self._broker.kafka
            topic = msgspec.structs.replace(TOPICS[_TOPIC], name=_SHORT_TOPIC)
            make(kafka, [topic], [kafka.partitions])
            shorter = msgspec.structs.replace(shape, events=events)
            self._short = traffic.fill(kafka, _SHORT_TOPIC, shorter)
        return _SHORT_TOPIC, self._short

    def job(self, work: Work, name: str) -> Job:
        """What a program is asked to do."""
        topic, filled = self._stream(work, name)
        shape = filled.shape
        total = shape.events if name != OURS else int(filled.good.sum())
        slow = name == "stock-faust"
        return Job(
            brokers=self._broker.kafka.brokers,
            topic=topic,
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
