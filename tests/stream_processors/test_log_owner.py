"""The protocol of the state log, proven by random schedules and by mutants that they must kill."""

import inspect
import sys
import types
from concurrent.futures import ProcessPoolExecutor

import pytest
from tests.stream_processors.log_simulation import Core, violations
from tests.stream_processors.log_truth import add

from streamgauge.stream_processors import log_fold, log_owner
from streamgauge.stream_processors.log_fold import Fold, Verdict
from streamgauge.stream_processors.log_owner import (
    Append,
    Commit,
    Instruction,
    Owner,
    Refuse,
    Resume,
    Standing,
    Stop,
)
from streamgauge.stream_processors.log_record import AnyLogRecord, Base, Claim, Delta, Skip

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
    "begin is not checked": (log_fold, "record.begin != self.next", "False"),
    "a base does not move next": (log_fold, "self._count(base.end)", "pass"),
    "a base is added, not loaded": (
        log_fold,
        "self.sums = self._load(self._parts)",
        "self.sums = [a + b for a, b in zip(self.sums, self._load(self._parts))]",
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
    "a delta does not move next": (
        log_fold,
        "self._count(record.end)\n        self.watermark",
        "self.watermark",
    ),
    "a skip does not move next": (
        log_fold,
        "self._count(record.end)\n            self.skips",
        "self.skips",
    ),
    "a claim that was refused names the topic": (
        log_fold,
        "self.epoch = offset\n            self._claimed = record.topic_id",
        "self.epoch = offset\n            self._claimed = self.topic_id = record.topic_id",
    ),
    "a topic that was made anew is taken": (
        log_owner,
        "fold.topic_id != self._topic_id",
        "False",
    ),
    "the end of the source is not looked at": (log_owner, "fold.next > standing.high", "False"),
    "what the source has lost is waited for": (log_owner, "self.fold.next < standing.low", "False"),
    "a lost state is taken for a first start": (
        log_owner,
        "if not self.fold.counted:",
        "if False:",
    ),
    "what was lost is not written down": (
        log_owner,
        "told += [Append(Skip(epoch=offset, begin=fold.next, end=standing.low, cause=cause))]",
        "pass",
    ),
    "a base hides what was lost": (log_owner, "self.fold.next < self._resumed", "False"),
    "a commit that ran ahead stays": (log_owner, "standing.committed > self._written", "False"),
    "a restored owner begins at 0": (log_owner, "self._written = fold.next", "pass"),
    "any claim is its own": (
        log_owner,
        "isinstance(record, Claim) and record.owner == self.name",
        "isinstance(record, Claim)",
    ),
    "it commits what it wrote": (
        log_owner,
        "[Commit(self.fold.next)] if verdict in _COUNTED else []",
        "[Commit(self._written)] if verdict in _COUNTED else []",
    ),
    "it commits what was foreign": (
        log_owner,
        "[Commit(self.fold.next)] if verdict in _COUNTED else []",
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
        "return self._restore(offset, standing or Standing()) if mine else []",
        "return self._restore(offset, standing or Standing())",
    ),
    "a base is named before it is counted": (log_owner, "base=self.fold.base", "base=self._claim"),
    "gaps count": (log_fold, "record.begin != self.next", "record.begin < self.next"),
    "a claim does not set the epoch": (
        log_fold,
        "            self.epoch = offset\n",
        "            self.epoch = self.epoch if self.epoch is not None else offset\n",
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


def folded() -> Fold[list[int]]:
    return Fold([0] * 9, add, lambda parts: list(b"".join(parts)))


def restored(standing: Standing | None = None) -> tuple[Owner[list[int]], list[Instruction]]:
    owner = Owner("a", folded(), topic_id="t")
    (claim,) = owner.start()
    assert isinstance(claim, Append)
    return owner, owner.tail(0, claim.record, standing)


def test_an_owner_commits_a_delta_only_when_it_reads_it_back() -> None:
    owner, told = restored()
    assert told == [Resume(0)]
    (append,) = owner.flush(3, 100, bytes([0, 1, 2]))
    assert isinstance(append, Append)
    assert owner.tail(1, append.record) == [Commit(3)]


def test_a_foreign_claim_ends_an_owner() -> None:
    owner, _ = restored()
    (stop,) = owner.tail(1, Claim(owner="b"))
    assert isinstance(stop, Stop)
    assert not owner.ready
    assert owner.flush(1, 0, b"\x00") == []


def test_a_commit_that_ran_ahead_is_put_back() -> None:
    owner = Owner("a", folded())
    owner.tail(0, Claim(owner="z"))
    owner.tail(1, Delta(epoch=0, begin=0, end=3, watermark=0, base=-1, body=b""))
    told = owner.tail(2, Claim(owner="a"), Standing(committed=7))
    assert told[0] == Commit(3)
    assert isinstance(told[1], Stop)


def test_a_delta_of_a_replaced_owner_is_foreign() -> None:
    fold = folded()
    fold.take(0, Claim(owner="a"))
    fold.take(1, Claim(owner="b"))
    late = Delta(epoch=0, begin=0, end=1, watermark=0, base=-1, body=b"\x00")
    assert fold.take(2, late) is Verdict.FOREIGN
    assert fold.next == 0


def test_a_first_start_on_an_old_topic_begins_where_the_topic_does() -> None:
    owner, told = restored(Standing(low=4, high=9))
    skip = Skip(epoch=0, begin=0, end=4, cause="start")
    assert told == [Append(skip), Resume(4)]
    assert owner.tail(1, skip) == [Commit(4)]


def test_an_empty_log_behind_a_commit_is_a_lost_state() -> None:
    _, told = restored(Standing(committed=6, low=2, high=9))
    skip = Skip(epoch=0, begin=0, end=2, cause="state_lost")
    assert told[:2] == [Append(skip), Commit(2)]
    assert isinstance(told[2], Stop)


def test_what_retention_took_before_it_was_counted_is_named() -> None:
    owner = Owner("a", folded())
    owner.tail(0, Claim(owner="z"))
    owner.tail(1, Delta(epoch=0, begin=0, end=3, watermark=0, base=-1, body=b""))
    told = owner.tail(2, Claim(owner="a"), Standing(committed=3, low=5, high=9))
    assert told == [Append(Skip(epoch=2, begin=3, end=5, cause="data_loss")), Resume(5)]


def test_a_base_waits_for_the_skip_before_it() -> None:
    owner, (skip, _) = restored(Standing(low=4, high=9))
    assert isinstance(skip, Append)
    assert owner.rebase([b""], 0) == []
    owner.tail(1, skip.record)
    assert len(owner.rebase([b""], 0)) == 1


def test_another_topic_or_a_shorter_one_is_refused() -> None:
    for standing, topic_id in ((Standing(high=9), "new"), (Standing(high=2), "t")):
        owner = Owner("a", folded(), topic_id=topic_id)
        owner.tail(0, Claim(owner="z", topic_id="t"))
        owner.tail(1, Delta(epoch=0, begin=0, end=3, watermark=0, base=-1, body=b""))
        # A refused owner's claim must not make the next one believe it.
        owner.tail(2, Claim(owner="y", topic_id=topic_id))
        (refused,) = owner.tail(3, Claim(owner="a", topic_id=topic_id), standing)
        assert isinstance(refused, Refuse)
        assert not owner.ready
        assert owner.tail(4, Claim(owner="b")) == []


def test_a_fold_that_counts_only_goes_on_counting_the_same() -> None:
    whole, positions = folded(), folded()
    log: list[AnyLogRecord] = [
        Claim(owner="a"),
        Delta(epoch=0, begin=0, end=2, watermark=5, base=-1, body=bytes([0, 1])),
        Base(epoch=0, end=2, watermark=6, part=0, parts=2, body=bytes([1] * 2)),
        Base(epoch=0, end=2, watermark=6, part=1, parts=2, body=bytes([0] * 7)),
        Delta(epoch=0, begin=2, end=3, watermark=7, base=2, body=bytes([2])),
    ]
    assert positions.count_only() == [0] * 9
    for offset, record in enumerate(log):
        assert whole.take(offset, record) is positions.take(offset, record)
    assert (positions.next, positions.watermark, positions.base) == (3, 7, 2)
    assert whole.sums == [1, 1, 1, 0, 0, 0, 0, 0, 0]
