"""`streamgauge worker`: runs stages, and starts them again when they stop to be exact."""

import asyncio
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Literal

from streamgauge import logs
from streamgauge.child import Child
from streamgauge.logs import log
from streamgauge.producers.connection import wait_for_kafka, wait_for_redis
from streamgauge.settings import load
from streamgauge.stream_processors.application import EX_DATAERR, EX_TEMPFAIL
from streamgauge.stream_processors.topic_check import check_topics

StageName = Literal["measure", "merge", "judge", "detect", "reward", "allocate"]
ALL: tuple[StageName, ...] = ("measure", "merge", "judge", "detect", "reward", "allocate")
_EX_INPUT = 2
_EX_UNAVAILABLE = 69
_LONGEST_PAUSE_S = 30.0
# Who has run this long was well; what ended it is new.
_HEALTHY_S = 60.0


def worker(*stages: StageName, config: Path | None = None, supervised: bool = True) -> None:
    """Run stages: measure, merge, judge, detect, reward, allocate; all of them by default.

    Parameters
    ----------
    stages
        Which ones this process runs; others may run elsewhere.
    config
        The settings file.
    supervised
        Restart at once when a stage ends with 75, which means: read again from the state log.

    """
    settings = load(config)
    logs.set_up(settings, "worker")
    chosen = stages or ALL
    if supervised:
        arguments = ["--config", str(config)] if config else []
        sys.exit(supervise([*chosen, *arguments, "--no-supervised"]))
    wait_for_kafka(settings.kafka)
    if settings.experiments and {"reward", "allocate"} & set(chosen):
        wait_for_redis(settings.redis)
    drift = check_topics(settings.kafka)
    if settings.worker.generation:
        from streamgauge.stream_processors.reprocess import check_generation

        check_generation(settings.kafka, settings.worker.generation)
    from streamgauge.stream_processors.process import run

    sys.exit(asyncio.run(run(chosen, settings, drift)))


def next_pause(code: int, pause: float, *, returned: bool) -> float:
    """How long a worker that ended waits before it starts again, in seconds.

    75 is the way back to the state log: the first wants no pause. What comes again and again does,
    whatever it says. A refused state waits for a human, who is told already.

    >>> next_pause(EX_TEMPFAIL, 0.0, returned=False), next_pause(EX_TEMPFAIL, 4.0, returned=True)
    (0.0, 8.0)
    >>> next_pause(EX_DATAERR, 0.0, returned=False)
    30.0
    """
    if code == EX_DATAERR:
        return _LONGEST_PAUSE_S
    if code == EX_TEMPFAIL and not returned:
        return 0.0
    return min(max(2 * pause, 1.0), _LONGEST_PAUSE_S)


def supervise(arguments: list[str]) -> int:
    """Keep `streamgauge worker` running; returns when it ended for good or we are asked to end."""
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    pause, first, returned = 0.0, True, False
    while True:
        begun = time.monotonic()
        child = Child("worker", [sys.executable, "-m", "streamgauge", "worker", *arguments], None)
        while child.exit_code is None and not ending.is_set():
            ending.wait(0.1)
        if ending.is_set():
            child.stop(grace=10.0)
            return 0
        code = child.exit_code or 0
        # What is missing at the first start is told to whoever started us; later it may come back.
        if code in (0, _EX_INPUT) or (code == _EX_UNAVAILABLE and first):
            return code
        first = False
        if time.monotonic() - begun > _HEALTHY_S:
            pause = 0.0
        pause = next_pause(code, pause, returned=returned)
        returned = code == EX_TEMPFAIL and time.monotonic() - begun <= _HEALTHY_S
        log.warning("worker starts again", exit_code=code, pause=pause)
        ending.wait(pause)
