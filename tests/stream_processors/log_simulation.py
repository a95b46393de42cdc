"""One partition of a state log, its owners and its network, under a random schedule.

Owners are killed, paused and come back as zombies that go on writing, claims and deltas arrive
late, deliveries fail after or before the record was written, logs are trimmed, the source drops
events that nobody has counted yet, a log is lost as a whole, the source topic is made anew.
"""

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from tests.stream_processors.log_truth import Counts, Truth, add, load

from streamgauge.stream_processors import log_fold, log_owner
from streamgauge.stream_processors.log_record import AnyLogRecord, Delta

# What happens next, and how often.
CHANCES = {
    "deliver": 28,
    "read_log": 30,
    "read_source": 16,
    "flush": 14,
    "rebase": 4,
    "trim": 2,
    "retain": 1,
    "end": 3,
    "pause": 3,
}
DRAWN = [what for what, often in CHANCES.items() for _ in range(often)]


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
        self.sums: Counts = []


class Simulation:
    def __init__(self, seed: int, core: type[Core] = Core) -> None:
        self.random = random.Random(seed)
        self.core = core
        self.events = self.random.randint(3, 16)
        self.log: list[AnyLogRecord] = []
        # The first record that the log still has, and the first of its present life.
        self.start = self.begun = 0
        self.reader = Truth(0, self.events)
        self.committed = 0
        self.topic = self.random.choice(["", "one"])
        # What the source has, from the first offset up to the last one.
        self.low, self.end_of_source = 0, self.events
        self.live: Worker | None = None
        self.zombies: list[Worker] = []
        self.spawned = 0

    def run(self) -> None:
        """Raise `ViolationError` where an event was lost, doubled or committed too early."""
        for _ in range(self.random.randint(20, 90)):
            self.step()
        self.finish()
        if self.random.random() < 0.2:
            self.make_source_anew()

    # --- what can happen -----------------------------------------------------------------------

    def step(self) -> None:
        if self.live is None:
            if not self.zombies and self.random.random() < 0.05:
                self.start = self.begun = len(self.log)
                self.reader = Truth(self.begun, self.events)
            self.live = self.spawn()
            return
        worker = self.live
        if self.zombies and self.random.random() < 0.35:
            worker = self.random.choice(self.zombies)
        getattr(self, self.random.choice(DRAWN))(worker)

    def spawn(self) -> Worker:
        self.spawned += 1
        fold = self.fold()
        name = f"w{self.spawned}"
        worker = Worker(name, self.core.owner(name, fold, self.topic), self.start)
        tail = self.log[max(self.start, len(self.log) - self.random.randint(1, 20)) :]
        base = max((record.base for record in tail if isinstance(record, Delta)), default=-1)
        if base >= self.start:
            worker.tail = base
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
            told = worker.owner.tail(offset, self.log[offset], self.standing())
            self.follow(worker, told)
            if worker.owner.stopped:
                return

    def read_source(self, worker: Worker) -> None:
        if worker.resumed and worker.position < self.low:
            # What it wants next is gone: it sees a gap and starts again.
            self.end(worker)
        elif worker.resumed:
            worker.position = min(self.events, worker.position + self.random.randint(1, 4))

    def flush(self, worker: Worker) -> None:
        if worker.resumed and worker.position >= worker.owner.written:
            body = bytes(range(worker.owner.written, worker.position))
            told = worker.owner.flush(worker.position, worker.position, body)
            worker.sums = add(worker.sums, body)
            self.follow(worker, told)

    def rebase(self, worker: Worker) -> None:
        if worker.resumed:
            sums = bytes(worker.sums)
            cuts = sorted(self.random.choices(range(len(sums) + 1), k=self.random.randint(0, 2)))
            edges = [0, *cuts, len(sums)]
            parts = [sums[a:b] for a, b in pairwise(edges)]
            self.follow(worker, worker.owner.rebase(parts, worker.owner.written))

    def trim(self, worker: Worker) -> None:
        if worker is self.live and worker.owner.fold.base > self.start:
            self.start = worker.owner.fold.base

    def retain(self, _worker: Worker) -> None:
        """The source's retention is faster than its readers, now and then."""
        self.low = self.random.randint(self.low, self.events)

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
                self.check_restored(worker, instruction.offset)
                worker.sums = worker.owner.fold.count_only()
            elif isinstance(instruction, kinds.Commit):
                self.commit(instruction.offset)
            elif isinstance(instruction, kinds.Stop | kinds.Refuse):
                self.end(worker)

    # --- what must hold ------------------------------------------------------------------------

    def fold(self) -> Any:
        return self.core.fold([0] * self.events, add, load(self.events))

    def standing(self) -> log_owner.Standing:
        return log_owner.Standing(
            committed=self.committed, low=self.low, high=self.end_of_source, topic_id=self.topic
        )

    def truth(self) -> Truth:
        return self.reader.read(self.log, len(self.log))

    def check_restored(self, worker: Worker, resumed: int) -> None:
        truth = Truth(self.begun, self.events).read(self.log, worker.tail).fold
        if (worker.owner.fold.next, worker.owner.fold.sums) != (truth.next, truth.sums):
            raise ViolationError("a restore differs from the log")
        if resumed != max(truth.next, self.low):
            raise ViolationError("it goes on elsewhere than the sums end or the source begins")
        if self.committed > resumed:
            raise ViolationError("the group reads on behind events that were not counted")

    def commit(self, offset: int) -> None:
        self.committed = offset
        if offset > max(self.truth().fold.next, self.low):
            raise ViolationError("committed beyond what counts")

    def make_source_anew(self) -> None:
        """Nobody may add the new topic's events to the old one's sums, however often they try."""
        ended = self.truth().fold.next
        if self.topic:
            self.topic = "another"
        else:
            self.end_of_source = self.random.randrange(ended) if ended else 0
        self.low, self.committed, self.zombies = 0, 0, []
        for _ in range(3 if ended else 0):
            worker = self.live = self.spawn()
            while self.live is worker and (worker.queue or worker.tail < len(self.log)):
                self.log.extend(worker.queue)
                worker.queue.clear()
                self.read_log(worker)
            if worker.resumed:
                raise ViolationError("it counts another topic's events")

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
                last.position = max(self.events, last.position)
                if last.owner.written < self.events:
                    self.flush(last)
        raise ViolationError("the last owner makes no progress")

    def done(self, worker: Worker) -> bool:
        return worker.resumed and worker.owner.fold.next >= self.events

    def check_end(self) -> None:
        for zombie in self.zombies:
            self.log.extend(record for record in zombie.queue if isinstance(record, Delta))
        skipped, truth = self.truth().skipped, self.truth().fold
        wanted = [0 if event in skipped else 1 for event in range(self.events)]
        if truth.next != self.events or truth.sums != wanted:
            raise ViolationError(f"counted {truth.sums} up to {truth.next} of {self.events}")
        if any(event >= self.low for event in skipped):
            raise ViolationError("skipped an event that the source has")
        if self.truth().miscalled:
            raise ViolationError("a loss under a wrong name")
        if self.committed > truth.next:
            raise ViolationError("committed beyond the end")


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
