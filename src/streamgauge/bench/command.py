"""`streamgauge bench NAME`: measure, compare with the promises, exit 1 if one is broken."""

import importlib
import inspect
import logging
import sys
from collections.abc import Callable
from typing import Literal

import msgspec

from streamgauge.bench.outcome import Outcome
from streamgauge.bench.promise import judge, promises
from streamgauge.settings import InputError


def benches() -> list[str]:
    """The names of all benches: each has promises, and a file of its name."""
    return sorted({promise.bench for promise in promises()})


def bench(
    name: str,
    *,
    events: int | None = None,
    peers: str = "stock-faust",
    seconds: float | None = None,
    workers: int = 2,
    kill_every: float = 4.0,
    rate: int = 20_000,
    faults: bool = False,
    work: Literal["full", "counts"] = "full",
    features: int = 8,
    dimensions: int = 2,
    series: int = 8,
    density: int = 20_000,
    batch: int = 0,
    poison: float = 0.0,
    visible: float = 0.0,
    soak: int = 0,
    seed: int | None = None,
    quick: bool = False,
    matched: bool = False,
    json: bool = False,
) -> None:
    """Measure one part on this machine: its speed, or whether it is exact.

    Parameters
    ----------
    name
        What to measure: alerts, crash, detectors, emit, exact, ingest.
    events
        How many events to measure with, at most; with ingest 300,000, or 2.5 million with Java;
        with detectors those of each stationary stream, 2.5 million.
    peers
        Whom to compare with, separated by commas; an empty text for nobody. With ingest:
        stock-faust, plain, kafka-streams, kafka-streams-processor, flink, flink-chained.
    seconds
        How long each candidate runs, at most; with exact, how long the load lasts; with crash,
        how long the notifier is killed again and again.
    workers
        exact: how many workers share the load.
    kill_every
        exact: seconds from one kill -9 to the next.
    rate
        exact: events a second.
    faults
        exact: freeze workers, kill the broker, drop acknowledgements, rebalance, skew a clock.
    work
        ingest: what peers do, all that streamgauge does or no more than count and sum.
    features
        ingest: features of each prediction.
    dimensions
        ingest: dimensions of each prediction, 0 to 2.
    series
        ingest: models times versions.
    density
        ingest: events a second of event time; less than the speed is a stream that catches up.
    batch
        ingest: measure also with producers that send so many events at a time.
    poison
        ingest: measure also with this share of records that must be refused.
    visible
        ingest: events a second at which to time a prediction's way to its measure, nothing else.
    soak
        ingest: events to watch memory with, nothing else.
    seed
        crash: what happens when, by chance; another run has another one.
    quick
        detectors: a look of some seconds, which proves nothing.
    matched
        detectors: compare the e-process of rates with an ADWIN of as many false alarms, too.
    json
        Print one JSON object and nothing else.

    """
    if name not in benches():
        raise InputError(f"bench {name}: unknown; expected one of {', '.join(benches())}")
    if (events is not None and events < 1) or (seconds is not None and seconds <= 0):
        raise InputError("bench: expected --events of at least 1 and --seconds above 0")
    logging.basicConfig(level=logging.WARNING if json else logging.INFO, format="%(message)s")
    chosen = tuple(peer for peer in (part.strip() for part in peers.split(",")) if peer)
    run: Callable[..., Outcome] = importlib.import_module(f"streamgauge.bench.{name}").run
    asked = {
        "peers": chosen,
        "workers": workers,
        "kill_every": kill_every,
        "rate": rate,
        "faults": faults,
        "work": work,
        "features": features,
        "dimensions": dimensions,
        "series": series,
        "density": density,
        "batch": batch,
        "poison": poison,
        "visible": visible,
        "soak": soak,
        "seed": seed,
        "quick": quick,
        "matched": matched,
        "events": events,
        "seconds": seconds,
    }
    # A bench takes by name what concerns it.
    takes = inspect.signature(run).parameters
    outcome = run(**{name: asked[name] for name in takes if asked.get(name) is not None})
    broken = judge(name, outcome)
    print(as_json(name, outcome, broken) if json else as_text(name, outcome, broken))
    if broken:
        sys.exit(1)


def as_json(name: str, outcome: Outcome, broken: list[str]) -> str:
    """One object: bench, figures, ratios, pass; then notes and what was broken."""
    told = {
        "bench": name,
        "figures": outcome.figures,
        "ratios": outcome.ratios,
        "pass": not broken,
        "notes": [*outcome.notes, *broken],
    }
    return msgspec.json.encode(told).decode()


def as_text(name: str, outcome: Outcome, broken: list[str]) -> str:
    """The same for people."""
    values = (outcome.figures | outcome.ratios).items()
    lines = [f"{name}: {'FAIL' if broken else 'pass'}"]
    lines += [f"  {figure:<28} {value:,.4g}" for figure, value in values]
    lines += [f"  {note}" for note in [*outcome.notes, *broken]]
    return "\n".join(lines)
