"""How many events a second one `measure` process takes in, beside peers that do the same sums."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import get_args

import msgspec

from streamgauge.bench import backing, java_peer, traffic
from streamgauge.bench.affinity import confine
from streamgauge.bench.backing import Backing
from streamgauge.bench.fresh import forget
from streamgauge.bench.outcome import Outcome
from streamgauge.bench.peer.deployment import configured
from streamgauge.bench.peer.report import Checksum, Job, Pace, Work
from streamgauge.bench.program import PEERS, running, timed
from streamgauge.bench.published import await_published
from streamgauge.bench.traffic import Filled, Shape
from streamgauge.producers.provision import provision
from streamgauge.settings import InputError

_log = logging.getLogger(__name__)

OURS = "streamgauge"
_TOPIC = "predictions"
_QUICK = 300_000
# A Java program rises for the first million events, and is timed over the next.
_LONG = 2_500_000
_START_S = 60.0
# What no program here is slower than: then something hangs.
_SLOWEST = 5_000
_ENDLESS_S = 1e9


def run(
    *,
    events: int | None = None,
    peers: tuple[str, ...] = (),
    seconds: float = 10.0,
    work: Work = "full",
    features: int = 8,
    dimensions: int = 2,
    series: int = 8,
    batch: int = 0,
    poison: float = 0.0,
    visible: float = 0.0,
    soak: int = 0,
) -> Outcome:
    """Fill a topic, let each program read it from the start, one after another; then variants.

    `seconds` is how long stock Faust is timed, which needs no end to tell its speed; all others
    read everything. `visible` is a rate to time the way of predictions at, `soak` a number of
    events to watch memory with; with either, nothing else is measured.
    """
    java = _java(peers)
    wanted = events or (_LONG if java else _QUICK)
    clean = Shape(events=wanted, features=features, dimensions=dimensions, series=series)
    _check(clean, work, batch, poison)
    with prepared() as (broker, pinned):
        notes = [
            f"{broker.name}, {broker.kafka.partitions} partitions",
            "the program under test on a core of its own" if pinned else "not pinned to a core",
            f"{series} series, {features} features, {dimensions} dimensions",
        ]
        if visible:
            from streamgauge.bench.visible import visible as way

            return Outcome(figures=way(broker, clean, visible, seconds), notes=notes)
        if soak:
            from streamgauge.bench.soak import soaked

            return Outcome(figures=soaked(broker, clean, soak), notes=notes)
        bench = Ingest(broker, seconds)
        bench.fill(clean)
        ours = bench.compare(peers, work)
        rate = median(map(speed, ours))
        figures = bench.figures(ours, peers)
        suffix = "" if work == "full" else "_counts"
        ratios = {f"vs_{peer}{suffix}": rate / speed(bench.paces[peer]) for peer in peers}
        if batch:
            ratios["small_batches_share"] = bench.variant(batch=batch) / rate
        if poison:
            ratios["poison_share"] = bench.variant(poison=poison) / rate
    notes += [
        f"{wanted:,} events of {bench.size:.0f} bytes",
        f"peers {'do the whole work' if work == 'full' else 'count and sum, and no more'}",
        "streamgauge in turns with the peers: " + ", ".join(f"{speed(o):,.0f}" for o in ours),
    ]
    return Outcome(figures=figures, ratios=ratios, notes=notes)


def _java(peers: tuple[str, ...]) -> list[str]:
    """Check the names of peers, and build those that are in Java."""
    for peer in peers:
        if peer not in PEERS:
            raise InputError(f"--peers: {peer!r} is not one of {', '.join(PEERS)}")
    java = [peer for peer in peers if peer in java_peer.PEERS]
    if java:
        java_peer.build(java)
    return java


def _check(shape: Shape, work: str, batch: int, poison: float) -> None:
    if work not in get_args(Work):
        raise InputError(f"--work: {work!r} is not one of {', '.join(get_args(Work))}")
    if not (1 <= shape.features <= 256 and 0 <= shape.dimensions <= 2 and shape.series >= 1):
        raise InputError(
            "expected --features of 1 to 256, --dimensions of 0 to 2, --series above 0"
        )
    if batch < 0 or not 0 <= poison < 1:
        raise InputError("expected --batch of at least 0, --poison of at least 0 and below 1")


@contextmanager
def prepared() -> Iterator[tuple[Backing, bool]]:
    """A broker with our topics, and whether it is kept off the core of the programs."""
    with tempfile.TemporaryDirectory() as folder, backing.best(Path(folder)) as broker:
        provision(broker.kafka)
        yield broker, broker.pid is not None and confine(broker.pid)


def speed(pace: Pace) -> float:
    """Events a second."""
    return pace.events / pace.wall


class Ingest:
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

    def variant(self, *, batch: int = 0, poison: float = 0.0) -> float:
        """Records a second of ours on a stream that is the same but for this."""
        assert self._filled
        variant = msgspec.structs.replace(self._filled.shape, batch=batch, poison=poison)
        self.fill(variant)
        pace, share = self.ours(), self._filled.good.mean()
        return speed(pace) / float(share)

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
