"""How many events a second one `measure` process takes in, beside peers that do the same sums."""

from typing import get_args

from streamgauge.bench import java_peer
from streamgauge.bench.contest import Contest, prepared, speed
from streamgauge.bench.outcome import Outcome
from streamgauge.bench.peer.report import Pace, Work
from streamgauge.bench.program import PEERS
from streamgauge.bench.traffic import Shape
from streamgauge.settings import InputError

_QUICK = 300_000
# A Java program rises for the first million events, and is timed over the next.
_LONG = 2_500_000


def run(
    *,
    events: int | None = None,
    peers: tuple[str, ...] = (),
    seconds: float = 10.0,
    work: Work = "full",
    features: int = 8,
    dimensions: int = 2,
    series: int = 8,
    density: int = 20_000,
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
    clean = Shape(
        events=wanted,
        features=features,
        dimensions=dimensions,
        series=series,
        per_second=density,
    )
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
        contest = Contest(broker, seconds)
        contest.fill(clean)
        ours = contest.compare(peers, work)
        figures = contest.figures(ours, peers)
        notes += _shorter(contest, peers, work, wanted)
        ratios = _ratios(figures, peers, "" if work == "full" else "_counts")
        if batch:
            ratios |= _share("small_batches_share", contest.variant(batch=batch), figures)
        if poison:
            ratios |= _share("poison_share", contest.variant(poison=poison), figures)
    notes += [
        f"{wanted:,} events of {contest.size:.0f} bytes, {density:,} a second of event time",
        f"peers {'do the whole work' if work == 'full' else 'count and sum, and no more'}",
        _turns(ours),
    ]
    return Outcome(figures=figures, ratios=ratios, notes=notes)


def _ratios(figures: dict[str, float], peers: tuple[str, ...], suffix: str) -> dict[str, float]:
    """Our speed over theirs; per processor second too, which other work disturbs less."""
    ratios = {}
    for peer in peers:
        for figure, ending in (("events_per_s", ""), ("events_per_cpu_s", "_per_cpu")):
            ratio = figures[figure] / figures[f"{peer}_{figure}"]
            ratios[f"vs_{peer}{suffix}{ending}"] = ratio
    return ratios


def _share(name: str, pace: Pace, clean: dict[str, float]) -> dict[str, float]:
    return {
        name: speed(pace) / clean["events_per_s"],
        f"{name}_per_cpu": pace.events / pace.cpu / clean["events_per_cpu_s"],
    }


def _shorter(contest: Contest, peers: tuple[str, ...], work: Work, wanted: int) -> list[str]:
    return [
        f"{peer} read {total:,} events of the same kind, because it takes minutes for all"
        for peer in peers
        if (total := contest.job(work, peer).total) < wanted
    ]


def _turns(ours: list[Pace]) -> str:
    return "streamgauge in turns with the peers: " + ", ".join(f"{speed(o):,.0f}" for o in ours)


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
    positive = shape.series >= 1 and shape.per_second >= 1
    if not (1 <= shape.features <= 256 and 0 <= shape.dimensions <= 2 and positive):
        raise InputError(
            "expected --features of 1 to 256, --dimensions of 0 to 2, "
            "--series and --density of at least 1"
        )
    if batch < 0 or not 0 <= poison < 1:
        raise InputError("expected --batch of at least 0, --poison of at least 0 and below 1")
