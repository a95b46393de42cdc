"""A stage that takes a partition over tells people what it found, before anything else."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from tests.conftest import wait_until
from tests.process import running
from tests.stream_processors import records
from tests.stream_processors.log_sums import (
    Desk,
    commit,
    delete_before,
    desk,
    feed,
    make_anew,
    write,
)
from tests.stream_processors.test_measure import WINDOW, prediction

from streamgauge.contracts.codec import encode
from streamgauge.settings import Kafka, Settings
from streamgauge.stream_processors import log_record, state_record
from streamgauge.stream_processors.application import EX_DATAERR, EX_TEMPFAIL
from streamgauge.stream_processors.held import Held
from streamgauge.stream_processors.incident import Incidents
from streamgauge.stream_processors.log_record import VERSION
from streamgauge.stream_processors.takeover import Ended, check_source, take_over

pytestmark = pytest.mark.kafka


async def taken(one: Desk) -> Held[dict[int, int]]:
    incidents = Incidents(one.kafka, "measure", one.outbox)
    held = await take_over(one.log, incidents, one.outbox, 0)
    await incidents.settle("predictions", [0])
    assert one.outbox.flush(60)
    return held


def told(settings: Settings) -> list[tuple[str, str]]:
    return [(alert.rule, alert.state) for alert in records.alerts(settings)]


async def test_a_refused_state_pages_and_ends_with_a_status_of_its_own(
    deployment: Settings,
) -> None:
    with desk(deployment.kafka) as one:
        write(one.kafka, one.log.topic, msgspec.msgpack.encode({"t": "base", "v": VERSION + 1}))
        for _ in range(2):
            with pytest.raises(Ended, match="version") as ended:
                await taken(one)
            assert (ended.value.code, ended.value.commit) == (EX_DATAERR, None)
        assert told(deployment) == [("state_refused", "firing")]
        if deployment.kafka.can_delete:
            # A human has put it right: the page ends.
            delete_before(one.kafka, one.log.topic, 1)
            await taken(one)
            assert told(deployment)[1:] == [("state_refused", "resolved")]


async def test_a_lost_state_pages_and_reads_again_from_the_beginning(deployment: Settings) -> None:
    feed(deployment.kafka, 20)
    commit(deployment.kafka, 12)
    with desk(deployment.kafka) as one:
        with pytest.raises(Ended, match="ahead") as ended:
            await taken(one)
        assert (ended.value.code, ended.value.commit) == (EX_TEMPFAIL, 0)
        commit(deployment.kafka, 0)
        assert (await taken(one)).next == 0
    assert told(deployment) == [("state_lost", "firing")]


async def test_a_loss_of_data_pages_with_its_range_and_goes_on(deployment: Settings) -> None:
    if not deployment.kafka.can_delete:
        pytest.skip("this broker cannot delete records")
    feed(deployment.kafka, 20)
    with desk(deployment.kafka) as one:
        held = await taken(one)
        one.count(held, 5)
        assert await one.log.drain(60)
    delete_before(deployment.kafka, "predictions", 8)
    for _ in range(2):
        with desk(deployment.kafka) as one:
            assert (await taken(one)).next == 8
    (alert,) = records.alerts(deployment)
    assert (alert.rule, alert.evidence["from"], alert.evidence["to"]) == ("data_loss", 5, 8)


_BODY = state_record.encode(state_record.Body(v=state_record.VERSION + 1))
_FUTURE = {
    "record": [msgspec.msgpack.encode({"t": "delta", "v": VERSION + 1})],
    "body": [
        log_record.encode(log_record.Claim(owner="newer")),
        log_record.encode(
            log_record.Delta(epoch=0, begin=0, end=0, watermark=1, base=-1, body=_BODY)
        ),
    ],
}


@pytest.mark.parametrize("records_of", _FUTURE.values(), ids=_FUTURE)
def test_a_worker_pages_before_it_ends(
    deployment: Settings, tmp_path: Path, records_of: list[bytes]
) -> None:
    settings = msgspec.structs.replace(deployment, window=WINDOW)
    for one in records_of:
        write(settings.kafka, "state.measure.predictions", one, partition=1)
    words = ("worker", "measure", "--no-supervised")
    with running(settings, tmp_path, *words) as worker:
        assert worker.wait(60) == EX_DATAERR
    assert told(settings) == [("state_refused", "firing")]
    (alert,) = records.alerts(settings)
    assert (alert.labels["topic"], alert.labels["partition"]) == ("predictions", "1")
    assert f"record {len(records_of) - 1} cannot be read" in alert.annotations["description"]


@pytest.mark.parametrize("records_of", _FUTURE.values(), ids=_FUTURE)
def test_a_merge_pages_before_it_ends(
    deployment: Settings, tmp_path: Path, records_of: list[bytes]
) -> None:
    settings = msgspec.structs.replace(deployment, window=WINDOW)
    topic = "state.measure.usage"
    for one in records_of:
        write(settings.kafka, topic, one, partition=1)
    words = ("worker", "merge", "--no-supervised")
    with running(settings, tmp_path, *words) as worker:
        assert worker.wait(60) == EX_TEMPFAIL
    (alert,) = records.alerts(settings)
    assert (alert.rule, alert.state) == ("state_refused", "firing")
    assert [alert.labels[name] for name in ("stage", "topic", "partition")] == [
        "merge",
        "usage",
        "1",
    ]
    if settings.kafka.can_delete:
        delete_before(settings.kafka, topic, len(records_of), partition=1)
        with running(settings, tmp_path, *words):
            wait_until(lambda: len(records.alerts(settings)) > 1, 45, "the end of the page")
        assert told(settings) == [("state_refused", "firing"), ("state_refused", "resolved")]


def predict(kafka: Kafka, count: int) -> None:
    producer = Producer(kafka.confluent())
    for number in range(count):
        producer.produce("predictions", encode(prediction(number)), partition=0)
    assert producer.flush(60) == 0


@pytest.mark.parametrize("more", [5, 200], ids=["shorter", "longer"])
def test_a_source_that_is_made_anew_under_a_worker_ends_it_and_pages(
    deployment: Settings, tmp_path: Path, needs: Callable[[str], None], more: int
) -> None:
    needs("metadata")
    settings = msgspec.structs.replace(deployment, window=WINDOW)
    predict(settings.kafka, 40)
    words = ("worker", "measure", "merge", "--no-supervised")
    with running(settings, tmp_path, *words) as worker:
        wait_until(
            lambda: sum(records.final_counts(settings).values()) == 40, 45, "the events before"
        )
        make_anew(settings.kafka, "predictions")
        predict(settings.kafka, more)
        # The group may have taken the partitions away by then: who gets them next refuses them.
        code = worker.wait(60)
    if code == EX_TEMPFAIL:
        with running(settings, tmp_path, *words) as worker:
            code = worker.wait(60)
    assert code == EX_DATAERR
    alerts = records.alerts(settings)
    assert {(one.rule, one.state) for one in alerts} == {("state_refused", "firing")}
    assert {one.labels["topic"] for one in alerts} == {"predictions"}
    assert "0" in {one.labels["partition"] for one in alerts}
    assert all("made again" in one.annotations["description"] for one in alerts)


async def test_an_owner_notices_that_its_source_is_another_topic(
    deployment: Settings, needs: Callable[[str], None]
) -> None:
    needs("metadata")
    feed(deployment.kafka, 20)
    with desk(deployment.kafka) as one:
        held = await taken(one)
        one.count(held, 5)
        assert await one.log.drain(60)
        incidents = Incidents(one.kafka, "measure", one.outbox)
        await check_source(one.log, incidents, one.outbox)
        make_anew(deployment.kafka, "predictions")
        with pytest.raises(Ended, match="made again") as ended:
            await check_source(one.log, incidents, one.outbox)
        assert ended.value.code == EX_DATAERR
    assert told(deployment) == [("state_refused", "firing")]
