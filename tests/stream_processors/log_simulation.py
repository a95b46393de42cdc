"""One partition of a state log, its owners and its network, under a random schedule.

Owners are killed, paused and come back as zombies that go on writing, claims and deltas arrive
late, deliveries fail after or before the record was written, logs are trimmed.
"""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from streamgauge.stream_processors import log_fold, log_owner
from streamgauge.stream_processors.log_record import AnyLogRecord, Delta

Counts = list[int]


# What happens next, and how often.
CHANCES = {
    "deliver": 28,
    "read_log": 30,
    "read_source": 16,
    "flush": 14,
    "rebase": 4,
    "trim": 2,
    "end": 3,
    "pause": 3,
}


class Core:
    """The code under test; mutants put other classes here."""

    fold: Any = log_fold.Fold
    owner: Any = log_owner.Owner
    instructions: Any = log_owner


class ViolationError(AssertionError):
    """The protocol broke a promise."""


class Worker:
    def __init__(self, name: str, owner: Any, tail: int) -> None:
        self.owner = owner
        self.name = name
        self.tail = tail
        self.position = 0
        self.resumed = False
        self.queue: list[AnyLogRecord] = []


class Simulation:
    def __init__(self, seed: int, core: type[Core] = Core) -> None:
        self.random = random.Random(seed)
        self.core = core
        self.events = self.random.randint(3, 16)
        self.log: list[AnyLogRecord] = []
        self.start = 0
        self.committed = 0
        self.live: Worker | None = None
        self.zombies: list[Worker] = []
        self.spawned = 0

    def run(self) -> None:
        """Raise `ViolationError` where an event was lost, doubled or committed too early."""
        for _ in range(self.random.randint(20, 90)):
            self.step()
        self.finish()

    # --- what can happen -----------------------------------------------------------------------

    def step(self) -> None:
        if self.live is None:
            self.live = self.spawn()
            return
        worker = self.live
        if self.zombies and self.random.random() < 0.35:
            worker = self.random.choice(self.zombies)
        (what,) = self.random.choices(list(CHANCES), list(CHANCES.values()))
        getattr(self, what)(worker)

    def spawn(self) -> Worker:
        self.spawned += 1
        fold = self.fold()
        worker = Worker(f"w{self.spawned}", self.core.owner(f"w{self.spawned}", fold), self.start)
        bases = [record.base for record in self.log[self.start :] if isinstance(record, Delta)]
        if bases and bases[-1] >= self.start and self.random.random() < 0.8:
            worker.tail = bases[-1]
        self.follow(worker, worker.owner.start())
        return worker

    def deliver(self, worker: Worker) -> None:
        """The head of the queue reaches the log, or not, and the worker may hear of it."""
        if not worker.queue:
            return
        chance = self.random.random()
        if chance < 0.08:
            # Refused or timed out; what follows it may be written before the error is known.
            worker.queue.pop(0)
            while worker.queue and self.random.random() < 0.4:
                self.log.append(worker.queue.pop(0))
            self.follow(worker, worker.owner.fail("refused"))
        else:
            self.log.append(worker.queue.pop(0))
            if chance < 0.14:
                self.follow(worker, worker.owner.fail("written, but the answer was lost"))

    def read_log(self, worker: Worker) -> None:
        count = self.random.randint(1, 4)
        for offset in range(worker.tail, min(worker.tail + count, len(self.log))):
            worker.tail = offset + 1
            told = worker.owner.tail(offset, self.log[offset], committed=self.committed)
            self.follow(worker, told)
            if worker.owner.stopped:
                return

    def read_source(self, worker: Worker) -> None:
        if worker.resumed:
            worker.position = min(self.events, worker.position + self.random.randint(1, 4))

    def flush(self, worker: Worker) -> None:
        if worker.resumed and worker.position >= worker.owner.written:
            body = bytes(range(worker.owner.written, worker.position))
            told = worker.owner.flush(worker.position, worker.position, body)
            self.follow(worker, told)

    def rebase(self, worker: Worker) -> None:
        if worker.resumed:
            # An honest base: what was written is in the sums once, as the owner's memory has it.
            sums = bytes([1] * worker.owner.written)
            cuts = sorted(self.random.choices(range(len(sums) + 1), k=self.random.randint(0, 2)))
            edges = [0, *cuts, len(sums)]
            parts = [sums[a:b] for a, b in pairwise(edges)]
            self.follow(worker, worker.owner.rebase(parts, worker.owner.written))

    def trim(self, worker: Worker) -> None:
        if worker is self.live and worker.owner.fold.base > self.start:
            self.start = worker.owner.fold.base

    def pause(self, worker: Worker) -> None:
        """SIGSTOP, or a network that parts: another takes over, and this one writes on later."""
        if worker is self.live:
            self.zombies.append(worker)
            self.live = None

    def end(self, worker: Worker) -> None:
        """kill -9: what is on the wire may still arrive."""
        while worker.queue and self.random.random() < 0.3:
            self.log.append(worker.queue.pop(0))
        self.gone(worker)

    def gone(self, worker: Worker) -> None:
        if worker is self.live:
            self.live = None
        elif worker in self.zombies:
            self.zombies.remove(worker)

    def follow(self, worker: Worker, told: list[Any]) -> None:
        kinds = self.core.instructions
        for instruction in told:
            if isinstance(instruction, kinds.Append):
                worker.queue.append(instruction.record)
            elif isinstance(instruction, kinds.Resume):
                worker.position, worker.resumed = instruction.offset, True
                self.check_restored(worker)
            elif isinstance(instruction, kinds.Commit):
                self.commit(instruction.offset)
            elif isinstance(instruction, kinds.Stop):
                self.end(worker)

    # --- what must hold ------------------------------------------------------------------------

    def fold(self) -> Any:
        return self.core.fold([0] * self.events, add, self.load)

    def load(self, parts: list[bytes]) -> Counts:
        sums = list(b"".join(parts))
        return sums + [0] * (self.events - len(sums))

    def truth(self, end: int) -> Any:
        """What the whole log says, read by the true rule from its very first record."""
        fold = log_fold.Fold([0] * self.events, add, self.load)
        for offset in range(end):
            fold.take(offset, self.log[offset])
        return fold

    def check_restored(self, worker: Worker) -> None:
        truth = self.truth(worker.tail)
        if (worker.owner.fold.next, worker.owner.fold.sums) != (truth.next, truth.sums):
            raise ViolationError("a restore differs from the log")

    def commit(self, offset: int) -> None:
        self.committed = offset
        if offset > self.truth(len(self.log)).next:
            raise ViolationError("committed beyond what counts")

    def finish(self) -> None:
        """A last owner brings the stream to its end, while zombies still write."""
        if self.live is not None:
            self.end(self.live)
        for _ in range(20):
            last = self.live = self.spawn()
            self.drive(last)
            # A zombie's claim may have come in between; then it is the owner, and it is gone.
            if self.live is last:
                self.check_end()
                return
        raise ViolationError("no owner could finish")

    def drive(self, last: Worker) -> None:
        """Let an owner go on until all events count, or until it stops."""
        for _ in range(400 + len(self.log)):
            if self.live is not last or self.done(last):
                return
            if last.queue:
                self.log.append(last.queue.pop(0))
            for zombie in self.zombies:
                if zombie.queue and self.random.random() < 0.5:
                    self.log.append(zombie.queue.pop(0))
            self.read_log(last)
            if last.resumed and self.live is last and not last.queue:
                last.position = self.events
                if last.owner.written < self.events:
                    self.flush(last)
        raise ViolationError("the last owner makes no progress")

    def done(self, worker: Worker) -> bool:
        return worker.resumed and worker.owner.fold.next >= self.events

    def check_end(self) -> None:
        for zombie in self.zombies:
            self.log.extend(record for record in zombie.queue if isinstance(record, Delta))
        fold = self.truth(len(self.log))
        if fold.next != self.events or fold.sums != [1] * self.events:
            raise ViolationError(f"counted {fold.sums} up to {fold.next} of {self.events}")
        if self.committed > fold.next:
            raise ViolationError("committed beyond the end")


def add(sums: Counts, body: bytes) -> Counts:
    added = list(sums)
    for event in body:
        added[event] += 1
    return added


def violations(core: type[Core], seeds: range, stop_at: int = 1) -> list[tuple[int, str]]:
    """The schedules that break a promise, with what broke."""
    found: list[tuple[int, str]] = []
    run: Callable[[int], None] = lambda seed: Simulation(seed, core).run()  # noqa: E731 short
    for seed in seeds:
        try:
            run(seed)
        except ViolationError as broken:
            found.append((seed, str(broken)))
        except Exception as error:
            found.append((seed, repr(error)))
        if len(found) >= stop_at:
            break
    return found
