"""Fixtures that are real: Kafka in three backings, Redis, an empty deployment, the browser."""

import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from tests.order import (  # noqa: F401 -- pytest finds its hooks here
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from tests.requirement import (  # noqa: F401 -- pytest finds its hooks here
    program,
    pytest_runtest_makereport,
    required,
)

from streamgauge.bench import backing as backings
from streamgauge.bench import kafka_node
from streamgauge.bench.backing import Backing, Capabilities
from streamgauge.embedded import free_port, start_redis
from streamgauge.producers.provision import provision
from streamgauge.settings import (
    Alerting,
    Dashboard,
    Kafka,
    Receipt,
    Redis,
    Serve,
    Settings,
    Worker,
)

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache"
CHOICE = "STREAMGAUGE_KAFKA_BACKING"
TIER = pytest.StashKey[str]()

# A broker lives for seconds: to optimise its code would cost more than half of what it needs.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
# No wait is shorter: to give up sooner says that the machine is busy, and nothing of the code.
PATIENCE_S = 240.0
# So does an example that takes long. The examples are the same in each run.
hypothesis_settings.register_profile(
    "busy", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
hypothesis_settings.load_profile("busy")


# --- Kafka -------------------------------------------------------------------------------------


def docker_answers() -> bool:
    """A docker command may be there without an engine, so the engine is asked."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    with socket.socket(socket.AF_UNIX) as probe:
        # The library leaves its socket open when nobody listens.
        if address.startswith("unix://") and probe.connect_ex(address.removeprefix("unix://")):
            return False
    import docker  # type: ignore[import-untyped]  # comes with testcontainers, without types

    try:
        with closing(docker.from_env(timeout=3)) as client:
            return bool(client.ping())
    except docker.errors.DockerException:
        return False


@contextmanager
def container(version: str) -> Iterator[Backing]:
    from testcontainers.core.container import DockerContainer

    port = free_port()
    node = DockerContainer(f"apache/kafka:{version}").with_bind_ports(9092, port)
    host = node.get_container_host_ip()
    for name, value in {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{host}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }.items():
        node = node.with_env(name, value)
    with node:
        kafka = Kafka(brokers=f"{host}:{port}")
        admin = AdminClient({**kafka.confluent(), "log_level": 0})
        wait_until(lambda: _answers(admin), 60, "the Kafka container answers")
        yield Backing(kafka, "container", f"real Apache Kafka {version} (container)")


def _answers(admin: AdminClient) -> bool:
    try:
        return bool(admin.list_topics(timeout=2).brokers)
    except KafkaException:
        return False


@pytest.fixture(scope="session")
def backing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backing]:
    """The broker of this run: what it is and what it can do."""
    starts: dict[str, Callable[[], AbstractContextManager[Backing]]] = {
        "container": lambda: container(kafka_node.version()),
        "jars": lambda: backings.jars(CACHE),
        "embedded": lambda: backings.wheel(tmp_path_factory.mktemp("kafka")),
    }
    forced = os.environ.get(CHOICE)
    if forced and forced not in starts:
        pytest.exit(f"{CHOICE}={forced}: expected container, jars or embedded", returncode=2)
    kinds = [forced] if forced else list(starts)
    failures = []
    with ExitStack() as stack:
        for kind in kinds:
            try:
                reason = _obstacle(kind)
                started = None if reason else stack.enter_context(starts[kind]())
            except Exception as error:
                # An image or jar that cannot be fetched: the next kind may still do.
                reason = str(error)
            if reason is None and started is not None:
                break
            failures.append(f"{kind}: {reason}")
        else:
            pytest.exit(f"no Kafka; {'; '.join(failures)}", returncode=1)
        request.config.stash[TIER] = "; no ".join([started.name, *failures])
        yield started


def _obstacle(kind: str) -> str | None:
    """Why this kind of Kafka cannot be had here."""
    if kind == "container":
        return None if docker_answers() else "no Docker engine answers"
    if kind == "jars":
        return kafka_node.obstacle(CACHE)
    return "REQUIRE_KAFKA asks for a real one" if required("KAFKA") else None


@pytest.fixture(scope="session")
def kafka(backing: Backing) -> Kafka:
    """Where the broker of this run is."""
    return backing.kafka


@pytest.fixture(scope="session")
def capabilities(backing: Backing) -> Capabilities:
    """What that broker can do."""
    return backing.capabilities


@pytest.fixture(scope="session")
def needs(backing: Backing) -> Callable[[str], None]:
    """Say which capability of the broker a test is about; without it the test does not apply."""

    def check(capability: str) -> None:
        if not getattr(backing.capabilities, capability):
            pytest.skip(f"{backing.name} cannot: {capability}")

    return check


def pytest_sessionfinish(session: pytest.Session) -> None:
    told: dict[str, str] | None = getattr(session.config, "workeroutput", None)
    if told is not None and TIER in session.config.stash:
        told["tier"] = session.config.stash[TIER]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over from one of several processes which Kafka it had."""
    if tier := getattr(node, "workeroutput", {}).get("tier"):
        node.config.stash[TIER] = tier


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if TIER in config.stash:
        terminalreporter.write_line(f"Kafka tier: {config.stash[TIER]}")


# --- Redis and a deployment --------------------------------------------------------------------


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis: the system's, else Valkey from the wheel."""
    system = shutil.which("redis-server")
    child, url = start_redis(tmp_path_factory.mktemp("redis"), Path(system) if system else None)
    yield url
    child.stop()


@pytest.fixture
def deployment(kafka: Kafka, redis_url: str, tmp_path: Path) -> Settings:
    """Settings of an empty deployment: all topics new, Redis flushed, every port free."""
    import redis

    recreate_topics(kafka)
    with redis.from_url(redis_url) as store:
        store.flushall()
    return Settings(
        kafka=kafka,
        redis=Redis(url=redis_url),
        receipt=Receipt(keys="k1:a-test-key"),
        worker=Worker(port=free_port(), datadir=tmp_path / "worker"),
        serve=Serve(port=free_port(), artifacts=tmp_path / "models"),
        dashboard=Dashboard(port=free_port()),
        alerting=Alerting(port=free_port()),
    )


def recreate_topics(kafka: Kafka) -> None:
    """Delete all topics and idle groups, and return when the new topics can be written to."""
    admin = AdminClient({**kafka.confluent(), "log_level": 0})

    def present() -> set[str]:
        return {name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")}

    groups = [group.group_id for group in admin.list_consumer_groups().result().valid]
    for deleted in admin.delete_consumer_groups(groups).values() if groups else ():
        # Where somebody is still in a group, its offsets go with the topics.
        with suppress(KafkaException):
            deleted.result()
    if old := present():
        for deleted in admin.delete_topics(list(old)).values():
            deleted.result()
        wait_until(lambda: not present(), 30, "the old topics are gone")
    provision(kafka)


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of both scan models: version 1, the champion, and version 2. Read only."""
    from streamgauge.models.generate import generate
    from streamgauge.models.train import train

    root = tmp_path_factory.mktemp("artifacts")
    history, models = root / "scan_history.jsonl", root / "models"
    generate(out=history)
    for version in ("1", "2"):
        train(data=history, out=models, version=version, plots=False)
    return models


# --- Programs of the system --------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser."""
    return program("BROWSER", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def promtool() -> str:
    """The path of Prometheus' tool."""
    return program("PROMETHEUS", "promtool")


@pytest.fixture(scope="session")
def amtool() -> str:
    """The path of Alertmanager's tool."""
    return program("PROMETHEUS", "amtool")


@pytest.fixture(scope="session")
def alertmanager_binary() -> str:
    """The path of Alertmanager, as Debian names it."""
    return program("PROMETHEUS", "prometheus-alertmanager")


def wait_until(condition: Callable[[], object], timeout: float, what: str) -> None:
    """Return once the condition holds; fail saying what did not come."""
    limit = max(timeout, PATIENCE_S)
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {limit:.0f} s: {what}")
        time.sleep(0.05)
