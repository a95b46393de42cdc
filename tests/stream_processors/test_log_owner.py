"""The protocol of the state log, proven by random schedules and by mutants that they must kill."""

import inspect
import sys
import types
from concurrent.futures import ProcessPoolExecutor

import pytest
from tests.stream_processors.log_simulation import Core, add, violations

from streamgauge.stream_processors import log_fold, log_owner
from streamgauge.stream_processors.log_fold import Fold, Verdict
from streamgauge.stream_processors.log_owner import Append, Commit, Owner, Resume, Stop
from streamgauge.stream_processors.log_record import Base, Claim, Delta, decode, encode

SCHEDULES = 100_000
KILL_WITHIN = 6_000

# What a slip of the pen would make of the core: (file, what stands there, what would). Slips that
# another rule makes good are not here: an ignored failure ends as a gap, for example.
MUTANTS: dict[str, tuple[types.ModuleType, str, str]] = {
    "epoch is not checked": (log_fold, "record.epoch != self.epoch", "False"),
    "an older epoch is enough": (
        log_fold,
        "record.epoch != self.epoch",
        "record.epoch > (self.epoch or 0)",
    ),
    "begin is not checked": (log_fold, "delta.begin != self.next", "False"),
    "a base does not move next": (log_fold, "self.next = base.end", "pass"),
    "a base is added, not loaded": (
        log_fold,
        "self.sums = self._load([part.body for part in self._parts])",
        "self.sums = [a + b for a, b in zip(self.sums, self._load([p.body for p in self._parts]))]",
    ),
    "one part is a base": (log_fold, "len(self._parts) < base.parts", "False"),
    "the base is named by its last part": (
        log_fold,
        "self.base = self._first_part",
        "self.base = offset",
    ),
    "a reader from a base takes no epoch": (
        log_fold,
        "self.epoch = record.epoch",
        "pass",
    ),
    "a delta does not move next": (log_fold, "self.next = delta.end", "pass"),
    "a restored owner begins at 0": (log_owner, "self._written = self.fold.next", "pass"),
    "any claim is its own": (
        log_owner,
        "isinstance(record, Claim) and record.owner == self.name",
        "isinstance(record, Claim)",
    ),
    "it commits what it wrote": (
        log_owner,
        "[Commit(self.fold.next)] if verdict is Verdict.DELTA else []",
        "[Commit(self._written)] if verdict is Verdict.DELTA else []",
    ),
    "it commits what was foreign": (
        log_owner,
        "[Commit(self.fold.next)] if verdict is Verdict.DELTA else []",
        "[Commit(record.end)] if verdict is not Verdict.CLAIM else []",
    ),
    "a delta begins at what was counted": (
        log_owner,
        "begin, self._written = self._written, end",
        "begin, self._written = self.fold.next, end",
    ),
    "a flush does not remember": (
        log_owner,
        "begin, self._written = self._written, end",
        "begin = self._written",
    ),
    "it is ready before its claim is read": (
        log_owner,
        "return self._restore(offset, committed) if mine else []",
        "return self._restore(offset, committed)",
    ),
    "a base is named before it is counted": (log_owner, "base=self.fold.base", "base=self._claim"),
    "gaps count": (log_fold, "delta.begin != self.next", "delta.begin < self.next"),
    "a claim does not set the epoch": (
        log_fold,
        "            self.epoch = offset\n            self._parts = []",
        "            self.epoch = self.epoch if self.epoch is not None else offset",
    ),
    "it commits before it reads back": (
        log_owner,
        "return [Append(delta)]",
        "return [Append(delta), Commit(end)]",
    ),
    "a foreign claim is ignored": (
        log_owner,
        "if verdict is Verdict.CLAIM:",
        "if False:",
    ),
    "a base of another end": (
        log_owner,
        "end=self._written,\n                    watermark",
        "end=self._written + 1,\n                    watermark",
    ),
}


