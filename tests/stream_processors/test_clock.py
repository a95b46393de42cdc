"""What a worker says does not depend on its own clock, only on the broker's."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import variables
from tests.stream_processors import records
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.settings import Settings

pytestmark = pytest.mark.kafka
THREE_HOURS = 3 * 3_600
_PROGRAM = """
import sys, time
right, wrong = time.time, float(sys.argv.pop(1))
time.time = lambda: right() + wrong
from streamgauge.__main__ import main
main()
"""


@contextmanager
def running_off(
    settings: Settings, folder: Path, wrong: float, *words: str
) -> Iterator[subprocess.Popen[bytes]]:
    """`streamgauge WORDS` on a machine whose clock is `wrong` seconds ahead."""
    with (folder / "process.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(wrong), *words],
            env=variables(settings),
            stdout=log,
            stderr=log,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def newest_counts(settings: Settings) -> int:
    """Predictions by the newest measures of base windows, final or not."""
    counts: dict[tuple[str, int], float] = {}
    for one in records.measures(settings):
        plain = one.source == "predictions" and one.labels.keys() == {"model", "version"}
        if one.base and plain:
            counts[one.labels["version"], one.start] = one.values["prediction_count"]
    return int(sum(counts.values()))


@pytest.mark.parametrize("wrong", [-THREE_HOURS, THREE_HOURS], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_refuses_no_good_event(
    deployment: Settings, tmp_path: Path, wrong: float, needs: Callable[[str], None]
) -> None:
    needs("log_append_time")
    window = msgspec.structs.replace(WINDOW, max_age=3_600.0)
    settings = msgspec.structs.replace(deployment, window=window)
    producer = Producer(settings.kafka.confluent())
    for number in range(20):
        producer.produce("predictions", encode(prediction(number)), partition=number % 4)
    producer.flush()
    with running_off(settings, tmp_path, wrong, "worker", "measure", "merge", "--no-supervised"):
        wait_until(
            lambda: newest_counts(settings) == 20 or records.dead_letters(settings),
            45,
            "all events are counted or refused",
        )
    assert not records.dead_letters(settings)


@pytest.mark.parametrize("wrong", [-THREE_HOURS, THREE_HOURS], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_closes_no_window_early_and_none_late(
    deployment: Settings, tmp_path: Path, wrong: float, needs: Callable[[str], None]
) -> None:
    needs("log_append_time")
    settings = msgspec.structs.replace(deployment, window=WINDOW)
    producer = Producer(settings.kafka.confluent())

    def feed(first: int) -> None:
        for number in range(first, first + 20):
            producer.produce("predictions", encode(prediction(number)), partition=number % 4)
        producer.flush()

    def counted() -> int:
        return sum(records.final_counts(settings).values())

    with running_off(settings, tmp_path, wrong, "worker", "measure", "merge", "--no-supervised"):
        feed(0)
        wait_until(lambda: counted() == 20, 45, "windows of partitions that have become idle")
        # An idle partition that had believed the clock would find these too late.
        feed(20)
        wait_until(lambda: counted() == 40, 45, "the events after the pause")
    assert not records.dead_letters(settings)
