import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psutil
import pytest
import redis
from confluent_kafka import Consumer, Producer

from streamgauge.embedded import embedded, embedded_kafka, embedded_redis, free_port
from streamgauge.producers.connection import wait_for_kafka, wait_for_redis
from streamgauge.producers.provision import provision
from streamgauge.settings import UnavailableError

PARENT = """
import sys, time
from pathlib import Path
from streamgauge.embedded import embedded
try:
    with embedded(Path(sys.argv[1])) as stack:
        print(*stack.pids, flush=True)
        time.sleep(600)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def until(condition: Callable[[], object], timeout: float = 60.0) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_port_is_given_once_and_none_that_is_taken_or_that_a_connection_may_get() -> None:
    ports = [free_port() for _ in range(100)]
    assert len(set(ports)) == 100
    assert all(port < 32_768 for port in ports)
    with socket.create_server(("127.0.0.1", ports[-1])):
        assert ports[-1] not in [free_port() for _ in range(300)]


def test_both_answer_and_end_with_the_block(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), embedded(tmp_path, partitions=3) as stack:
        wait_for_kafka(stack.kafka)
        wait_for_redis(stack.redis)
        stack.check()
        pids = stack.pids
        assert len(pids) == 2
        assert stack.kafka.partitions == 3
    assert all(gone(pid) for pid in pids)
    assert "nothing is kept" in caplog.text
    assert {"kafka.log", "redis.log"} <= {path.name for path in tmp_path.iterdir()}


def test_records_and_keys_go_through(tmp_path: Path) -> None:
    with embedded(tmp_path, partitions=1) as stack:
        provision(stack.kafka)
        producer = Producer(stack.kafka.confluent())
        producer.produce("predictions", b"hello")
        assert producer.flush(60) == 0
        options = {"group.id": "g", "auto.offset.reset": "earliest", "session.timeout.ms": 6_000}
        with closing(Consumer({**stack.kafka.confluent(), **options})) as consumer:
            consumer.subscribe(["predictions"])
            message = consumer.poll(20)
            assert message is not None
            assert message.value() == b"hello"
        with redis.from_url(stack.redis.url) as store:
            store.set("a", "1")
            assert store.get("a") == b"1"


def test_they_listen_on_the_loopback_only(tmp_path: Path) -> None:
    with embedded(tmp_path) as stack:
        for pid in stack.pids:
            listening = [
                connection.laddr.ip
                for connection in psutil.Process(pid).net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            ]
            assert listening == ["127.0.0.1"]


def test_two_stacks_do_not_meet(tmp_path: Path) -> None:
    with embedded(tmp_path / "a") as one, embedded(tmp_path / "b") as two:
        assert one.kafka.brokers != two.kafka.brokers
        assert one.redis.url != two.redis.url


def test_one_of_both_can_run_alone(tmp_path: Path) -> None:
    with embedded_kafka(tmp_path) as kafka, embedded_redis(tmp_path) as store:
        wait_for_kafka(kafka)
        wait_for_redis(store)


@pytest.mark.parametrize(("place", "name"), [(0, "embedded Kafka"), (1, "embedded Redis")])
def test_a_death_is_noticed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, place: int, name: str
) -> None:
    with caplog.at_level(logging.ERROR), embedded(tmp_path) as stack:
        os.kill(stack.pids[place], signal.SIGKILL)
        until(lambda: name in caplog.text)
        with pytest.raises(UnavailableError, match=f"{name} was killed by signal 9"):
            stack.check()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of the killed")
def test_kill_9_of_the_parent_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 2
        parent.kill()
    until(lambda: all(gone(pid) for pid in pids))


def test_ctrl_c_stops_all_in_good_order(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        # A terminal sends the signal to the whole group, as this does.
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.readline() == "stopped\n"
        assert parent.wait(60) == 0
    assert all(gone(pid) for pid in pids)
