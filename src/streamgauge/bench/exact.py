"""Whether every event counts once while workers are killed under load: `bench exact`."""

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from streamgauge.audit.auditor import Auditor
from streamgauge.audit.proof import UNPUBLISHED, Difference, Proof
from streamgauge.bench.exact_crew import Crew
from streamgauge.bench.exact_fault import Scene, run_all
from streamgauge.bench.exact_load import Load
from streamgauge.bench.exact_log import Kill, LogWatch, summed
from streamgauge.bench.exact_stage import breakable, plain
from streamgauge.bench.outcome import Outcome
from streamgauge.producers.provision import provision
from streamgauge.settings import InputError, Settings, UnavailableError, Window

_log = logging.getLogger(__name__)

WINDOW = Window(width=2.0, delay=1.0, lateness=300.0, idle=1.0, tick=1.0, publish=0.5, flush=0.5)
# What a worker ends with that wants to read its state log again.
EX_TEMPFAIL = 75
_READY_S = 180.0
_SETTLE_S = 240.0
_LOOK_EVERY_S = 0.5


def run(
    *,
    seconds: float = 40.0,
    workers: int = 2,
    kill_every: float = 4.0,
    rate: int = 20_000,
    faults: bool = False,
) -> Outcome:
    """Load for `seconds`, a worker killed every `kill_every`; then prove what was published."""
    if workers < 1 or kill_every <= 0 or rate < 1:
        raise InputError("bench exact: expected --workers, --kill-every and --rate above 0")
    notes = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stage = stack.enter_context(breakable(workers) if faults else plain(folder, workers))
        settings = Settings(kafka=stage.kafka, window=WINDOW)
        provision(settings.kafka)
        crew = Crew(stage.places, settings, folder)
        load, watch = Load(settings.kafka, rate), LogWatch(settings.kafka)
        with _running(crew, load, watch):
            _await_owners(crew, settings.kafka.partitions)
            load.start()
            kills = _kill(crew, seconds, kill_every)
            if stage.node is not None and stage.proxy is not None:
                kafka = settings.kafka
                scene = Scene(
                    crew, stage.node, stage.proxy, kafka.partitions, kafka.session_timeout
                )
                notes += run_all(scene, _log.info)
            load.end()
            proof, auditor = _settle(settings)
        restored = crew.restored()
    figures = _figures(load, auditor, proof) | {"kills": float(len(kills))}
    figures |= summed(kills, watch.advances) | {"zombie_records": float(watch.zombies)}
    if restored:
        figures |= {"restore_s": median(restored), "restore_max_s": max(restored)}
    notes = [f"{stage.name}; {workers} workers", *notes, *_notes(crew, proof)]
    return Outcome(figures=figures, notes=notes)


@contextmanager
def _running(crew: Crew, load: Load, watch: LogWatch) -> Iterator[None]:
    """All of it runs while the block does, and none of it after, also when we are interrupted."""
    try:
        crew.start()
        watch.start()
        yield
    finally:
        if load.is_alive():
            load.end(0.0)
        crew.stop()
        if watch.is_alive():
            watch.end()


def _await_owners(crew: Crew, partitions: int) -> None:
    deadline = time.monotonic() + _READY_S
    while len(set().union(*(crew.owned(number) for number in range(len(crew))))) < partitions:
        if failures := [code for code in crew.exits if code != EX_TEMPFAIL]:
            raise UnavailableError(f"a worker ended with status {failures[0]}: {crew.last_words()}")
        if time.monotonic() > deadline:
            raise UnavailableError(f"no owner for every partition after {_READY_S:.0f} s")
        time.sleep(_LOOK_EVERY_S)


def _kill(crew: Crew, seconds: float, every: float) -> list[Kill]:
    """Kill one after another until the time is over; the last one does not come back."""
    begun, kills = time.monotonic(), list[Kill]()
    while (beat := (len(kills) + 1) * every) < seconds:
        time.sleep(max(begun + beat - time.monotonic(), 0.0))
        victim = len(kills) % len(crew)
        owned = frozenset(crew.owned(victim))
        kills.append(Kill(time.time(), owned))
        crew.kill(victim, returns=len(crew) == 1 or beat + every < seconds)
    time.sleep(max(begun + seconds - time.monotonic(), 0.0))
    return kills


def _settle(settings: Settings) -> tuple[Proof, Auditor]:
    """Wait until everything is final and right, but not for ever."""
    deadline = time.monotonic() + _SETTLE_S
    with Auditor(settings) as auditor:
        while True:
            late = time.monotonic() > deadline
            proof = auditor.look(take_all=late)
            final = auditor.published.watermark >= auditor.account.newest + WINDOW.width * 1_000
            if late or (final and not auditor.waiting and not proof.differences):
                return proof, auditor
            time.sleep(_LOOK_EVERY_S)


def _figures(load: Load, auditor: Auditor, proof: Proof) -> dict[str, float]:
    counts = [one for one in proof.differences if _is_base_count(one)]
    missing = [(one.events or 0.0) - (one.published or 0.0) for one in counts]
    unread = load.sent - load.unacknowledged - auditor.account.events
    # Nothing that the load sends comes late by itself: what counts as late was lost.
    late = auditor.account.late
    return {
        "events": float(auditor.account.events),
        "lost": sum(max(one, 0.0) for one in missing) + max(unread, 0) + late,
        "double": sum(max(-one, 0.0) for one in missing),
        "wrong": float(len(proof.differences) - len(counts)),
        "late": float(late),
        "windows": float(proof.proven),
    }


def _is_base_count(one: Difference) -> bool:
    """Every event is in one of these; in longer windows and dimensions it counts once more."""
    base = one.window in {f"{WINDOW.width:g}s", UNPUBLISHED}
    return one.name == "prediction_count" and base and one.labels.keys() == {"model", "version"}


def _notes(crew: Crew, proof: Proof) -> list[str]:
    notes = [f"workers that ended by themselves: {sorted(crew.exits)}"] if crew.exits else []
    shown: list[Difference] = proof.differences[:10]
    return [*notes, *map(str, shown)]
