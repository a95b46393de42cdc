"""A Kafka for benchmarks and tests: a real node where one can be started, else the embedded one."""

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from streamgauge.bench import kafka_node
from streamgauge.embedded import embedded_kafka
from streamgauge.settings import Kafka, UnavailableError

_log = logging.getLogger(__name__)


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a broker does of what a deployment needs; real Kafka does all."""

    metadata: bool = True
    log_append_time: bool = True
    max_message_bytes: bool = True
    delete_records: bool = True
    durable: bool = True


class Backing(msgspec.Struct, frozen=True):
    """A running broker: which one it is, in words, what it can do, and its process if known."""

    kafka: Kafka
    kind: str
    name: str
    capabilities: Capabilities = Capabilities()
    pid: int | None = None


EMBEDDED = Capabilities(
    metadata=False,
    log_append_time=False,
    max_message_bytes=False,
    delete_records=False,
    durable=False,
)


@contextmanager
def jars(cache: Path = kafka_node.CACHE) -> Iterator[Backing]:
    """Real Kafka from its jars."""
    with kafka_node.kafka_node(cache) as node:
        name = f"real Apache Kafka {kafka_node.version()} (jars)"
        yield Backing(node.kafka, "jars", name, pid=node.pid)


@contextmanager
def wheel(datadir: Path) -> Iterator[Backing]:
    """The embedded broker."""
    with embedded_kafka(datadir) as kafka:
        yield Backing(kafka, "embedded", "embedded broker (Tansu)", EMBEDDED)


@contextmanager
def best(datadir: Path, cache: Path = kafka_node.CACHE) -> Iterator[Backing]:
    """Real Kafka if it can be started here, else the embedded broker; `name` says which it is."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(jars(cache))
        except UnavailableError as error:
            _log.warning("%s: using the embedded broker", error)
            started = stack.enter_context(wheel(datadir))
        yield started
