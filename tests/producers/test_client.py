import os
import subprocess
import sys
import textwrap
import threading
import time
import uuid
from collections.abc import Callable

import numpy as np
import pytest
from confluent_kafka import KafkaError, Message
from tests.requirement import allowed

from streamgauge.contracts.codec import decode
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.heartbeat import Heartbeat
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.usage import Usage
from streamgauge.producers.client import Client, Counters
from streamgauge.producers.pseudonym import pseudonyms
from streamgauge.settings import Kafka

NOW = 1_790_000_000_000
NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
Read = Callable[..., list[Message]]


def prediction(**fields: object) -> Prediction:
    given = {"id": uuid.uuid4().hex, "ts": NOW, "model": "m", "version": "1", **fields}
    return Prediction(**given)  # type: ignore[arg-type]  # the tests' own fields


def keyed(key: str) -> Callable[[Message], bool]:
    return lambda message: message.key() == key.encode()


def test_each_event_goes_to_its_topic_under_its_key(broker: Kafka, read: Read) -> None:
    hide = pseudonyms(b"k")
    mark = uuid.uuid4().hex
    events: list[tuple[str, str, Event]] = [
        ("predictions", mark, prediction(id=mark, features={"a": 1.5})),
        ("outcomes", mark, Outcome(id="o", ts=NOW, prediction_id=mark, truth=2.0)),
        ("feedback", hide(mark), Feedback(id="f", ts=NOW, session=mark, kind="suggestion")),
        ("usage", hide(mark), Usage(id="u", ts=NOW, session=mark, event="session_start")),
        ("heartbeats", mark, Heartbeat(ts=NOW, service=mark, instance="i", healthy=True)),
    ]
    with Client(broker.confluent(), service=mark, pseudonym_key=b"k") as client:
        assert all(client.emit(event) for _, _, event in events)
        assert client.flush(60) == 0
        assert client.counters == Counters(5, 0, 0)
    for topic, key, event in events:
        record = read(topic, 1, keyed(key))[0]
        sent = decode(type(event), record.value() or b"")
        headers = dict(record.headers() or [])
        assert headers["ce_type"] == f"streamgauge.{type(event).__name__.lower()}.v1".encode()
        assert ("ce_id" in headers) is (topic not in {"predictions", "outcomes"})
        if topic in {"predictions", "outcomes", "heartbeats"}:
            assert sent == event


def test_users_and_sessions_leave_as_hashes_and_only_allowed_features_leave(
    broker: Kafka, read: Read
) -> None:
    hide = pseudonyms(b"k")
    event = prediction(user="ada", session="s1", features={"age": 3.0, "name": "ada"})
    with Client(broker.confluent(), service="s", fields=["age"], pseudonym_key=b"k") as client:
        client.emit(event)
        assert client.flush(60) == 0
    raw = read("predictions", 1, keyed(event.id))[0].value() or b""
    sent = decode(Prediction, raw)
    assert (sent.user, sent.session) == (hide("ada"), hide("s1"))
    assert sent.features == {"age": 3.0}
    assert b'"ada"' not in raw


def test_without_a_key_no_trace_of_a_person_leaves(broker: Kafka, read: Read) -> None:
    event = prediction(user="ada", session="s1")
    rating = Feedback(id="f", ts=NOW, session="s1", user="ada", kind="suggestion", model=event.id)
    with Client(broker.confluent(), service="s") as client:
        client.emit(event)
        client.emit(rating)
        assert client.flush(60) == 0
    sent = decode(Prediction, read("predictions", 1, keyed(event.id))[0].value() or b"")
    assert (sent.user, sent.session) == (None, None)

    def ours(message: Message) -> bool:
        return event.id.encode() in (message.value() or b"")

    told = decode(Feedback, read("feedback", 1, ours)[0].value() or b"")
    assert told.user is None
    assert told.session not in {"s1", pseudonyms(b"")("s1")}


def test_numbers_of_numpy_are_sent_as_numbers(broker: Kafka, read: Read) -> None:
    event = prediction(features={"a": np.float32(1.5), "b": np.int64(2)}, prediction=np.float64(3))
    with Client(broker.confluent(), service="s") as client:
        assert client.emit(event)
        assert client.flush(60) == 0
    sent = decode(Prediction, read("predictions", 1, keyed(event.id))[0].value() or b"")
    assert (sent.features, sent.prediction) == ({"a": 1.5, "b": 2}, 3.0)


