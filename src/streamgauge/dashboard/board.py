"""The state between the thread that reads Kafka and the requests that show it."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from streamgauge.contracts.codec import encode
from streamgauge.dashboard.page import Link, page
from streamgauge.dashboard.record import Record
from streamgauge.dashboard.state import State, fold

T = TypeVar("T")


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Frame(msgspec.Struct, frozen=True):
    """A message for the page; `seq` and `generation` say up to where it knows everything."""

    kind: str
    body: bytes
    seq: int
    generation: int


class Board:
    """Folds records and answers questions about them, one at a time, for any thread."""

    def __init__(self, clock: Callable[[], int] = wall_clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = State()
        self._link = Link(up=True, since=clock(), caught_up=False)
        self._frames: dict[int, Frame] = {}
        self._second = -1
        self.closed = threading.Event()

    def fold(self, records: Iterable[Record]) -> None:
        """Take records in."""
        with self._lock:
            for record in records:
                fold(self._state, record)

    def link(self, *, up: bool, caught_up: bool | None = None) -> None:
        """Note whether Kafka answers; `since` moves when that changes."""
        with self._lock:
            old = self._link
            if old.up != up:
                # News for every page, although no record came.
                self._state.seq += 1
            self._link = Link(
                up=up,
                since=old.since if old.up == up else self._clock(),
                caught_up=old.caught_up if caught_up is None else caught_up,
            )

    def clear(self) -> None:
        """Forget everything: the topics began anew."""
        with self._lock:
            generation = self._state.generation + 1
            self._state = State(seq=self._state.seq, generation=generation)
            self._frames.clear()

    def ask(self, question: Callable[[State, int, Link], T]) -> T:
        """Answer from the state, the time and the link to Kafka; the answer must not share it."""
        with self._lock:
            return question(self._state, self._clock(), self._link)

    def frame(self, known: Frame | None = None) -> Frame:
        """What a client that knows `known` must hear: a snapshot, or what has changed since.

        Clients that know the same get the same bytes, built once a second.
        """
        with self._lock:
            state, now = self._state, self._clock()
            whole = known is None or known.generation != state.generation
            since = 0 if whole or known is None else known.seq
            if now // 1_000 != self._second:
                self._frames.clear()
                self._second = now // 1_000
            frame = self._frames.get(since)
            if frame is None or frame.seq != state.seq or frame.generation != state.generation:
                body = encode(page(state, now, self._link, since))
                kind = "snapshot" if since == 0 else "update"
                frame = Frame(kind, body, state.seq, state.generation)
                self._frames[since] = frame
            return frame
