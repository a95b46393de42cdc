"""One real Apache Kafka node from the jars that Maven fetches; needs Java 17 and no Docker."""

import base64
import logging
import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from streamgauge.child import Child
from streamgauge.embedded import free_port, wait_for_broker
from streamgauge.settings import Kafka, UnavailableError

_log = logging.getLogger(__name__)

CACHE = Path(".cache")
JAVA = 17
_HEAP = "-Xmx512m"
_START_TIMEOUT = 90.0
_FETCH_TIMEOUT = 600.0
_ATTEMPTS = 3
_DATA = "kafka-data-"


def version() -> str:
    """The version of Kafka that the jars are of, as pom.xml pins it."""
    found = re.search(r"<artifactId>kafka_2.13</artifactId>\s*<version>([^<]+)<", _data("pom.xml"))
    assert found
    return found[1]


def obstacle(cache: Path = CACHE) -> str | None:
    """Why no node can be started here; nothing when one can."""
    java = shutil.which("java")
    if java is None:
        return "there is no java"
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)  # noqa: S603 - the java of the PATH
    found = re.search(r'version "(\d+)', told.stderr)
    if found is None or int(found[1]) < JAVA:
        return f"java is older than {JAVA}"
    if not _jars(cache).exists() and shutil.which("mvn") is None:
        return "there is no mvn to fetch the jars with"
    return None


class Node:
    """A running node; it can be stopped or killed, and started again with the data it had."""

    def __init__(self, jars: Path, data: Path, partitions: int, properties: str) -> None:
        broker = free_port()
        self.kafka = Kafka(brokers=f"127.0.0.1:{broker}", partitions=partitions)
        self._settings = data / "server.properties"
        self._settings.write_text(
            (_data("server.properties") + properties).format(
                broker=broker,
                controller=free_port(),
                data=data.resolve() / "log",
                partitions=partitions,
            ),
            "utf-8",
        )
        self._java = ["java", _HEAP, "-Dorg.slf4j.simpleLogger.logFile=System.out"]
        self._java += ["-cp", f"{jars}/*"]
        self._cluster = base64.urlsafe_b64encode(b"A" + secrets.token_bytes(15)).decode()[:22]
        self._format()
        self._child = self._start()

    @property
    def pid(self) -> int:
        """The process id of the broker."""
        return self._child.pid

    def stop(self, *, kill: bool = False) -> None:
        """End it in good order, or by kill -9."""
        self._child.stop(grace=0.0 if kill else 15.0)

    def restart(self, *, kill: bool = False) -> None:
        """End it and start it again at the same address; returns when it answers."""
        self.stop(kill=kill)
        self._child = self._start()

    def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "-t", self._cluster, "-c"]
        told = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [*self._java, *tool, str(self._settings)],
            capture_output=True,
            text=True,
            check=False,
            timeout=_START_TIMEOUT,
        )
        if told.returncode:
            raise UnavailableError(f"Kafka's storage tool: {(told.stdout + told.stderr)[-1_000:]}")

    def _start(self) -> Child:
        log = self._settings.with_name("kafka.log")
        child = Child("Kafka", [*self._java, "kafka.Kafka", self._settings], log)
        try:
            wait_for_broker(child, self.kafka.brokers, self._cluster, _START_TIMEOUT)
        except BaseException:
            child.stop()
            raise
        return child


@contextmanager
def kafka_node(cache: Path = CACHE, *, partitions: int = 4, properties: str = "") -> Iterator[Node]:
    """Run a node while the block runs, on free loopback ports; its data is deleted at the end.

    The jars (43 MB) are kept under `cache` and fetched once. `properties` are further lines of
    server.properties; where a name comes twice, Kafka takes the later one.
    """
    jars = fetch(cache)
    _sweep(cache)
    for attempt in range(1, _ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(prefix=f"{_DATA}{os.getpid()}-", dir=cache) as data:
            try:
                node = Node(jars, Path(data), partitions, properties)
            except UnavailableError:
                # Most likely a port that somebody took in the meantime; the message says.
                if attempt == _ATTEMPTS:
                    raise
                continue
            try:
                yield node
            finally:
                node.stop()
            return


def fetch(cache: Path = CACHE) -> Path:
    """The folder with the jars; fetched by Maven when it is not there yet."""
    jars = _jars(cache)
    if jars.exists():
        return jars
    reason = obstacle(cache)
    if reason:
        raise UnavailableError(f"real Kafka: {reason}")
    cache.mkdir(parents=True, exist_ok=True)
    _log.info("fetching Apache Kafka %s with Maven, once, into %s", version(), jars)
    # Beside its place, then moved: two test runs at once both find all jars or none.
    with tempfile.TemporaryDirectory(prefix="jars-", dir=cache) as scratch:
        with as_file(files(__package__) / "pom.xml") as pom:
            command = ["mvn", "-B", "-q", "-f", str(pom), "dependency:copy-dependencies"]
            command += [f"-DoutputDirectory={Path(scratch).resolve() / 'jars'}"]
            try:
                told = subprocess.run(  # noqa: S603 - our own arguments, no shell
                    command, capture_output=True, text=True, check=False, timeout=_FETCH_TIMEOUT
                )
            except subprocess.TimeoutExpired:
                raise UnavailableError(f"mvn: no jars within {_FETCH_TIMEOUT:.0f} s") from None
        if told.returncode:
            raise UnavailableError(f"mvn could not fetch Kafka: {told.stdout[-1_000:]}")
        try:
            (Path(scratch) / "jars").rename(jars)
        except OSError:
            if not jars.exists():
                raise
    return jars


def _sweep(cache: Path) -> None:
    """Delete the data of nodes whose owner was killed before it could."""
    for data in cache.glob(f"{_DATA}*"):
        owner = data.name.removeprefix(_DATA).partition("-")[0]
        if owner.isdecimal() and not _runs(int(owner)):
            shutil.rmtree(data, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _jars(cache: Path) -> Path:
    return cache / f"kafka-{version()}"


def _data(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")
