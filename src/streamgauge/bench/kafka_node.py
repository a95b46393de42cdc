"""One real Apache Kafka node from the jars that Maven fetches; needs Java 17 and no Docker."""

import base64
import logging
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


@contextmanager
def kafka_node(cache: Path = CACHE, *, partitions: int = 4) -> Iterator[Kafka]:
    """Run a node while the block runs, on free loopback ports; its data is deleted at the end.

    The jars (43 MB) are kept under `cache` and fetched once.
    """
    jars = fetch(cache)
    for attempt in range(1, _ATTEMPTS + 1):
        with tempfile.TemporaryDirectory(prefix="kafka-data-", dir=cache) as data:
            try:
                node, kafka = _start(jars, Path(data), partitions)
            except UnavailableError:
                # Most likely a port that somebody took in the meantime; the log says.
                if attempt == _ATTEMPTS:
                    raise
                continue
            try:
                yield kafka
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
            told = subprocess.run(  # noqa: S603 - our own arguments, no shell
                command, capture_output=True, text=True, check=False, timeout=_FETCH_TIMEOUT
            )
        if told.returncode:
            raise UnavailableError(f"mvn could not fetch Kafka: {told.stdout[-1_000:]}")
        try:
            (Path(scratch) / "jars").rename(jars)
        except OSError:
            if not jars.exists():
                raise
    return jars


def _jars(cache: Path) -> Path:
    return cache / f"kafka-{version()}"


def _data(name: str) -> str:
    return (files(__package__) / name).read_text("utf-8")


def _start(jars: Path, data: Path, partitions: int) -> tuple[Child, Kafka]:
    broker = free_port()
    settings = data / "server.properties"
    settings.write_text(
        _data("server.properties").format(
            broker=broker,
            controller=free_port(),
            data=data.resolve() / "log",
            partitions=partitions,
        ),
        "utf-8",
    )
    java = ["java", _HEAP, "-Dorg.slf4j.simpleLogger.logFile=System.out", "-cp", f"{jars}/*"]
    cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()
    if cluster.startswith("-"):  # would be read as an option
        cluster = "A" + cluster[1:]
    storage = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(settings)]
    told = subprocess.run(  # noqa: S603 - our own arguments, no shell
        [*java, *storage], capture_output=True, text=True, check=False, timeout=_START_TIMEOUT
    )
    if told.returncode:
        raise UnavailableError(f"Kafka's storage tool: {(told.stdout + told.stderr)[-1_000:]}")
    node = Child("Kafka", [*java, "kafka.Kafka", settings], data / "kafka.log")
    try:
        wait_for_broker(node, f"127.0.0.1:{broker}", cluster, _START_TIMEOUT)
    except BaseException:
        node.stop()
        raise
    return node, Kafka(brokers=f"127.0.0.1:{broker}", partitions=partitions)
