"""Where `bench exact` takes place: the broker, and where each worker finds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from streamgauge.bench import backing
from streamgauge.bench.exact_crew import Place
from streamgauge.bench.exact_proxy import Proxy
from streamgauge.bench.kafka_node import CACHE, Node, kafka_node, version
from streamgauge.embedded import free_port
from streamgauge.settings import Kafka

_PROXIED = """
listeners=PLAINTEXT://127.0.0.1:{{broker}},CONTROLLER://127.0.0.1:{{controller}},\
PROXY://127.0.0.1:{behind}
advertised.listeners=PLAINTEXT://127.0.0.1:{{broker}},PROXY://127.0.0.1:{before}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXY:PLAINTEXT
"""


class Stage(msgspec.Struct, frozen=True):
    """A broker for the load, a place for each worker, and what faults need, if they are asked."""

    name: str
    kafka: Kafka
    places: tuple[Place, ...]
    node: Node | None = None
    proxy: Proxy | None = None


@contextmanager
def plain(folder: Path, workers: int) -> Iterator[Stage]:
    """The best Kafka there is."""
    with backing.best(folder) as broker:
        can_delete = broker.capabilities.delete_records
        kafka = msgspec.structs.replace(broker.kafka, can_delete=can_delete)
        yield Stage(broker.name, kafka, _places([kafka] * workers))


@contextmanager
def breakable(workers: int) -> Iterator[Stage]:
    """A Kafka that can be killed, and a line to it that can fail for the last worker."""
    behind, before = free_port(), free_port()
    proxy = Proxy(before, behind)
    properties = _PROXIED.format(behind=behind, before=before)
    with proxy.running(), kafka_node(CACHE, properties=properties) as node:
        far = msgspec.structs.replace(node.kafka, brokers=f"127.0.0.1:{before}")
        places = _places([*[node.kafka] * (workers - 1), far])
        name = f"real Apache Kafka {version()} (jars)"
        yield Stage(name, node.kafka, places, node, proxy)


def _places(kafkas: list[Kafka]) -> tuple[Place, ...]:
    return tuple(Place(kafka, name=f"exact-{number}") for number, kafka in enumerate(kafkas))
