"""How many events a second one `measure` process takes in, beside peers that do the same sums."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from streamgauge.bench import backing, traffic
from streamgauge.bench.outcome import Outcome
from streamgauge.bench.peer.report import Pace
from streamgauge.producers.provision import provision
from streamgauge.settings import InputError, Kafka

_TOPIC = "predictions"
_HERE = "streamgauge.bench.peer"
PEERS = {"stock-faust": "stock_faust"}
_START_S = 45.0


def run(*, events: int = 300_000, peers: tuple[str, ...] = (), seconds: float = 10.0) -> Outcome:
    """Fill the topic once, then let each program read it from the start, one after another."""
    for peer in peers:
        if peer not in PEERS:
            raise InputError(f"--peers: {peer!r} is not one of {', '.join(PEERS)}")
    with tempfile.TemporaryDirectory() as folder, backing.best(Path(folder)) as broker:
        provision(broker.kafka)
        size = traffic.fill(broker.kafka, _TOPIC, events)
        ours = _clock("streamgauge_measure", broker.kafka, [str(events), str(seconds)])
        figures = {
            "events_per_s": ours.events / ours.wall,
            "events_per_cpu_s": ours.events / ours.cpu,
            "rss_mb": ours.maximum_rss_mb,
        }
        ratios = {}
        for peer in peers:
            theirs = _clock(PEERS[peer], broker.kafka, [_TOPIC, str(events), str(seconds)])
            rate = theirs.events / theirs.wall
            figures[f"{peer}_events_per_s"] = rate
            ratios[f"vs_{peer}"] = figures["events_per_s"] / rate
    notes = [
        f"{broker.name}; {events} events of {size:.0f} bytes in {broker.kafka.partitions} parts"
    ]
    return Outcome(figures=figures, ratios=ratios, notes=notes)


def _clock(module: str, kafka: Kafka, arguments: list[str]) -> Pace:
    """The pace that a program under test prints as its last line."""
    command = [sys.executable, "-m", f"{_HERE}.{module}", kafka.brokers, *arguments]
    limit = _START_S + float(arguments[-1])
    done = subprocess.run(  # noqa: S603 our own programs
        command, capture_output=True, timeout=limit, check=False, env=dict(os.environ)
    )
    lines = done.stdout.decode().strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{module} failed: {done.stderr.decode()[-2_000:]}")
    return msgspec.json.decode(lines[-1], type=Pace)
