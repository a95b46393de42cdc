"""One log of events, cut into any number of partitions for any number of workers that die: the same
measures to the last byte."""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import redis
from confluent_kafka import Producer
from tests.conftest import recreate_topics, wait_until
from tests.process import running
from tests.stream_processors import records

from streamgauge.contracts.codec import encode
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.receipt import Receipts
from streamgauge.contracts.usage import Usage
from streamgauge.embedded import free_port
from streamgauge.metrics.rollup import levels
from streamgauge.metrics.window import window_name
from streamgauge.settings import Receipt, Settings, Window, Worker
from streamgauge.stream_processors.label_join import claims_of

pytestmark = pytest.mark.kafka
# No event is late, however long ago it was and however slowly a partition is taken over.
WINDOW = Window(width=10.0, delay=1.0, lateness=9 * 86_400.0, idle=1.0, tick=1.0, publish=0.5)
COUNT = 6_000
# For so many predictions there is one event of each other source.
OTHERS = 5
SPAN_MS = 60_000
DAY_S = 86_400
LEVELS = levels(int(WINDOW.width * 1_000))
WANTED = {
    ("predictions", 2): COUNT,
    ("predictions", 3): COUNT,
    ("outcomes", 2): COUNT // OTHERS,
    # Arms are told in comparison: the revision of each of the two counts the events of both.
    ("usage", 2): 2 * COUNT // OTHERS,
    ("feedback", 2): 2 * COUNT // OTHERS,
    ("heartbeats", 1): COUNT // OTHERS,
}
Series = tuple[tuple[tuple[str, str], ...], str, int, str]


class Sent(NamedTuple):
    """An event on its topic; keyed as producers do it."""

    topic: str
    key: str
    event: Event


@pytest.fixture(scope="module")
def recorded() -> list[Sent]:
    """A minute of two days ago, so that its hour and its day are final, too; seed 3."""
    rng = random.Random(3)
    begin = (int(time.time()) // DAY_S - 2) * DAY_S * 1_000 + 60 * SPAN_MS
    desk = Receipt(keys="k1:a-test-key").desk()
    assert desk is not None
    sent: list[Sent] = []
    for number in range(COUNT):
        ts = begin + number * SPAN_MS // COUNT
        made = Prediction(
            id=f"p{number}",
            ts=ts,
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
        sent.append(Sent("predictions", made.id, made))
        if number % OTHERS == 0:
            sent += others(made, number, desk, rng)
    return sent


def others(made: Prediction, number: int, desk: Receipts, rng: random.Random) -> Iterator[Sent]:
    """What else comes in that moment: a truth with its receipt, usage, feedback, a heartbeat."""
    truth: float | str = rng.choice(["spam", "ham"])
    if isinstance(made.prediction, float):
        truth = made.prediction + rng.gauss(0.0, 5.0)
    outcome = Outcome(
        id=f"o{number}",
        ts=made.ts,
        prediction_id=made.id,
        truth=truth,
        receipt=desk.issue(claims_of(made, {})),
    )
    yield Sent("outcomes", made.id, outcome)
    session, arm = f"s{rng.randrange(50)}", rng.choice("ab")
    used = Usage(
        id=f"u{number}",
        ts=made.ts,
        session=session,
        event="feature_used",
        value=rng.random(),
        experiment="e",
        arm=arm,
    )
    yield Sent("usage", session, used)
    rated = Feedback(
        id=f"f{number}",
        ts=made.ts,
        session=session,
        kind="post_scan_satisfaction",
        rating=rng.randint(1, 5),
        experiment="e",
        arm=arm,
    )
    yield Sent("feedback", session, rated)
    service = f"web{number // OTHERS % 2}"
    beat = Heartbeat(
        ts=made.ts,
        service=service,
        instance=f"i{rng.randrange(3)}",
        healthy=rng.random() < 0.9,
        models={"m0@1": rng.random() < 0.5},
        cpu=rng.random(),
        memory=rng.randrange(10**9),
        queue_depth=rng.randrange(9),
        sent=number,
        predictions=number,
    )
    yield Sent("heartbeats", service, beat)


def feed(settings: Settings, events: Sequence[Sent]) -> None:
    """Every number of partitions cuts the log in another way."""
    producer = Producer(settings.kafka.confluent())
    for topic, key, event in events:
        producer.produce(topic, encode(event), key=key)
    assert producer.flush(60) == 0


def finals(settings: Settings, span: tuple[int, int]) -> dict[Series, Measure]:
    """The newest final measure of each series, of windows in which there was something."""
    newest: dict[Series, Measure] = {}
    for one in records.measures(settings):
        if one.final and one.source != "pipeline" and one.start < span[1] and one.end > span[0]:
            series = (tuple(sorted(one.labels.items())), one.window, one.start, one.source)
            if series not in newest or one.revision >= newest[series].revision:
                newest[series] = one
    return newest


def counted(settings: Settings, span: tuple[int, int]) -> dict[tuple[str, int], int]:
    """How many events of each source every width of windows has at least.

    By source and how many labels: predictions once as a whole and once by region. Those that answer
    nobody have series of their own, and no regions.
    """
    found: Counter[tuple[str, str, int]] = Counter()
    for one in finals(settings, span).values():
        source = "predictions" if one.source == "training" else one.source
        sizes = (2, 3) if one.source == "training" else (len(one.labels),)
        for names in sizes:
            found[source, one.window, names] += one.revision
    return {
        (source, names): min(found[source, window_name(width), names] for width in LEVELS)
        for source, names in WANTED
    }


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
    base: Settings, folder: Path, events: list[Sent], partitions: int, workers: int
) -> dict[Series, bytes]:
    """The final measures; all workers are killed half way."""
    begin = min(sent.event.ts for sent in events if isinstance(sent.event, Prediction))
    span = begin, begin + SPAN_MS
    with redis.from_url(base.redis.url) as store:
        # Truths that are remembered would be repeats.
        store.flushall()
    kafka = msgspec.structs.replace(base.kafka, partitions=partitions)
    settings = msgspec.structs.replace(base, kafka=kafka, window=WINDOW)
    recreate_topics(kafka)
    names = [f"{partitions}-{number}" for number in range(workers)]
    half = len(events) // 2
    folder.mkdir()
    feed(settings, events[:half])
    with crew(settings, folder, names):
        wait_until(lambda: min(counted(settings, span).values()) > 0, 90, "final measures")
    feed(settings, events[half:])
    with crew(settings, folder, names):
        wait_until(lambda: counted(settings, span) == WANTED, 90, f"final measures of {WANTED}")
    return {
        series: msgspec.json.encode(
            [one.revision, one.as_of, one.values, one.samples], order="sorted"
        )
        for series, one in finals(settings, span).items()
    }


def test_measures_are_the_same_bytes_however_the_log_is_cut_and_whoever_is_killed(
    deployment: Settings, tmp_path: Path, recorded: list[Sent]
) -> None:
    one = measure(deployment, tmp_path / "one", recorded, partitions=1, workers=1)
    three = measure(deployment, tmp_path / "three", recorded, partitions=3, workers=3)
    eight = measure(deployment, tmp_path / "eight", recorded, partitions=8, workers=2)
    assert len(one) >= 6 * len(LEVELS)
    assert {series[-1] for series in one} >= {source for source, _ in WANTED}
    assert three == one
    assert eight == one
