"""What `reward` adds up of one source partition: trials and rewards of every arm. Pure."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from streamgauge.stream_processors.log_record import UnknownVersionError

VERSION = 1
# What this version can read; see `log_record.KNOWN`.
KNOWN = frozenset({1})
_MICRO = 1_000_000
# So many arms are one part of a base: with the longest names far below its 4 MB.
_ARMS = 2_000

Pair = Annotated[list[int], msgspec.Meta(min_length=2, max_length=2)]
# experiment → arm → [trials, rewards in millionths]: integers, so that sums have no order.
Totals = dict[str, dict[str, Pair]]


class Rewards(msgspec.Struct, kw_only=True, gc=False, forbid_unknown_fields=True):
    """What some events add: the body of a delta, a part of a base, or the sums of them all."""

    v: int = VERSION
    totals: Totals = {}
    rejected: int = 0
    unrelated: int = 0

    def move(self, experiment: str, arm: str, trials: int, millionths: int) -> None:
        """Add so many trials and rewards to an arm."""
        total = self.totals.setdefault(experiment, {}).setdefault(arm, [0, 0])
        total[0] += trials
        total[1] += millionths

    def add(self, other: "Rewards") -> None:
        """Add all that another one counts."""
        for experiment, arms in other.totals.items():
            for arm, (trials, millionths) in arms.items():
                self.move(experiment, arm, trials, millionths)
        self.rejected += other.rejected
        self.unrelated += other.unrelated


class _Version(msgspec.Struct):
    v: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Rewards)
_version = msgspec.msgpack.Decoder(_Version)


def encode(rewards: Rewards) -> bytes:
    """A body as MessagePack.

    >>> decode(encode(Rewards(rejected=3))).rejected
    3
    """
    return _encoder.encode(rewards)


def decode(body: bytes) -> Rewards:
    """Read a body; raises UnknownVersionError where it is of another version."""
    if (version := _version.decode(body).v) not in KNOWN:
        raise UnknownVersionError(f"rewards of version {version}, this reads {sorted(KNOWN)}")
    return _decoder.decode(body)


class RewardSums:
    """How the state log of `reward` adds up: deltas to sums, sums to bases and back."""

    def empty(self) -> Rewards:
        """Nothing yet."""
        return Rewards()

    def add(self, sums: Rewards, body: bytes) -> Rewards:
        """Add a delta."""
        sums.add(decode(body))
        return sums

    def load(self, parts: list[bytes]) -> Rewards:
        """What a base says."""
        sums = Rewards()
        for part in parts:
            sums.add(decode(part))
        return sums

    def dump(self, sums: Rewards) -> list[bytes]:
        """All sums, in parts of so many arms each; the counts are in the first."""
        arms = [(e, arm, pair) for e, held in sums.totals.items() for arm, pair in held.items()]
        parts = [Rewards(rejected=sums.rejected, unrelated=sums.unrelated)]
        for place, (experiment, arm, (trials, millionths)) in enumerate(arms):
            if place and place % _ARMS == 0:
                parts.append(Rewards())
            parts[-1].move(experiment, arm, trials, millionths)
        return [encode(part) for part in parts]


def add_up(parts: Sequence[Totals], experiment: str) -> tuple[dict[str, int], dict[str, float]]:
    """Trials and rewards of an experiment's arms over all partitions.

    >>> add_up([{"e": {"a": [2, 1_000_000]}}, {"e": {"a": [1, 0]}}], "e")
    ({'a': 3}, {'a': 1.0})
    """
    trials: dict[str, int] = {}
    rewards: dict[str, int] = {}
    for totals in parts:
        for arm, (count, millionths) in totals.get(experiment, {}).items():
            trials[arm] = trials.get(arm, 0) + count
            rewards[arm] = rewards.get(arm, 0) + millionths
    return trials, {arm: total / _MICRO for arm, total in rewards.items()}
