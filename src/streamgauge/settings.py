"""Settings: one TOML file with `STREAMGAUGE_*` on top, checked before anything starts."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from streamgauge.business import Business, Cost, Experiment, Sla, Word
from streamgauge.contracts.receipt import DAY_MS, Receipts
from streamgauge.detection import Detection
from streamgauge.join import Join
from streamgauge.oncall import Alerting, SlackUser
from streamgauge.retention import Archive, Keep
from streamgauge.section import (
    InputError,
    Port,
    Section,
    SettingsError,
    UnavailableError,
    read,
    secret,
)

__all__ = [
    "Alerting",
    "Archive",
    "Business",
    "Cost",
    "Detection",
    "Experiment",
    "InputError",
    "Keep",
    "SettingsError",
    "Sla",
    "SlackUser",
    "UnavailableError",
    "chosen_port",
    "load",
]

Positive = Annotated[int, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

# The dimension by which the arms of experiments are told apart.
ARM = "arm"
_NO_ARMS = f'predictions know no arms here: put "{ARM}" into window.dimensions'


class Kafka(Section, frozen=True):
    """Where Kafka is and how to log in. Secrets come from the environment or from files."""

    brokers: str = "127.0.0.1:9092"
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: str | None = None
    sasl_password_file: Path | None = None
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_key_password: str | None = None
    partitions: Positive = 4
    replication: Positive = 1
    session_timeout: Seconds = 6.0
    start_timeout: Seconds = 60.0
    # The embedded broker drops the connection when it is asked to delete records.
    can_delete: bool = True

    def password(self) -> str | None:
        """The SASL password, from its file if one is named."""
        return secret(self.sasl_password, self.sasl_password_file)

    def confluent(self) -> dict[str, Any]:
        """The connection in librdkafka's names.

        >>> Kafka(brokers="k:1").confluent()["bootstrap.servers"]
        'k:1'
        """
        options: dict[str, Any] = {
            "bootstrap.servers": self.brokers,
            "security.protocol": self.security_protocol,
        }
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl.mechanisms": self.sasl_mechanism,
                "sasl.username": self.sasl_username,
                "sasl.password": self.password(),
            }
        files = {
            "ssl.ca.location": self.ssl_cafile,
            "ssl.certificate.location": self.ssl_certfile,
            "ssl.key.location": self.ssl_keyfile,
        }
        options |= {name: str(path) for name, path in files.items() if path}
        if self.ssl_key_password:
            options["ssl.key.password"] = self.ssl_key_password
        return options


class Redis(Section, frozen=True):
    """Where Redis is; `rediss://` for TLS."""

    url: str = "redis://127.0.0.1:6379/0"
    username: str | None = None
    password: str | None = None
    password_file: Path | None = None
    ssl_cafile: Path | None = None
    start_timeout: Seconds = 60.0

    def options(self) -> dict[str, Any]:
        """Arguments for `redis.from_url` beside the address."""
        options: dict[str, Any] = {"username": self.username}
        options["password"] = secret(self.password, self.password_file)
        if self.ssl_cafile:
            options["ssl_ca_certs"] = str(self.ssl_cafile)
        return {name: value for name, value in options.items() if value is not None}


class Receipt(Section, frozen=True):
    """Keys that sign receipts, `name:secret` separated by commas, the current one first."""

    keys: str | None = None
    keys_file: Path | None = None
    horizon_days: Positive = 35

    def desk(self) -> Receipts | None:
        """Who issues and checks receipts; nobody where no key is set."""
        raw = secret(self.keys, self.keys_file)
        if not raw:
            return None
        pairs = [part.strip().partition(":") for part in raw.split(",")]
        try:
            return Receipts(
                {name: secret.encode() for name, _, secret in pairs}, self.horizon_days * DAY_MS
            )
        except ValueError as error:
            raise SettingsError(f"receipt.keys: {error}") from None


class Window(Section, frozen=True):
    """Widths and waiting times of the windows, in seconds; by which dimensions to measure.

    A dimension is one of an event's `dimensions`, or its field `endpoint`, `experiment` or `arm`.
    Values of a dimension that are `declared` are kept by name first, and with their features.
    """

    width: Seconds = 60.0
    delay: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    lateness: Annotated[float, msgspec.Meta(ge=0)] = 600.0
    flush: Seconds = 0.5
    publish: Seconds = 1.0
    tick: Seconds = 5.0
    idle: Seconds = 10.0
    max_age: Seconds = 7 * 86_400.0
    max_ahead: Seconds = 60.0
    dimensions: tuple[str, ...] = (
        "environment",
        "region",
        "segment",
        "feature_group",
        "cohort",
        "endpoint",
        "experiment",
        "arm",
    )
    declared: dict[str, tuple[str, ...]] = {}


class Worker(Section, frozen=True):
    """Where the worker answers health checks and keeps its files.

    `instance` names this worker among all others; one that comes back under its name after a crash
    gets its partitions at once, instead of after the session timeout (static membership). A
    `generation` counts anew beside the one without a name, see `streamgauge reprocess`.
    """

    host: str = "127.0.0.1"
    port: Port = 8004
    datadir: Path = Path("var/worker")
    instance: str | None = None
    generation: str = ""


class Serve(Section, frozen=True):
    """The inference service. `faults` lets a request ask for a fault: for drills and demos only.

    `max_body` is the largest request in bytes.
    """

    host: str = "127.0.0.1"
    port: Port = 8002
    name: str = "inference"
    artifacts: Path = Path("var/models")
    cors: tuple[str, ...] = ()
    faults: bool = False
    heartbeat: Seconds = 5.0
    max_rows: Positive = 1_000
    max_body: Positive = 1_048_576


class Client(Section, frozen=True):
    """What leaves a service: which fields, and the key that turns users into pseudonyms."""

    fields: tuple[str, ...] | None = None
    pseudonym_key: str | None = None
    pseudonym_key_file: Path | None = None
    queue: Positive = 100_000

    def key(self) -> bytes | None:
        """The key of the hash, if any; without one, user and session are left out."""
        key = secret(self.pseudonym_key, self.pseudonym_key_file)
        return key.encode() if key else None


class Dashboard(Section, frozen=True):
    """Where the page is. `token` guards all that changes state."""

    host: str = "127.0.0.1"
    port: Port = 8003
    token: str | None = None
    token_file: Path | None = None

    def secret(self) -> str | None:
        """The operator's token, if one is set."""
        return secret(self.token, self.token_file)


