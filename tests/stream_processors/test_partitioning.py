"""One log of events, cut into any number of partitions for any number of workers that die: the same
measures to the last byte."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import recreate_topics, wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.prediction import Prediction
from streamgauge.embedded import free_port
from streamgauge.metrics.rollup import levels
from streamgauge.metrics.window import window_name
from streamgauge.settings import Settings, Window, Worker

pytestmark = pytest.mark.kafka
# No event is late, however long ago it was and however slowly a partition is taken over.
WINDOW = Window(width=10.0, delay=1.0, lateness=9 * 86_400.0, idle=1.0, tick=1.0, publish=0.5)
COUNT = 6_000
SPAN_MS = 60_000
DAY_S = 86_400
LEVELS = levels(int(WINDOW.width * 1_000))
Series = tuple[tuple[tuple[str, str], ...], str, int, str]


@pytest.fixture(scope="module")
def recorded() -> list[Prediction]:
    """A minute of two days ago, so that its hour and its day are final, too; seed 3."""
    rng = random.Random(3)
    begin = (int(time.time()) // DAY_S - 2) * DAY_S * 1_000 + 60 * SPAN_MS
    return [
        Prediction(
            id=f"p{number}",
            ts=begin + number * SPAN_MS // COUNT,
            model=f"m{rng.randrange(3)}",
            version=str(rng.randrange(2)),
            features={"a": rng.gauss(0.0, 1.0), "c": rng.choice("xyz")},
            prediction=rng.choice(["spam", "ham"]) if number % 2 else rng.gauss(50.0, 20.0),
            confidence=rng.random(),
            latency_ms=rng.gammavariate(4.0, 10.0),
            status="error" if rng.random() < 0.03 else "ok",
            fallback=rng.random() < 0.1,
            cache_hit=rng.random() < 0.5,
            dimensions={"region": rng.choice(["eu", "us"])},
            purpose="training" if rng.random() < 0.1 else "inference",
        )
        for number in range(COUNT)
    ]


def feed(settings: Settings, events: list[Prediction]) -> None:
    """Keyed by id, as producers do: every number of partitions cuts the log in another way."""
    producer = Producer(settings.kafka.confluent())
    for event in events:
        producer.produce("predictions", encode(event), key=event.id)
    assert producer.flush(30) == 0


def finals(settings: Settings) -> dict[Series, Measure]:
    newest: dict[Series, Measure] = {}
    for one in records.measures(settings):
        if one.final and "model" in one.labels:
            series = (tuple(sorted(one.labels.items())), one.window, one.start, one.source)
            if series not in newest or one.revision >= newest[series].revision:
                newest[series] = one
    return newest


def counted(settings: Settings) -> int:
    """How many events every width of windows has at least, of all series and of all regions.

    Those that answer nobody have series of their own, and no regions.
    """
    found: Counter[tuple[str, str, int]] = Counter()
    for one in finals(settings).values():
        found[one.source, one.window, len(one.labels)] += one.revision
    return min(
        found["predictions", window_name(width), names] + found["training", window_name(width), 2]
        for width in LEVELS
        for names in (2, 3)
    )


@contextmanager
def crew(base: Settings, folder: Path, names: list[str]) -> Iterator[None]:
    with ExitStack() as stack:
        for name in names:
            worker = Worker(port=free_port(), datadir=folder / name, instance=name)
            settings = msgspec.structs.replace(base, worker=worker)
            stages = ("worker", "measure", "merge", "--no-supervised")
            stack.enter_context(running(settings, folder, *stages, name=name))
        yield


def measure(
    base: Settings, folder: Path, events: list[Prediction], partitions: int, workers: int
) -> dict[Series, bytes]:
    """The final measures; all workers are killed half way."""
    kafka = msgspec.structs.replace(base.kafka, partitions=partitions)
    settings = msgspec.structs.replace(base, kafka=kafka, window=WINDOW)
    recreate_topics(kafka)
    names = [f"{partitions}-{number}" for number in range(workers)]
    half = COUNT // 2
    folder.mkdir()
    feed(settings, events[:half])
    with crew(settings, folder, names):
        wait_until(lambda: counted(settings) > 0, 60, "final measures before the kill")
    feed(settings, events[half:])
    with crew(settings, folder, names):
        wait_until(lambda: counted(settings) >= COUNT, 60, f"{COUNT} events in final measures")
    return {
        series: msgspec.json.encode(
            [one.revision, one.as_of, one.values, one.samples], order="sorted"
        )
        for series, one in finals(settings).items()
    }


def test_measures_are_the_same_bytes_however_the_log_is_cut_and_whoever_is_killed(
    deployment: Settings, tmp_path: Path, recorded: list[Prediction]
) -> None:
    one = measure(deployment, tmp_path / "one", recorded, partitions=1, workers=1)
    three = measure(deployment, tmp_path / "three", recorded, partitions=3, workers=2)
    eight = measure(deployment, tmp_path / "eight", recorded, partitions=8, workers=2)
    assert len(one) >= 6 * len(LEVELS)
    assert three == one
    assert eight == one
