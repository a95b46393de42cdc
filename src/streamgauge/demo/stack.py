"""Everything that the demo starts: broker, Redis, mail, and streamgauge's own processes."""

import os
import secrets
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from streamgauge.alerting.rules.reader import shipped_rules
from streamgauge.child import Child
from streamgauge.demo.outbox import Outbox
from streamgauge.embedded import Embedded, embedded
from streamgauge.producers.provision import provision
from streamgauge.settings import Settings, UnavailableError, load

_READY_S = 180.0
_PREFIX = "STREAMGAUGE_"
_PORTS = {"serve": 8002, "dashboard": 8003, "worker": 8004, "alerting": 8005}
_PROCESSES = ("worker", "notifier", "dashboard")


class Stack(msgspec.Struct):
    """The running demo."""

    settings: Settings
    children: list[Child]
    outbox: Outbox

    def url(self, section: str) -> str:
        """The address of a part, for example `serve`."""
        place = getattr(self.settings, section)
        return f"http://{place.host}:{place.port}"

    def check(self) -> None:
        """Raise `UnavailableError` when a part has ended by itself."""
        for child in self.children:
            child.check()

    def memory(self) -> int:
        """Resident bytes of all parts and their children (Linux; 0 elsewhere)."""
        return sum(_resident(pid) for pid in _family({child.pid for child in self.children}))


@contextmanager
def stack(folder: Path, models: Path, *, quiet: bool) -> Iterator[Stack]:
    """Start all but the inference service, which waits for its models; stop all at the end."""
    with ExitStack() as closing:
        base = closing.enter_context(embedded(folder))
        outbox = closing.enter_context(Outbox(folder / "outbox").running())
        config = folder / "streamgauge.toml"
        config.write_text(_config(base, folder, models, outbox.port), "utf-8")
        environ = {
            _PREFIX + "CONFIG": str(config),
            _PREFIX + "RECEIPT__KEYS": f"demo:{secrets.token_hex(32)}",
            _PREFIX + "CLIENT__PSEUDONYM_KEY": secrets.token_hex(32),
            _PREFIX + "ALERTING__LINK_KEY": secrets.token_hex(32),
            _PREFIX + "LOG_LEVEL": "warning",
        }
        # What the caller's shell says of another deployment would win over the file.
        for name in [name for name in os.environ if name.startswith(_PREFIX)]:
            del os.environ[name]
        os.environ.update(environ)
        settings = load(config)
        provision(settings.kafka)
        running = Stack(settings, list(base.children), outbox)
        closing.callback(_stop, running, len(base.children))
        for name in _PROCESSES:
            # The notifier's console receiver is what a person came to see.
            log = None if name == "notifier" and not quiet else folder / f"{name}.log"
            running.children.append(command(name, log))
        yield running


def _stop(running: Stack, kept: int) -> None:
    """Stop our own processes, the last one first; broker and Redis end after them."""
    for child in reversed(running.children[kept:]):
        child.stop()


def command(name: str, log: Path | None) -> Child:
    """One of streamgauge's own processes."""
    return Child(name, [sys.executable, "-m", "streamgauge", name], log)


def wait_ready(running: Stack, *sections: str) -> None:
    """Return once each part answers its health check and the worker has its partitions."""
    deadline = time.monotonic() + _READY_S
    waiting = list(sections)
    while waiting:
        running.check()
        if time.monotonic() > deadline:
            raise UnavailableError(f"not ready after {_READY_S:.0f} s: {', '.join(waiting)}")
        waiting = [name for name in waiting if not _well(running.url(name), name)]
        time.sleep(0.1)


def _well(url: str, section: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=2) as answer:  # noqa: S310 our own
            body = msgspec.json.decode(answer.read())
    except (urllib.error.URLError, OSError, msgspec.DecodeError):
        return False
    # A worker lives before it has joined its group; only then does it measure.
    return section != "worker" or all(body["partitions"].values())


def _config(base: Embedded, folder: Path, models: Path, smtp: int) -> str:
    ports = {name: _free(port) for name, port in _PORTS.items()}
    token = folder / "operator-token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(16), "utf-8")
    rules = shipped_rules()
    demo_rules = rules[0].parent / "demo" / "demo.yml"
    receivers = folder / "alertmanager.yml"
    receivers.write_text(
        f"""route:
  receiver: people
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: people
    console_configs:
      - {{}}
    email_configs:
      - to: on-call@streamgauge.test
        from: streamgauge@streamgauge.test
        smarthost: 127.0.0.1:{smtp}
        require_tls: false
""",
        "utf-8",
    )
    return f"""# Written by streamgauge demo. Secrets are in the environment and in other files.
[kafka]
brokers = "{base.kafka.brokers}"
can_delete = false

[redis]
url = "{base.redis.url}"

[window]
width = 10.0
delay = 2.0
lateness = 30.0
idle = 1.0
tick = 1.0

[worker]
port = {ports["worker"]}
datadir = "{folder / "worker"}"

[serve]
port = {ports["serve"]}
artifacts = "{models}"
faults = true
heartbeat = 1.0

[dashboard]
port = {ports["dashboard"]}
token_file = "{token}"

[alerting]
port = {ports["alerting"]}
external_url = "http://127.0.0.1:{ports["alerting"]}"
token_file = "{token}"
rules = ["{demo_rules}"]
config = "{receivers}"

[experiments.duration]
model = "duration_s"
arms = {{ deep = "1", shallow = "2" }}
within = 2.0
floor = 0.2
"""


def _free(preferred: int) -> int:
    """The usual port, or any free one where that is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise UnavailableError("no free port on 127.0.0.1")


def _family(pids: set[int]) -> set[int]:
    """These processes and all that they started."""
    parents: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has just ended.
        parents[int(status.parent.name)] = int(fields[1])
    found = set(pids) | {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _resident(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
