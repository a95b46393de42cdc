"""A bounded sample of a window that does not depend on partitions, order or restarts."""

from collections.abc import Container, Iterable
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import msgspec

from streamgauge.contracts import summary as wire
from streamgauge.metrics.cap import rank

SIZE = 200
# Of each prediction, and of a sample: those whose names have the smallest hashes.
FEATURES = 64
# Whoever sends prose cannot make a window too large for its topic.
TEXT_LENGTH = 40
Features = dict[str, float | str | None]


class Drawn(NamedTuple):
    """One prediction of the sample; its hash decides. `seen` is how often its id came."""

    hash: int
    id: str
    ts: int
    score: float | None
    latency: float | None
    error: int
    features: Features = {}
    seen: int = 1


_encoder = msgspec.msgpack.Encoder()
_RANK = itemgetter(0, 1)
_ORDER = itemgetter(2, 1)


class Draw(msgspec.Struct, array_like=True):
    """The events with the smallest hashes of their ids: the same ones however the stream is cut.

    `pool` holds them and at most as many again that came since it was cut down last; `limit` is
    the hash above which nobody enters.
    """

    pool: list[Drawn] = []
    limit: int = 2**32

    def add(self, events: Iterable[Drawn]) -> None:
        """Let events compete for the places; an id that is in already stays in once.

        The id of a winner is below every limit there ever was, so each time it came is counted.
        """
        self.pool.extend(events)
        if len(self.pool) >= 2 * SIZE:
            self.pool = self.drawn()
            if len(self.pool) == SIZE:
                self.limit = self.pool[-1].hash

    def drawn(self) -> list[Drawn]:
        """The winners, by rank."""
        unique: dict[str, Drawn] = {}
        for one in self.pool:
            held = unique.setdefault(one.id, one)
            if held is not one:
                unique[one.id] = _first(held, one)._replace(seen=held.seen + one.seen)
        return sorted(unique.values(), key=_RANK)[:SIZE]

    @classmethod
    def of(cls, pool: Iterable[Drawn]) -> "Draw":
        """The draw among these: as many winners as there are places, and their limit."""
        draw = cls(list(pool))
        draw.pool = draw.drawn()
        if len(draw.pool) == SIZE:
            draw.limit = draw.pool[-1].hash
        return draw

    def merge(self, other: "Draw") -> "Draw":
        """The draw of both streams together."""
        return Draw.of([*self.pool, *other.pool])

    def sample(self) -> wire.Sample:
        """The sample in order of (ts, id), as it travels to the detectors."""
        ordered = sorted(self.drawn(), key=_ORDER)
        return wire.Sample(
            ts=[one.ts for one in ordered],
            id=[one.id for one in ordered],
            score=[one.score for one in ordered],
            latency=[one.latency for one in ordered],
            error=[one.error for one in ordered],
            features={
                name: [one.features.get(name) for one in ordered]
                for name in sorted(kept(set().union(*(one.features for one in ordered))))
            },
            seen=[one.seen for one in ordered],
        )


def duplicates(draw: Draw) -> dict[str, float]:
    """`prediction_duplicate_ratio`: the share of predictions whose id has come before.

    Of one window, estimated from the ids that were drawn: each time one of these came is counted.
    """
    drawn = draw.drawn()
    came = sum(one.seen for one in drawn)
    return {"prediction_duplicate_ratio": 1.0 - len(drawn) / came} if came else {}


def carried(features: list[Features]) -> list[Features]:
    """What of predictions' features a sample carries: so many, and the beginnings of texts.

    >>> carried([{"age": 7.0, "text": "x" * 1_000}])[0]["text"] == "x" * TEXT_LENGTH
    True
    """
    # Nearly all are few numbers, which are looked at together.
    if max(map(len, features), default=0) <= FEATURES:
        values = chain.from_iterable(map(dict.values, features))
        if str not in map(type, values):
            return features
    return list(map(_cut, features))


def _cut(features: Features) -> Features:
    names: Container[str] = features if len(features) <= FEATURES else kept(features)
    return {
        name: value[:TEXT_LENGTH] if isinstance(value, str) else value
        for name, value in features.items()
        if name in names
    }


def kept(names: Iterable[str]) -> set[str]:
    """The names of features that a sample has room for.

    What is among the first of all names is among the first of any prediction that has it: none of
    its values was left out before.
    """
    return set(sorted(names, key=_place)[:FEATURES])


@lru_cache(4_096)
def _place(name: str) -> tuple[int, str]:
    return rank(name), name


def _first(one: Drawn, other: Drawn) -> Drawn:
    if one.ts != other.ts:
        return one if one.ts < other.ts else other
    return min(one, other, key=_bytes)


def _bytes(one: Drawn) -> bytes:
    """Twice the same id and time with other values: anything that orders them will do.

    How often it came must not, since that depends on what was put together before.
    """
    return _encoder.encode(one[:-1])
