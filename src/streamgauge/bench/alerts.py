"""How soon people are told, and what a storm of alerts does: `bench alerts`."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from streamgauge.bench import backing
from streamgauge.bench.alerts_load import FEATURES, MODELS, SEGMENTS, Load
from streamgauge.bench.outcome import Outcome
from streamgauge.child import Child
from streamgauge.embedded import free_port
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, UnavailableError

_LOOK_S = 0.05
_PATIENCE_S = 60.0
_WAIT_S = 2.0
_MAILS = 3_000
# So long after its first page a storm may bring more.
_STORM_S = 10.0
_CONFIGURATION = """
global:
  smtp_smarthost: 127.0.0.1:{mail}
  smtp_from: alerts@example.org
  smtp_require_tls: false
route:
  receiver: webhook
  group_by: ["..."]
  group_wait: 0s
  group_interval: 5m
  routes:
    - {{matchers: ['channel="pagerduty"'], receiver: pagerduty}}
    - {{matchers: ['channel="email"'], receiver: email}}
    - matchers: ['channel="storm"']
      receiver: storm
      group_by: [alertname, model]
      group_wait: {wait}s
receivers:
  - name: webhook
    webhook_configs: [{{url: "http://127.0.0.1:{webhook}/hook"}}]
  - name: pagerduty
    pagerduty_configs:
      - {{routing_key_file: routing, url: "http://127.0.0.1:{pagerduty}/v2/enqueue"}}
  - name: email
    email_configs: [{{to: ops@example.org}}]
  - name: storm
    pagerduty_configs:
      - {{routing_key_file: routing, url: "http://127.0.0.1:{pager}/v2/enqueue"}}
    slack_configs: [{{api_url_file: slack}}]
streamgauge:
  hosts: [127.0.0.1/32]
"""


class Ports(msgspec.Struct, frozen=True):
    """Where each end is."""

    webhook: int
    pagerduty: int
    pager: int
    slack: int
    mail: int


def run(*, seconds: float = 12.0) -> Outcome:
    """Both rates for `seconds` each, a burst of mail, a storm."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        broker = stack.enter_context(backing.best(folder))
        provision(broker.kafka)
        ports = stack.enter_context(_ends(folder))
        load = Load(broker.kafka)
        figures: dict[str, float] = {}
        with _notifier(broker.kafka, folder, ports):
            _warm_up(load, folder, ports)
            both = ("webhook", "pagerduty")
            for rate in (20, 1_000):
                sent = load.paced(both, rate, seconds)
                delays = _delays(folder, ports, sent)
                figures[f"p50_ms_at_{rate}"] = _quantile(delays, 0.5)
                figures[f"p99_ms_at_{rate}"] = _quantile(delays, 0.99)
                figures[f"alerts_at_{rate}"] = float(len(delays))
            load.burst("email", _MAILS)
            mails = _arrivals(folder, ports.mail, _MAILS)
            figures["email_per_s"] = (_MAILS - 1) / (mails[-1][0] - mails[0][0])
        with _notifier(broker.kafka, folder, ports) as child:
            figures |= _storm(load, folder, ports, child)
    return Outcome(figures=figures, notes=[broker.name, f"{os.cpu_count()} cores"])


def _storm(load: Load, folder: Path, ports: Ports, child: Child) -> dict[str, float]:
    begun, ended = load.storm()
    first = _arrivals(folder, ports.pager, 1)[0][0]
    _arrivals(folder, ports.pager, MODELS)
    time.sleep(max(0.0, first + _STORM_S - time.time()))
    pages = _arrivals(folder, ports.pager, 1)
    slacks = [at for at, _ in _arrivals(folder, ports.slack, 1)]
    return {
        "storm_alerts": float(FEATURES * SEGMENTS * MODELS),
        "storm_in_topic_s": ended - begun,
        "storm_first_page_s": first - begun - _WAIT_S,
        "storm_all_pages_s": pages[MODELS - 1][0] - begun - _WAIT_S,
        "storm_pages": float(len(pages)),
        "storm_slack_per_s": len(slacks) / _STORM_S,
        "storm_rss_mb": _peak_mb(child.pid),
    }


def _warm_up(load: Load, folder: Path, ports: Ports) -> None:
    """A group's first start begins at the end of the topic: so one alert at a time is sent."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (_lines(folder, ports.webhook) and _lines(folder, ports.pagerduty)):
        load.paced(("webhook", "pagerduty"), 100, 0.5)
        if time.monotonic() > deadline:
            raise UnavailableError("the notifier tells nobody")
    load.paced(("webhook", "pagerduty"), 100, 2.0)


def _delays(folder: Path, ports: Ports, sent: dict[str, float]) -> list[float]:
    """Milliseconds from being handed to Kafka to being accepted, ascending."""

    def came() -> dict[str, float]:
        lines = [*_lines(folder, ports.webhook), *_lines(folder, ports.pagerduty)]
        return {part: at for at, part in reversed(lines) if part in sent}

    _await(lambda: len(came()) == len(sent), "an alert that was not told")
    return sorted((at - sent[part]) * 1000 for part, at in came().items())


def _arrivals(folder: Path, port: int, count: int) -> list[tuple[float, str]]:
    _await(lambda: len(_lines(folder, port)) >= count, f"fewer than {count} messages")
    return _lines(folder, port)


def _await(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise UnavailableError(f"{what} after {_PATIENCE_S:.0f} s")
        time.sleep(_LOOK_S)


def _lines(folder: Path, port: int) -> list[tuple[float, str]]:
    text = (folder / str(port)).read_text("utf-8")
    whole = text[: text.rfind("\n") + 1]
    return [
        (float(at), part)
        for at, _, part in (line.partition(" ") for line in whole.split("\n"))
        if at
    ]


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _peak_mb(pid: int) -> float:
    """The most memory that a process has had, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def _ends(folder: Path) -> Iterator[Ports]:
    ports = Ports(*(free_port() for _ in range(5)))
    words = [str(getattr(ports, name)) for name in ports.__struct_fields__]
    command = [sys.executable, "-m", "streamgauge.bench.alerts_end", str(folder), *words]
    child = Child("ends", command, folder / "ends.log")
    try:
        _await((folder / "ready").exists, "the other ends did not start")
        yield ports
    finally:
        child.stop(grace=0.0)


@contextmanager
def _notifier(kafka: Kafka, folder: Path, ports: Ports) -> Iterator[Child]:
    (folder / "routing").write_text("canary7f3a0123456789abcdef012345")
    (folder / "slack").write_text(f"http://127.0.0.1:{ports.slack}/services/T0/B0/canary")
    fields = msgspec.structs.asdict(ports)
    (folder / "alertmanager.yml").write_text(_CONFIGURATION.format(wait=int(_WAIT_S), **fields))
    settings = folder / "streamgauge.toml"
    settings.write_text(
        f'log_format = "json"\n[kafka]\nbrokers = "{kafka.brokers}"\n[alerting]\n'
        f'config = "{folder / "alertmanager.yml"}"\nport = {free_port()}\ninstance = "bench"\n'
    )
    log = folder / "notifier.log"
    before = log.read_text("utf-8").count("notifying") if log.exists() else 0
    command = [sys.executable, "-m", "streamgauge", "notifier", "--config", str(settings)]
    child = Child("notifier", command, log)
    try:
        _await(
            lambda: log.read_text("utf-8", "replace").count("notifying") > before,
            "the notifier did not start",
        )
        yield child
    finally:
        child.stop(grace=10.0)
