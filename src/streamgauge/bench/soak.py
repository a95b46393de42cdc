"""Whether memory stays flat over a long stream: `bench ingest --soak`."""

import logging
import re
import tempfile
import time
from pathlib import Path

import msgspec
from confluent_kafka import Producer

from streamgauge.bench.backing import Backing
from streamgauge.bench.peer.report import Job
from streamgauge.bench.program import started
from streamgauge.bench.reached import Reached
from streamgauge.bench.traffic import Shape, predictions
from streamgauge.child import Child
from streamgauge.settings import UnavailableError

_log = logging.getLogger(__name__)

_TOPIC = "predictions"
_MADE = 20_000
_STEP = 200_000
# How far the stream may be ahead of the committed offsets: what the disk holds at most.
_AHEAD = 2_000_000
_TS = b'"ts":'
_SETTLED = 0.2


def soaked(broker: Backing, shape: Shape, events: int) -> dict[str, float]:
    """Memory of `measure` after a fifth of the events and at the end, in MB, and the growth.

    Event time is as dense as the shape says, and ends now; what is read is deleted, so that any
    number of events fits the disk.
    """
    kafka = broker.kafka
    job = Job(kafka.brokers, _TOPIC, events, events, "full", shape.features, kafka.partitions, 1e9)
    bodies = [
        msgspec.json.encode(event).partition(_TS)
        for event in predictions(msgspec.structs.replace(shape, events=_MADE))
    ]
    producer = Producer(
        kafka.confluent()
        | {
            "linger.ms": 20,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 2 * _STEP,
        }
    )
    reached = Reached(kafka, _TOPIC)
    begin = int(time.time() * 1_000) - events * 1_000 // shape.per_second
    memory: list[float] = []
    with tempfile.TemporaryDirectory() as folder, started("streamgauge", job, Path(folder)) as ours:
        for first in range(0, events, _STEP):
            for number in range(first, min(first + _STEP, events)):
                before, ts, after = bodies[number % _MADE]
                at = begin + number * 1_000 // shape.per_second
                body = before + ts + b"%d" % at + after.lstrip(b"0123456789")
                producer.produce(_TOPIC, body, partition=number % kafka.partitions)
                if number % 1_000 == 0:
                    producer.poll(0)
            producer.flush()
            reached.wait(first + _STEP - _AHEAD, ours.check)
            memory.append(_rss_mb(ours))
        reached.wait(events - _AHEAD // 2, ours.check)
        memory.append(_rss_mb(ours))
    early = max(memory[: max(1, int(len(memory) * _SETTLED))])
    return {
        "soak_events": float(events),
        "rss_early_mb": early,
        "rss_mb": max(memory),
        "rss_growth_mb": max(memory) - early,
    }


def _rss_mb(program: Child) -> float:
    status = Path(f"/proc/{program.pid}/status")
    found = re.search(r"VmRSS:\s*(\d+) kB", status.read_text("ascii"))
    if found is None:
        raise UnavailableError("--soak reads memory from /proc, which this system does not have")
    return int(found[1]) / 1_024
