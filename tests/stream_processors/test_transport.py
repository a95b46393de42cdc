"""Transactions through a worker; the private hooks into Faust's driver must fail here, loudly."""

import inspect
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import faust
import msgspec
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer.fetcher import Fetcher
from confluent_kafka import Producer
from faust.transport.consumer import ThreadDelegateConsumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.settings import Settings
from streamgauge.stream_processors.application import application
from streamgauge.stream_processors.stage import commit, ends
from streamgauge.stream_processors.transport import Consumer


@pytest.mark.kafka
def test_what_a_transaction_took_back_is_not_counted(deployment: Settings, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(deployment, window=WINDOW)
    if not settings.kafka.can_delete:
        pytest.skip("the embedded broker has no transactions that are rolled back")
    producer = Producer(settings.kafka.confluent() | {"transactional.id": "test"})
    producer.init_transactions(30)
    kept = 0
    for number, commits in enumerate((True, False, True, False, True)):
        producer.begin_transaction()
        for event in range(10):
            value = encode(prediction(100 * number + event))
            producer.produce("predictions", value, partition=event % 2)
        producer.flush()
        if commits:
            producer.commit_transaction(30)
            kept += 10
        else:
            producer.abort_transaction(30)
    plain = Producer(settings.kafka.confluent())
    plain.produce("predictions", encode(prediction(999)), partition=0)
    plain.flush()

    def counted() -> int:
        return sum(records.final_counts(settings).values())

    with running(settings, tmp_path, "worker", "measure", "merge", "--no-supervised"):
        wait_until(lambda: counted() >= kept + 1, 45, "the events that were committed")
        # What was taken back stands before the last event of its partition: it would be here.
        assert counted() == kept + 1
    assert not records.dead_letters(settings)


def test_the_hooks_of_commits_and_ends_are_there() -> None:
    """`stage.commit` and `stage.ends` go past what Faust and aiokafka promise."""
    assert "self._thread = self._new_consumer_thread()" in inspect.getsource(ThreadDelegateConsumer)
    thread = driver.AIOKafkaConsumerThread
    assert list(inspect.signature(thread.commit).parameters) == ["self", "offsets"]
    assert inspect.iscoroutinefunction(thread.commit)
    assert list(inspect.signature(thread._ensure_consumer).parameters) == ["self"]
    for place in (driver.Consumer, thread):
        assert list(inspect.signature(place.highwater).parameters) == ["self", "tp"]
    assert list(inspect.signature(driver.Consumer.assignment).parameters) == ["self"]
    polled = AIOKafkaConsumer.last_poll_timestamp
    assert list(inspect.signature(polled).parameters) == ["self", "partition"]
    # Each response to a fetch sets both, whether it brings records or not.
    fetched = inspect.getsource(Fetcher._proc_fetch_request)
    assert "tp_state.highwater = highwater" in fetched
    assert "tp_state.timestamp = now_ms" in fetched


class Owning:
    """A consumer that has lost its hooks."""

    _thread = SimpleNamespace()

    def assignment(self) -> set[TP]:
        return {TP("predictions", 0)}


async def test_a_hook_that_is_gone_is_no_commit_that_failed() -> None:
    app: Any = SimpleNamespace(consumer=Owning())
    with pytest.raises(AttributeError):
        await commit(app, {TP("predictions", 0): 1})
    end = ends(app, "predictions")
    with pytest.raises(AttributeError):
        end(0)


def test_the_hooks_into_the_driver_are_there(tmp_path: Path) -> None:
    assert issubclass(Consumer, driver.Consumer)
    assert callable(driver.Consumer._new_consumer_thread)
    source = inspect.getsource(driver.AIOKafkaConsumerThread)
    assert "self._consumer = self._create_consumer(" in source
    assert "return transport.by_url(" in inspect.getsource(faust.App._new_transport)
    # Only what is there before it starts is handed to the fetcher.
    assert "isolation_level=self._isolation_level" in inspect.getsource(AIOKafkaConsumer.start)
    worker = msgspec.structs.replace(Settings().worker, datadir=tmp_path)
    app = application("measure", msgspec.structs.replace(Settings(), worker=worker))
    assert app._new_transport().Consumer is Consumer


def test_a_fetch_waits_no_longer_than_a_figure_may() -> None:
    """While a broker keeps a fetch of silent partitions, all others wait."""
    assert "fetch_max_wait_ms=self._fetch_max_wait_ms" in inspect.getsource(AIOKafkaConsumer.start)
    assert "fetch_max_wait_ms=1500" in inspect.getsource(driver.AIOKafkaConsumerThread)
