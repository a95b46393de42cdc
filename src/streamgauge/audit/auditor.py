"""Reads what is needed for a proof, and reads on while a difference may be on its way."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, closing
from itertools import chain
from types import TracebackType
from typing import Self

import msgspec
from confluent_kafka import Message

from streamgauge.audit.account import Account, Place
from streamgauge.audit.follower import Follower
from streamgauge.audit.proof import Evidence, Proof, prove
from streamgauge.audit.published import Published
from streamgauge.audit.state import PartitionState
from streamgauge.contracts.topics import state_topic
from streamgauge.settings import Settings
from streamgauge.stream_processors.generation import ordinal
from streamgauge.stream_processors.log_record import decode

_SOURCE = "predictions"
_MS = 1_000
_PAUSE_S = 1.0
_FOREVER = 2**62


class _Letter(msgspec.Struct):
    topic: str
    partition: int
    offset: int
    until: int = 0


class Auditor:
    """Proves windows between two times in milliseconds; use it in a `with` block."""

    def __init__(
        self,
        settings: Settings,
        *,
        since: int | None = None,
        until: int | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.account = Account(settings.window)
        generation = settings.worker.generation
        self.published = Published(ordinal(generation))
        self.buried: set[Place] = set()
        self.waiting: deque[Message] = deque()
        self._since, self._until = since, until
        self._clock = clock
        self._ahead = int(settings.window.max_ahead * _MS)
        self._horizon = 0
        kafka = settings.kafka
        with ExitStack() as stack:
            # No event is older than this when it arrives, so none before it is of these windows.
            topic = state_topic("measure", _SOURCE, generation).name
            first = None if since is None else max(since - self._ahead, 0)
            self._measures = _closed(stack, Follower(kafka, "measures", since))
            self._letters = _closed(stack, Follower(kafka, "dead-letters"))
            self._events = _closed(stack, Follower(kafka, _SOURCE, first))
            self._log = _closed(stack, Follower(kafka, topic))
            self._truncated = {
                partition
                for partition, oldest in self._events.oldest.items()
                if 0 < oldest == self._events.reached[partition]
            }
            self._stack = stack.pop_all()
        width = self.account.width
        self.states = {partition: PartitionState(width) for partition in self._log.reached}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._stack.close()

    def examine(self, patience: float = 10.0) -> Proof:
        """The proof; what differs gets `patience` seconds to be revised."""
        deadline = self._clock() + patience
        while True:
            last = self._clock() >= deadline
            proof = self.look(take_all=last)
            if last or not (proof.differences or self.waiting):
                return proof
            time.sleep(_PAUSE_S)

    def look(self, *, take_all: bool) -> Proof:
        """The proof as of now; `take_all` counts what the state log does not stand for yet, too."""
        # In this order, so that everything a measure stands for is read after it.
        for message in self._measures.read():
            self.published.take(message.value())
        for message in self._letters.read():
            self._bury(message)
        for message in self._log.read():
            if (record := decode(message.value())) is not None:
                self.states[message.partition() or 0].take(message.offset() or 0, record)
        held, self.waiting = self.waiting, deque()
        for message in chain(held, self._events.read()):
            # What the stage has not come to yet may be late by what it will then know.
            state = self.states[message.partition() or 0]
            if (message.offset() or 0) < state.begin:
                continue
            if take_all or not state.known or (message.offset() or 0) < state.next:
                self._take(message, state)
            else:
                self.waiting.append(message)
        horizon = int(self._clock() * _MS) if self._truncated else self._horizon
        begin = max(horizon, self._since or 0)
        end = _FOREVER if self._until is None else self._until
        evidence = Evidence(self.account, self.published, self.buried, self.states)
        return prove(evidence, (begin, end))

    def _take(self, message: Message, state: PartitionState) -> None:
        place = message.partition() or 0, message.offset() or 0
        appended = message.timestamp()[1]
        if place[0] in self._truncated:
            self._truncated.discard(place[0])
            self._horizon = max(self._horizon, appended + self._ahead)
        self.account.take(
            place,
            message.value(),
            appended,
            watermark=state.watermark(place[1]),
            buried=place in self.buried,
        )

    def _bury(self, message: Message) -> None:
        letter = msgspec.json.decode(message.value() or b"", type=_Letter)
        if letter.topic == _SOURCE:
            # One letter may stand for all the offsets of a batch that cannot be opened.
            until = max(letter.until, letter.offset + 1)
            self.buried.update((letter.partition, at) for at in range(letter.offset, until))


def _closed(stack: ExitStack, follower: Follower) -> Follower:
    return stack.enter_context(closing(follower))
