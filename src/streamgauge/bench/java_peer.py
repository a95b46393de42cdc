"""Peers in Java: built by Maven from benchmarks/peers of a checkout when they are asked for."""

import logging
import os
import shutil
import subprocess
from pathlib import Path

from streamgauge.bench import kafka_node
from streamgauge.bench.peer.report import Job
from streamgauge.settings import InputError, UnavailableError

_log = logging.getLogger(__name__)

PEERS = {
    "kafka-streams": "KafkaStreamsPeer",
    "kafka-streams-processor": "KafkaStreamsProcessorPeer",
    "flink": "FlinkPeer",
    "flink-chained": "FlinkChainedPeer",
}
SOURCES = Path(__file__).parents[3] / "benchmarks" / "peers"
_BUILD_S = 900.0
_HEAP = "-Xmx2g"
# One processor: the JVM chooses its collector and its number of threads by it.
_JVM = [_HEAP, "-XX:ActiveProcessorCount=1", "-XX:+UseSerialGC"]
# Flink reflects on these; Java 17 wants to be told.
_OPEN = ["java.lang", "java.util", "java.util.concurrent", "java.net", "java.time"]


def obstacle() -> str | None:
    """Why no Java peer can run here; nothing when they can."""
    if not (SOURCES / "pom.xml").is_file():
        return "its sources are in benchmarks/peers of the repository, and this is no checkout"
    return kafka_node.obstacle(Path(os.devnull))


def build(names: list[str]) -> None:
    """Compile what changed; the jars of others are fetched once, into the checkout."""
    if not (SOURCES / "pom.xml").is_file():
        raise InputError(f"--peers {names[0]}: {obstacle()}")
    if reason := obstacle():
        raise UnavailableError(f"--peers {names[0]}: {reason}")
    if all(_built(name) for name in names):
        return
    _log.info("building %s with Maven", ", ".join(names))
    for name in ("work", *names):
        # Maven adds and takes nothing away: what an older version had would be on the class path.
        shutil.rmtree(SOURCES / name / "target", ignore_errors=True)
    command = ["mvn", "-B", "-q", "-f", str(SOURCES / "pom.xml"), "package", "-am"]
    command += ["-pl", ",".join(names), f"-Dmaven.repo.local={_cache() / 'maven'}"]
    try:
        told = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command, capture_output=True, text=True, check=False, timeout=_BUILD_S
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"mvn: no peers within {_BUILD_S:.0f} s") from None
    if told.returncode:
        raise UnavailableError(f"mvn could not build the peers: {told.stdout[-2_000:]}")


def command(name: str, job: Job) -> list[str]:
    """The command line of a peer that is built."""
    target = SOURCES / name / "target"
    opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPEN]
    arguments = [job.brokers, job.topic, job.total, job.warm, job.work, job.features]
    return [
        "java",
        *_JVM,
        *opened,
        "-cp",
        f"{target / f'{name}-1.jar'}:{target / 'jars'}/*",
        f"streamgauge.peer.{PEERS[name]}",
        *map(str, arguments),
    ]


def _built(name: str) -> bool:
    jar = SOURCES / name / "target" / f"{name}-1.jar"
    if not jar.is_file():
        return False
    made = jar.stat().st_mtime
    sources = [*SOURCES.glob("work/src/**/*.java"), *SOURCES.glob(f"{name}/src/**/*.java")]
    sources += [*SOURCES.glob("**/pom.xml")]
    return all(source.stat().st_mtime <= made for source in sources)


def _cache() -> Path:
    return SOURCES.parents[1] / ".cache"
