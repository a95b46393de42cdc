"""A bounded sample of a window that does not depend on partitions, order or restarts."""

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

import msgspec

from streamgauge.contracts import summary as wire

SIZE = 200


class Drawn(NamedTuple):
    """One prediction of the sample; its hash decides."""

    hash: int
    id: str
    ts: int
    score: float | None
    latency: float | None
    error: int


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
        """Let events compete for the places; an id that is in already stays in once."""
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
            if held is not one and _first(one) < _first(held):
                unique[one.id] = one
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
        )


def _first(one: Drawn) -> tuple[int, str]:
    # Twice the same id and time with other values: anything that orders them will do.
    return one.ts, repr(one)
