"""Whether everybody is told once while the notifier is killed again and again: `bench crash`."""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import Producer

from streamgauge.alerting.delivery.crash_point import EXIT, POINTS, VARIABLE
from streamgauge.bench import backing
from streamgauge.bench.crash_end import Ends, ends
from streamgauge.bench.crash_story import LAST, Story
from streamgauge.bench.crash_verdict import Seen
from streamgauge.bench.outcome import Outcome
from streamgauge.child import Child
from streamgauge.contracts.codec import encode
from streamgauge.embedded import free_port
from streamgauge.producers.provision import provision
from streamgauge.settings import Kafka, UnavailableError

_LOOK_S = 0.002
# A life ends by then, if neither its crash point nor our moment came.
_LONGEST_S = 2.5
_SETTLE_S = 240.0
_REST_S = 0.05
# Every so many lives another notifier takes over, as soon as Kafka notices the death.
_TAKEOVER = 40
# Points that are passed many times are not always left at the first.
_PASSINGS = {"after_claim": 1, "mid_restore": 12, "after_poll": 4, "after_commit": 2}


def run(*, seconds: float = 40.0, seed: int = 20_261_122) -> Outcome:
    """Kill it for `seconds` at named points and at random moments, then judge what was told."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with tempfile.TemporaryDirectory() as name, backing.best(Path(name)) as broker, ends() as told:
        provision(broker.kafka)
        killer = Killer(broker.kafka, told, Path(name), chance)
        killer.begin()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            killer.life()
        settled = killer.settle()
        verdict = told.judge(killer.story.trials)
    kills = sum(killer.kills.values())
    visible = verdict.repeated["slack"] + verdict.repeated["email"]
    figures = {
        "kills": float(kills),
        "lost_firing": float(verdict.lost_firing),
        "lost_resolved": float(verdict.lost_resolved),
        "duplicate_incidents": float(verdict.duplicate_incidents),
        "repeats": visible / max(kills, 1),
        "out_of_order": float(verdict.out_of_order),
        "trials": float(len(killer.story.trials)),
        "settled_s": settled,
    }
    figures |= {f"repeats_{channel}": float(n) for channel, n in verdict.repeated.items()}
    figures |= {f"kills_{point}": float(n) for point, n in sorted(killer.kills.items())}
    return Outcome(figures=figures, notes=[broker.name, f"seed {seed}", *verdict.lost[:10]])


class Killer:
    """Starts a notifier, lets something happen, and kills it."""

    def __init__(self, kafka: Kafka, told: Ends, folder: Path, chance: random.Random) -> None:
        self.story = Story()
        self.kills: Counter[str] = Counter()
        self._told = told
        self._folder = folder
        self._chance = chance
        self._lives = 0
        self._producer = Producer({**kafka.confluent(), "linger.ms": 0})
        self._settings = folder / "streamgauge.toml"
        configuration = told.write(folder)
        self._text = (
            f'log_format = "json"\n[kafka]\nbrokers = "{kafka.brokers}"\n'
            f'[alerting]\nconfig = "{configuration}"\nreceipts = "{folder / "receipts"}"\n'
        )

    def begin(self) -> None:
        """The group's very first start, which tells no old stories, is over."""
        with self._alive() as child:
            self._tell()
            self._wait(lambda: bool(self._told.accepted()), child, _SETTLE_S)

    def life(self) -> None:
        """From a start to a kill: at a named point, while messages are told, or at any moment."""
        way = self._chance.choice((*POINTS, *["busy"] * 8, *["any"] * 28))
        passing = self._chance.randint(1, _PASSINGS.get(way, 6))
        environ = {VARIABLE: f"{way}:{passing}"} if way in POINTS else {}
        early = self._chance.random() < 0.5
        if early:
            self._tell()
        with self._alive(environ) as child:
            before = self._told.accepted()
            if not early:
                time.sleep(self._chance.uniform(0.0, 1.0))
                self._tell()
            if way == "any":
                time.sleep(self._chance.uniform(0.2, 2.0))
            elif way == "busy":
                self._wait(lambda: self._told.accepted() > before, child, _LONGEST_S)
                time.sleep(self._chance.uniform(0.0, 0.2))
            else:
                self._wait(lambda: False, child, _LONGEST_S)
            code = child.exit_code
            if code is not None and code != EXIT:
                raise UnavailableError(f"the notifier ended with {code}: {self._last_words()}")
            self.kills[way if code == EXIT else f"kill_{way}" if way in POINTS else way] += 1

    def settle(self) -> float:
        """Let all steps come and everybody be told; returns how long it took."""
        begun = time.monotonic()
        with self._alive() as child:
            self._wait(self._all_told, child, _SETTLE_S)
        return time.monotonic() - begun

    def _all_told(self) -> bool:
        time.sleep(_REST_S)
        self._tell(new=False)
        done = all(trial.steps == LAST for trial in self.story.trials)
        return done and not self._told.judge(self.story.trials).lost

    def _tell(self, *, new: bool = True) -> None:
        seen = self._told.read()

        def told(channel: str, fingerprint: str, state: str) -> bool:
            return (channel, Seen(fingerprint, state)) in seen

        for alert in self.story.turn(int(time.time() * 1000), told, new=new):
            for topic in ("alerts", "alert-state"):
                self._producer.produce(topic, encode(alert), alert.fingerprint)
        self._producer.flush(30)

    @contextmanager
    def _alive(self, environ: dict[str, str] | None = None) -> Iterator[Child]:
        self._lives += 1
        name = f"notifier-{self._lives // _TAKEOVER}"
        self._settings.write_text(
            f'{self._text}port = {free_port()}\ninstance = "{name}"\n', "utf-8"
        )
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "streamgauge",
            "notifier",
            "--config",
            self._settings,
        ]
        child = Child(name, command, self._folder / "notifier.log", environ=environ or {})
        try:
            yield child
        finally:
            child.kill()

    def _wait(self, condition: Callable[[], bool], child: Child, most: float) -> None:
        deadline = time.monotonic() + most
        while not condition() and child.exit_code is None and time.monotonic() < deadline:
            time.sleep(_LOOK_S)

    def _last_words(self) -> str:
        return (self._folder / "notifier.log").read_text("utf-8", "replace")[-1_000:]