@pytest.mark.parametrize(
    "event",
    [
        prediction(features={"a": object()}),
        prediction(features={"a": float}),
        prediction(features=None, user="ada"),
        object(),
        None,
    ],
)
def test_what_cannot_be_written_is_counted_and_never_raises(event: Event) -> None:
    client = Client(NOWHERE, service="s", fields=["a"])
    try:
        assert not client.emit(event)
        assert client.counters == Counters(0, 0, 1)
    finally:
        client.close(0.1)


def test_with_kafka_absent_emit_returns_at_once_and_drops_what_does_not_fit() -> None:
    client = Client(NOWHERE, service="s", queue=100)
    started = time.monotonic()
    taken = [client.emit(prediction()) for _ in range(300)]
    assert time.monotonic() - started < allowed(1)
    assert (taken.count(True), taken.count(False)) == (100, 200)
    assert client.counters == Counters(0, 200, 0)
    client.close(0.1)
    # What was still queued at the end is lost, and the client says so.
    assert client.counters == Counters(0, 200, 100)


def test_a_closed_client_counts_what_it_is_given() -> None:
    client = Client(NOWHERE, service="s")
    client.close(0.1)
    client.close(0.1)
    assert not client.emit(prediction())
    assert client.counters.dropped == 1


def test_threads_may_share_a_client(broker: Kafka) -> None:
    with Client(broker.confluent(), service="s") as client:

        def work() -> None:
            for _ in range(500):
                client.emit(prediction())

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert client.flush(60) == 0
        assert client.counters == Counters(2_000, 0, 0)


def test_a_heartbeat_carries_the_counters(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex
    with Client(broker.confluent(), service=mark, instance="i1") as client:
        client.emit(prediction())
        assert not client.emit(prediction(features={"a": object()}))
        assert client.heartbeat()
        client.flush(60)
        assert client.heartbeat(healthy=False, models={"m@1": True})
        assert not client.heartbeat(colour="red")
    beat = decode(Heartbeat, read("heartbeats", 2, keyed(mark))[1].value() or b"")
    assert (beat.instance, beat.healthy, beat.models) == ("i1", False, {"m@1": True})
    # The first heartbeat was an event, too, and no prediction.
    assert (beat.sent, beat.dropped, beat.failed, beat.predictions) == (2, 0, 1, 1)


def test_an_unknown_option_of_librdkafka_is_told_at_the_start() -> None:
    with pytest.raises(ValueError, match=r"no\.such\.option"):
        Client({"bootstrap.servers": "127.0.0.1:1", "no.such.option": "1"}, service="s")


def test_a_producer_that_kafka_refused_for_good_is_replaced(broker: Kafka) -> None:
    with Client(broker.confluent(), service="s") as client:
        client.emit(prediction())
        client.flush(60)
        before = client._producer
        client._on_error(KafkaError(KafkaError._FATAL, "sequence lost", fatal=True))
        deadline = time.monotonic() + 60
        while client._producer is before:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert client.emit(prediction())
        assert client.flush(60) == 0
        assert client.counters == Counters(2, 0, 0)


def run(script: str, broker: Kafka, mark: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env={**os.environ, "BROKERS": broker.brokers, "MARK": mark},
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return done.stdout


SCRIPT = """
    import os
    from streamgauge.contracts.prediction import Prediction
    from streamgauge.producers.client import Client
    def event(n):
        return Prediction(id=os.environ["MARK"] + str(n), ts=1_790_000_000_000, model="m",
                          version="1")
    client = Client(os.environ["BROKERS"], service="s")
"""


def test_what_is_queued_when_the_process_ends_is_still_sent(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex
    run(SCRIPT + "    client.emit(event(0))\n", broker, mark)
    assert read("predictions", 1, keyed(mark + "0"))


def test_a_forked_child_sends_over_a_connection_of_its_own(broker: Kafka, read: Read) -> None:
    mark = uuid.uuid4().hex
    told = run(
        SCRIPT
        + """
    client.emit(event(0))
    child = os.fork()
    client.emit(event(1 if child else 2))
    client.flush(60)
    if child:
        os.waitpid(child, 0)
    print(client.counters.sent, flush=True)
    """,
        broker,
        mark,
    )
    assert sorted(told.split()) == ["1", "2"]
    found = read("predictions", 3, lambda m: (m.key() or b"").startswith(mark.encode()))
    assert sorted((m.key() or b"").decode()[-1] for m in found) == ["0", "1", "2"]
