"""A period of the stream is pinned, on a real broker."""

from collections.abc import Iterable

import msgspec
import pytest
from confluent_kafka import Producer
from tests.metrics.event import MINUTE, T0
from tests.stream_processors import records

from streamgauge.baseline.publisher import publish
from streamgauge.contracts.codec import encode
from streamgauge.contracts.reference import Reference
from streamgauge.contracts.summary import Summary
from streamgauge.settings import Settings

from .conftest import Command
from .stream import HELD, MADE, WINDOWS, summaries

PIN = ("pin", "--model", "price", "--version", "1", "--from", str(T0))


def send(settings: Settings, windows: Iterable[Summary]) -> None:
    producer = Producer(settings.kafka.confluent())
    for window in windows:
        producer.produce("summaries", encode(window), window.labels["model"])
    assert not producer.flush(60)


def held(settings: Settings) -> list[Reference]:
    return records.of(settings, "references", Reference)


@pytest.mark.kafka
def test_a_period_becomes_the_reference_in_force(deployment: Settings, command: Command) -> None:
    publish(deployment.kafka, HELD)
    send(deployment, WINDOWS)

    done = command(*PIN, "--to", str(T0 + 10 * MINUTE), "--json", settings=deployment)

    assert done.returncode == 0, done.stderr
    told = msgspec.json.decode(done.stdout)
    first, live = held(deployment)
    assert first == HELD
    assert (told["hash"], told["rows"], told["kind"]) == (live.hash, 2_000, "live")
    assert (live.grid, live.start, live.end) == (HELD.grid, T0, T0 + 10 * MINUTE)
    shown = command("show", "price", "1", settings=deployment).stdout
    assert "price@1: live reference of 2,000 rows" in shown
    assert "of       2025-10-09T08:54:00Z to 2025-10-09T09:04:00Z" in shown


@pytest.mark.kafka
def test_too_short_a_period_changes_nothing(deployment: Settings, command: Command) -> None:
    publish(deployment.kafka, HELD)
    send(deployment, WINDOWS)
    done = command(*PIN, "--to", str(T0 + 2 * MINUTE), settings=deployment)
    assert done.returncode == 2
    assert "2 closed windows with 400 predictions in this period; expected at least 1,000" in (
        done.stderr
    )
    assert held(deployment) == [HELD]


@pytest.mark.kafka
def test_a_first_reference_counts_from_the_next_window_on(
    deployment: Settings, command: Command
) -> None:
    send(deployment, summaries(MADE, None))
    done = command(*PIN, "--to", str(T0 + 20 * MINUTE), "--json", settings=deployment)
    assert done.returncode == 0, done.stderr
    (live,) = held(deployment)
    # A minute for events that are ahead of the clock, and what a worker needs to hear of it.
    assert 65_000 <= live.effective - live.ts <= 65_000 + MINUTE
    assert live.effective % MINUTE == 0


def test_a_period_is_two_times_or_a_length(command: Command) -> None:
    done = command(*PIN)
    assert done.returncode == 2
    assert "expected from and to, or last" in done.stderr
