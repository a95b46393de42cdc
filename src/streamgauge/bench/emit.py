"""What telling Kafka costs: the time of one `emit`, and what it adds to a service's P95."""

import http.client
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from random import Random

import msgspec

from streamgauge.bench.backing import best
from streamgauge.bench.emit_service import serve
from streamgauge.bench.outcome import Outcome
from streamgauge.bench.paired import added, quantile
from streamgauge.contracts.prediction import Prediction
from streamgauge.producers.client import Client
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka

# A burst fits the client's queue many times over; between bursts it empties, so nothing is dropped.
BURST = 5_000
WARM_UP = 2
# Requests a block: 4 of 15 ms outlast the client's linger, so a block pays for what it sends, and
# both sides of a pair still see the same machine.
BLOCK = 4


def run(*, events: int = 100_000, peers: tuple[str, ...] = (), seconds: float = 10.0) -> Outcome:
    """Measure both on one broker. There are no peers; the HTTP part takes three times `seconds`."""
    del peers
    with (
        tempfile.TemporaryDirectory() as folder,
        best(Path(folder)) as broker,
    ):
        provision(broker.kafka)
        times = emit_times(broker.kafka, min(events, 100_000))
        on, off = request_times(broker.kafka, 3 * seconds)
    # The P95 itself moves by 3 % from run to run with nothing changed; the median difference of
    # neighbours by a tenth of that, so it is what the promise is held against.
    p95 = quantile(off, 0.95)
    return Outcome(
        figures={
            "median_us": quantile(times, 0.5) / 1000,
            "p99_us": quantile(times, 0.99) / 1000,
            "overhead_share": added(on, off) / p95,
            "overhead_us": added(on, off) * 1000,
            "p95_off_ms": p95,
            "p95_on_ms": quantile(on, 0.95),
        },
        notes=[
            f"broker: {broker.name}",
            f"{len(times):,} events on one core",
            f"{len(on):,} requests with emission and as many without, in turns of {BLOCK}",
        ],
    )


def emit_times(kafka: Kafka, events: int) -> list[int]:
    """Nanoseconds of each `emit`, the client's own threads on the same core."""
    with one_core(), Client(kafka.confluent(), service="bench", pseudonym_key=b"bench") as client:
        made = predictions(Random(7))  # noqa: S311  # repeatable, not secret
        times: list[int] = []
        clock = time.perf_counter_ns
        for burst in range(WARM_UP + max(1, events // BURST)):
            batch = list(islice(made, BURST))
            for event in batch:
                start = clock()
                client.emit(event)
                end = clock()
                if burst >= WARM_UP:
                    times.append(end - start)
            client.flush(30)
        counters = client.counters
    if counters.dropped or counters.failed:
        raise RuntimeError(f"emit is only fast when it sends: {counters}")
    return times


def predictions(random: Random) -> Iterator[Prediction]:
    """Events as a service sends them: 8 features, a user, latencies."""
    number = 0
    while True:
        number += 1
        yield Prediction(
            id=f"{number:032x}",
            ts=time.time_ns() // 1_000_000,
            model="duration_s",
            version="1",
            task="regression",
            features={f"feature_{i}": random.gauss(0, 1) for i in range(8)},
            prediction=random.gauss(10, 2),
            confidence=random.random(),
            latency_ms=random.random() * 20,
            api_latency_ms=random.random() * 25,
            endpoint="/predict/duration_s",
            user=f"u{number % 200}",
        )


def request_times(kafka: Kafka, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds of requests with and without emission, neighbours at the same place."""
    on: list[float] = []
    off: list[float] = []
    body = msgspec.json.encode([0.1] * 8)
    with service(kafka) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for path in ("/on", "/off") * 2:
            block(connection, path, body)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline or not on:
            # A B B A: a drift of the machine favours neither.
            pair = ("/on", "/off") if len(on) // BLOCK % 2 else ("/off", "/on")
            measured = {path: block(connection, path, body) for path in pair}
            on += measured["/on"]
            off += measured["/off"]
        connection.close()
    return on, off


def block(connection: http.client.HTTPConnection, path: str, body: bytes) -> list[float]:
    """Some requests, one after the other, in milliseconds each."""
    times = []
    for _ in range(BLOCK):
        start = time.perf_counter_ns()
        connection.request("POST", path, body)
        response = connection.getresponse()
        response.read()
        times.append((time.perf_counter_ns() - start) / 1e6)
        if response.status != 200:
            raise RuntimeError(f"the service answered {response.status}")
    return times


@contextmanager
def service(kafka: Kafka) -> Iterator[int]:
    """The service in a process of its own; the port that it listens on."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(kafka.confluent(), theirs), daemon=True)
    process.start()
    try:
        if not ours.poll(30):
            raise RuntimeError("the service did not start within 30 s")
        yield int(ours.recv())
    finally:
        process.terminate()
        process.join(10)
        ours.close()
        theirs.close()


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one core where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
