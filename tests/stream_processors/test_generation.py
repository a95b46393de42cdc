"""A count anew that finds less lowers the figures, wherever they are shown."""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.audit.auditor import Auditor
from streamgauge.contracts.codec import encode
from streamgauge.contracts.measure import Measure
from streamgauge.dashboard.series import Series
from streamgauge.settings import Settings
from streamgauge.stream_processors.reprocess import prepare


def shown(settings: Settings) -> int:
    """Predictions of version 1 as the dashboard has them, over all its base windows."""
    labels = {"model": "m", "version": "1"}
    series = Series(labels=labels, window="5s")
    for one in records.measures(settings):
        if one.base and one.source == "predictions" and one.labels == labels:
            series.fold(one)
    return sum(int(one.values["prediction_count"]) for one in series.ordered() if one.final)


@pytest.mark.kafka
def test_a_generation_that_counts_less_is_shown_and_proven(
    deployment: Settings, tmp_path: Path, needs: Callable[[str], None]
) -> None:
    needs("log_append_time")
    base = msgspec.structs.replace(deployment, window=WINDOW)
    producer = Producer(base.kafka.confluent())

    def feed(count: int, ts: int) -> None:
        for number in range(count):
            event = prediction(number, version="1", ts=ts)
            producer.produce("predictions", encode(event), partition=number % 2)
        assert producer.flush(60) == 0

    ts = int(time.time() * 1_000)
    feed(20, ts)
    begin = int(time.time() * 1_000) + 1
    wait_until(lambda: time.time() * 1_000 > begin + 1, 5, "the next millisecond")
    feed(6, ts)
    with running(base, tmp_path, "worker", "measure", "merge", name="first"):
        wait_until(lambda: shown(base) == 26, 60, "all events")
    prepare(base.kafka, begin, "fix-1")
    worker = msgspec.structs.replace(base.worker, generation="fix-1")
    settings = msgspec.structs.replace(base, worker=worker)
    with running(settings, tmp_path, "worker", "measure", "merge", name="second"):
        wait_until(lambda: shown(settings) == 6, 60, "the events since then")
    with Auditor(settings) as auditor:
        proof = auditor.examine(patience=0.0)
    assert (proof.differences, proof.proven > 0) == ([], True)
    window = next(iter(auditor.published.windows.values()))
    assert {one.generation for one in window.values() if isinstance(one, Measure)} == {1}
    # Who asks for the old one gets it: its log and its measures are there.
    with Auditor(base) as auditor:
        proof = auditor.examine(patience=0.0)
    assert (proof.differences, proof.proven > 0) == ([], True)