class Settings(Section, frozen=True):
    """All settings of all processes."""

    kafka: Kafka = Kafka()
    redis: Redis = Redis()
    receipt: Receipt = Receipt()
    join: Join = Join()
    window: Window = Window()
    worker: Worker = Worker()
    serve: Serve = Serve()
    client: Client = Client()
    alerting: Alerting = Alerting()
    dashboard: Dashboard = Dashboard()
    archive: Archive = Archive()
    detection: Detection = Detection()
    sla: Sla = Sla()
    cost: Cost = Cost()
    business: dict[Word, Business] = {}
    experiments: dict[str, Experiment] = {}
    log_format: Literal["auto", "json", "console"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    def __post_init__(self) -> None:
        if ARM in self.window.dimensions:
            return
        for name, figure in self.business.items():
            if figure.source == "predictions":
                place = f"`$.business.{name}"
                if figure.control is not None:
                    raise ValueError(f"{_NO_ARMS} - at {place}.control`")
                if figure.change is not None and figure.baseline is None:
                    raise ValueError(f"{_NO_ARMS}, or give a baseline - at {place}.change`")


def chosen_port(asked: int | None, usual: int) -> int:
    """The port that the command line asks for, or the usual one.

    >>> chosen_port(None, 8002), chosen_port(9002, 8002)
    (8002, 9002)
    """
    if asked is not None and not 1 <= asked <= 65_535:
        raise InputError(f"--port {asked}: expected 1 to 65535")
    return usual if asked is None else asked


def load(path: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Settings from a file (or `STREAMGAUGE_CONFIG`) with the environment on top.

    `STREAMGAUGE_KAFKA__BROKERS` sets `kafka.brokers`; two underscores step into a section.

    >>> load(environ={"STREAMGAUGE_KAFKA__BROKERS": "k:1"}).kafka.brokers
    'k:1'
    """
    return read(Settings, path, environ)
