"""The archive's own chores: sweep, erase again, compact, expire; one process at a time."""

import logging
import threading
import time

from streamgauge.archive.compact import compact
from streamgauge.archive.erase import Watch
from streamgauge.archive.expire import expire
from streamgauge.archive.gauge import Gauges
from streamgauge.archive.lease import rewriting
from streamgauge.archive.manifest import Generation
from streamgauge.archive.rewrite import Change, commit
from streamgauge.archive.store import Store
from streamgauge.archive.sweep import sweep
from streamgauge.settings import Archive

_log = logging.getLogger(__name__)
# So many manifests are read in a moment; a generation takes their place.
_MOST_MANIFESTS = 500


def keep_house(
    options: Archive, now: float, gauges: Gauges | None = None, watch: Watch | None = None
) -> Generation | None:
    """All chores once; nothing where another process does them now. `now` is in seconds.

    `watch` knows which files have nobody in them who was erased.
    """
    store = Store(options)
    try:
        with rewriting(store.folder) as ours:
            if not ours:
                return None
            sweep(store)
            store.erased.forget(now)
            if back := (watch or Watch()).look(store, now):
                _log.info("erased what had come back of erased people: %s", back)
            state = store.ledger.state()
            if store.ledger.pending() > _MOST_MANIFESTS:
                state = commit(store, state, Change(why="manifests"), int(now * 1_000))
            state = expire(store, state, options.keep, now)
            state = compact(store, state, now)
            if gauges:
                show(state, gauges)
            return state
    finally:
        store.close()


def show(state: Generation, gauges: Gauges) -> None:
    """Say how many files there are, and what was lost."""
    lost: dict[str, int] = {}
    for tip in state.tips:
        lost[tip.chain.topic] = lost.get(tip.chain.topic, 0) + tip.lost
    for topic, count in lost.items():
        gauges.lost.labels(topic).set(count)
    for kind in state.accounts:
        files = [file for file in state.files if file.kind == kind]
        gauges.files.labels(kind).set(len(files))
        gauges.bytes.labels(kind).set(sum(file.size for file in files))


class Housekeeper:
    """A thread that keeps house now and then; an error ends it and is told by `check`."""

    def __init__(self, options: Archive, gauges: Gauges) -> None:
        self._options = options
        self._gauges = gauges
        self._watch = Watch()
        self._stop = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what went wrong, if anything did."""
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Finish the chore that is under way, and no other."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._options.tidy):
            started = time.monotonic()
            try:
                keep_house(self._options, time.time(), self._gauges, self._watch)
            except Exception as error:
                self._error = error
                return
            _log.debug("kept house in %.1f s", time.monotonic() - started)
