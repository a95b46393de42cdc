"""The workers of `bench exact`: started, killed, frozen, and started again when they end."""

import os
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import msgspec

from streamgauge.child import Child
from streamgauge.contracts.topics import state_topic
from streamgauge.embedded import free_port
from streamgauge.settings import Kafka, Settings

_LOOK_EVERY_S = 0.1
_TAIL = 500
_PREFIX = "STREAMGAUGE_"
_TOPIC = "predictions"
_LOG = state_topic("measure", _TOPIC).name
_RESTORED = '"event": "state log restored"'


class Place(msgspec.Struct, frozen=True):
    """A worker's place: where it finds Kafka, how far ahead its clock is, its name in the group.

    One that comes back under its name gets its partitions at once; without one, partitions move to
    the others when it leaves.
    """

    kafka: Kafka
    ahead: int = 0
    name: str | None = None


class Crew:
    """One worker at every place, measure and merge in each; whoever ends is started again."""

    def __init__(self, places: Sequence[Place], settings: Settings, folder: Path) -> None:
        self.exits: list[int] = []
        self.folder = folder
        self._settings = settings
        self.places = list(places)
        self._ports = [free_port() for _ in places]
        self._children: dict[int, Child] = {}
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._keep, name="crew", daemon=True)

    def __len__(self) -> int:
        return len(self.places)

    def start(self) -> None:
        """Start all, and whoever ends later."""
        with self._lock:
            for number in range(len(self.places)):
                self._start(number)
        self._watch.start()

    def stop(self) -> None:
        """End all in good order."""
        self._ending.set()
        if self._watch.is_alive():
            self._watch.join()
        else:
            self._end()

    def kill(self, number: int, *, returns: bool = True) -> None:
        """Kill -9; it is started again at once, unless it is gone for good."""
        with self._lock:
            self._children.pop(number).kill()
            if returns:
                self._start(number)

    def replace(self, number: int, place: Place) -> None:
        """End one in good order, as a deployment does, and start another in its place."""
        with self._lock:
            if number in self._children:
                self._children.pop(number).stop(grace=10.0)
            self.places[number] = place
            self._start(number)

    def freeze(self, number: int) -> None:
        """Stop it in its tracks: it does not know that time passes."""
        _send(self._children[number], signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        """Let it go on where it was, a zombie if others took over."""
        _send(self._children[number], signal.SIGCONT)

    def owned(self, number: int) -> set[int]:
        """The partitions that a worker says it has; none when it does not answer."""
        url = f"http://127.0.0.1:{self._ports[number]}/health"
        try:
            with urllib.request.urlopen(url, timeout=1.0) as answer:
                found = msgspec.json.decode(answer.read())
        except (urllib.error.URLError, OSError, msgspec.DecodeError):
            return set()
        return set(found["partitions"].get(_TOPIC, ()))

    def restored(self) -> list[float]:
        """Seconds that each restore of a partition took, as the workers have logged them."""
        logs = (log.read_text("utf-8", "replace") for log in self.folder.glob("worker-*.log"))
        lines = (line for log in logs for line in log.splitlines() if _RESTORED in line)
        told = [msgspec.json.decode(line) for line in lines]
        return [one["seconds"] for one in told if one["topic"] == _LOG]

    def last_words(self) -> str:
        """The ends of the workers' logs."""
        logs = sorted(self.folder.glob("worker-*.log"))
        return "; ".join(log.read_text("utf-8", "replace")[-_TAIL:].strip() for log in logs)

    def _keep(self) -> None:
        while not self._ending.wait(_LOOK_EVERY_S):
            with self._lock:
                for number, child in list(self._children.items()):
                    if child.exit_code is not None:
                        self.exits.append(child.exit_code)
                        self._start(number)
        # Here, because Linux kills what this thread has started as soon as it ends.
        self._end()

    def _end(self) -> None:
        with self._lock:
            # A frozen process hears no signal but these two.
            for child in self._children.values():
                _send(child, signal.SIGCONT)
            for child in self._children.values():
                child.stop(grace=10.0)

    def _start(self, number: int) -> None:
        place = self.places[number]
        config = self.folder / f"worker-{number}.toml"
        config.write_text(self._config(place, number), "utf-8")
        clock = ["streamgauge.bench.exact_clock", str(place.ahead)]
        command = [*_without_settings(), sys.executable, "-m"]
        command += clock if place.ahead else ["streamgauge"]
        command += ["worker", "measure", "merge", "--no-supervised", "--config", str(config)]
        log = self.folder / f"worker-{number}.log"
        self._children[number] = Child(f"worker {number}", command, log)

    def _config(self, place: Place, number: int) -> str:
        kafka = place.kafka
        window = msgspec.structs.asdict(self._settings.window)
        lines = ["[kafka]", f'brokers = "{kafka.brokers}"', f"partitions = {kafka.partitions}"]
        lines += [f"session_timeout = {kafka.session_timeout}"]
        lines += [f"can_delete = {str(kafka.can_delete).lower()}", "[window]"]
        lines += [f"{name} = {value}" for name, value in window.items() if type(value) is float]
        lines += ["[worker]", f"port = {self._ports[number]}"]
        if place.name:
            lines.append(f'instance = "{place.name}"')
        lines += [f'datadir = "{self.folder / f"data-{number}"}"']
        return "\n".join(lines) + "\n"


def _without_settings() -> list[str]:
    """A start without what the caller's shell says of another deployment."""
    names = [name for name in os.environ if name.startswith(_PREFIX)]
    return ["env", *(word for name in names for word in ("-u", name))]


def _send(child: Child, what: signal.Signals) -> None:
    if child.exit_code is None:
        os.kill(child.pid, what)