def mutant(module: types.ModuleType, stands: str, would: str) -> type[Core]:
    """The core with one slip in it."""
    source = inspect.getsource(module)
    assert source.count(stands) == 1, f"{stands!r} stands there {source.count(stands)} times"
    changed = types.ModuleType(f"{module.__name__}_mutant")
    sys.modules[changed.__name__] = changed
    exec(compile(source.replace(stands, would), changed.__name__, "exec"), changed.__dict__)

    class Mutant(Core):
        fold = changed.__dict__["Fold"]
        owner = changed.__dict__.get("Owner", Core.owner)
        instructions = changed if module is log_owner else log_owner

    if module is log_fold:
        # The owner compares verdicts by identity, so it has to know the mutant's.
        owner = types.ModuleType("log_owner_of_mutant")
        sys.modules[owner.__name__] = owner
        exec(inspect.getsource(log_owner), owner.__dict__)
        owner.__dict__["Verdict"] = changed.__dict__["Verdict"]
        Mutant.owner, Mutant.instructions = owner.__dict__["Owner"], owner
    return Mutant


def broken_in(seeds: range) -> list[tuple[int, str]]:
    return violations(Core, seeds)


def test_no_schedule_loses_or_doubles_an_event() -> None:
    step = SCHEDULES // 8
    parts = [range(begin, begin + step) for begin in range(0, SCHEDULES, step)]
    with ProcessPoolExecutor(2) as pool:
        assert [found for part in pool.map(broken_in, parts) for found in part] == []


def test_there_are_mutants_enough() -> None:
    assert len(MUTANTS) >= 20


@pytest.mark.parametrize("name", MUTANTS)
def test_the_schedules_kill_the_mutant(name: str) -> None:
    assert violations(mutant(*MUTANTS[name]), range(KILL_WITHIN)), f"survived: {name}"


def restored(name: str = "a") -> Owner[list[int]]:
    owner = Owner(name, Fold([0] * 9, add, lambda parts: list(b"".join(parts))))
    (claim,) = owner.start()
    assert isinstance(claim, Append)
    assert owner.tail(0, claim.record) == [Resume(0)]
    return owner


def test_an_owner_commits_a_delta_only_when_it_reads_it_back() -> None:
    owner = restored()
    (append,) = owner.flush(3, 100, bytes([0, 1, 2]))
    assert isinstance(append, Append)
    assert owner.tail(1, append.record) == [Commit(3)]


def test_a_foreign_claim_ends_an_owner() -> None:
    owner = restored()
    (stop,) = owner.tail(1, Claim(owner="b"))
    assert isinstance(stop, Stop)
    assert not owner.ready
    assert owner.flush(1, 0, b"\x00") == []


def test_a_commit_that_ran_ahead_is_put_back() -> None:
    owner = Owner("a", Fold([0] * 9, add, lambda parts: list(b"".join(parts))))
    told = owner.tail(0, Claim(owner="a"), committed=7)
    assert told[0] == Commit(0)
    assert isinstance(told[1], Stop)


def test_a_delta_of_a_replaced_owner_is_foreign() -> None:
    fold = Fold([0] * 9, add, lambda parts: list(b"".join(parts)))
    fold.take(0, Claim(owner="a"))
    fold.take(1, Claim(owner="b"))
    late = Delta(epoch=0, begin=0, end=1, watermark=0, base=-1, body=b"\x00")
    assert fold.take(2, late) is Verdict.FOREIGN
    assert fold.next == 0


@pytest.mark.parametrize(
    "record",
    [
        Claim(owner="a"),
        Delta(epoch=1, begin=2, end=3, watermark=4, base=-1, body=b"x"),
        Base(epoch=1, end=3, watermark=4, part=0, parts=1, body=b""),
    ],
)
def test_records_survive_the_wire(record: Claim | Delta | Base) -> None:
    assert decode(encode(record)) == record
