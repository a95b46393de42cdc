"""What Kafka hears of the service: one event a prediction, and heartbeats."""

import time
import uuid
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from confluent_kafka import Consumer, TopicPartition
from tests.stream_processors import records

from streamgauge.contracts.codec import decode
from streamgauge.contracts.event import Event
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Reference
from streamgauge.embedded import free_port
from streamgauge.models.registry import Registry
from streamgauge.settings import Client, Experiment, Kafka, Settings

E = TypeVar("E", bound=Event)
pytestmark = pytest.mark.kafka


def read(kafka: Kafka, topic: str, kind: type[E], enough: Callable[[list[E]], bool]) -> list[E]:
    """All events of a topic from its start, until there are enough and none follows for 1 s."""
    consumer = Consumer({**kafka.confluent(), "group.id": uuid.uuid4().hex})
    found: list[E] = []
    deadline = time.monotonic() + 60
    try:
        consumer.assign([TopicPartition(topic, n, 0) for n in range(kafka.partitions)])
        while True:
            message = consumer.poll(1.0)
            if message is None and enough(found):
                return found
            assert time.monotonic() < deadline, f"{len(found)} events on {topic}"
            if message is not None:
                assert message.error() is None
                found.append(decode(kind, message.value() or b""))
    finally:
        consumer.close()


def wait(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def deployed(deployment: Settings, lonely: Settings) -> Settings:
    return msgspec.structs.replace(
        deployment,
        serve=msgspec.structs.replace(lonely.serve, port=free_port(), faults=True),
        client=Client(pseudonym_key="a-test-key"),
        experiments={"speed": Experiment(model="duration_s", arms={"old": "1", "new": "2"})},
    )


def test_the_references_of_what_is_served_are_published_at_the_start(
    serving: Any, deployed: Settings, artifacts: Path
) -> None:
    def held() -> list[Reference]:
        return records.of(deployed, "references", Reference)

    for _ in range(2):
        known = len(held())
        with serving(deployed):
            wait(lambda: len(held()) == known + 3)  # noqa: B023 the loop waits for it

    registry = Registry(artifacts)
    served = [("duration_s", "1"), ("duration_s", "2"), ("result_count", "1")]
    wanted = [registry.reference(model, version) for model, version in served]
    assert held() == wanted * 2


def test_each_prediction_is_one_event(
    serving: Any, deployed: Settings, features: dict[str, Any]
) -> None:
    ids: list[str] = []
    with serving(deployed) as caller:
        for n in range(20):
            one = {"features": features, "user": f"u{n}", "dimensions": {"region": "eu"}}
            ids.append(caller.ask("duration_s", one).body["id"])
        rows = {"rows": [{"features": features}] * 30}
        ids += [one["id"] for one in caller.ask("result_count", rows).body["predictions"]]
        assert caller.ask("duration_s", {"features": {}}).status == 422
        assert caller.send("POST", "/predict/duration_s", b"{").status == 422
        assert caller.ask("nothing", {"features": features}).status == 404
        fault = caller.ask("result_count", {"features": features}, x_streamgauge_fault="error=1")
        assert fault.status == 500

    events = read(deployed.kafka, "predictions", Prediction, lambda found: len(found) >= 53)

    good = [event for event in events if event.status == "ok"]
    assert Counter(event.id for event in good) == Counter(ids)
    assert sorted((e.error, e.reason) for e in events if e.status == "error") == [
        ("4xx", "invalid_features"),
        ("4xx", "invalid_json"),
        ("5xx", "fault"),
    ]
    single = [event for event in good if event.model == "duration_s"]
    assert {event.batch_size for event in single} == {1}
    assert {event.dimensions["region"] for event in single} == {"eu"}
    assert {(event.experiment, event.allocation, event.propensity) for event in single} == {
        ("speed", 0, 0.5)
    }
    assert {event.arm for event in single} == {"old", "new"}
    # Who asked leaves the service as a pseudonym only.
    assert len({event.user for event in single}) == 20
    assert not {event.user for event in single} & {f"u{n}" for n in range(20)}
    assert {event.batch_size for event in good if event.model == "result_count"} == {30}
    for event in good:
        assert event.features == {name: event.features[name] for name in features}
        assert event.task == "regression"


def test_heartbeats_tell_how_the_service_is_and_stop_while_it_is_down(
    serving: Any, deployed: Settings, features: dict[str, Any]
) -> None:
    with serving(deployed) as caller:

        def kafka() -> dict[str, Any]:
            found: dict[str, Any] = caller.get("/health").body["kafka"]
            return found

        wait(lambda: kafka()["reachable"] is True)
        down = caller.ask("duration_s", {"features": features}, x_streamgauge_fault="down=2")
        assert down.status == 503
        wait(lambda: caller.get("/health").status == 200)
        sent = kafka()["sent"]
        wait(lambda: kafka()["sent"] >= sent + 3)

    beats = read(deployed.kafka, "heartbeats", Heartbeat, lambda found: len(found) >= sent)

    # They come every 0.2 s, but for the two seconds.
    stamps = sorted(beat.ts for beat in beats)
    gaps = sorted(after - before for before, after in pairwise(stamps))
    assert gaps[-1] >= 2_000
    assert gaps[len(gaps) // 2] < 1_500
    last = max(beats, key=lambda beat: beat.ts)
    assert last.healthy
    assert last.models == {"duration_s@1": True, "duration_s@2": True, "result_count@1": True}
    assert last.sent > 0
    assert (last.cache, last.fallback, last.in_flight) == (True, False, 0)
    assert last.cpu is not None
    assert last.memory is not None
    assert last.memory > 50_000_000
    assert last.queue_depth == 0
    flows = (last.disk_read, last.disk_write, last.network_in, last.network_out)
    assert all(flow is not None and flow >= 0.0 for flow in flows)
    assert last.predictions is not None
    assert last.service == deployed.serve.name
