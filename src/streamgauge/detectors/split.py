"""Where a stream that moved was likeliest to do so, and its means on both sides."""

from collections.abc import Sequence

import msgspec

_KEPT = 8


class Split(msgspec.Struct):
    """Knows a stream well enough to say where its likeliest single change was.

    `levels` are sums of 1, 2, 4 ... values, the oldest first: at most eight of a kind, so the past
    is known the more roughly the longer ago it is, in memory that grows as the logarithm does.
    """

    levels: list[list[float]] = msgspec.field(default_factory=lambda: [[]])

    def add(self, value: float) -> None:
        """One more value.

        >>> split = Split()
        >>> [split.add(value) for value in (0.5, 0.5, 0.5, 0.75, 0.75)] and split.sides()
        (0.5, 2, 1.5)
        """
        self.extend((value,))

    def extend(self, values: Sequence[float]) -> None:
        """More values, in order: the same as one after the other."""
        more: Sequence[float] = values
        level = 0
        while more:
            if level == len(self.levels):
                self.levels.append([])
            held = self.levels[level]
            held.extend(more)
            pairs = max((len(held) - _KEPT + 1) // 2, 0)
            more = [held[2 * at] + held[2 * at + 1] for at in range(pairs)]
            del held[: 2 * pairs]
            level += 1

    def sides(self) -> tuple[float, int, float]:
        """The mean before the change, and the count and sum of the values since.

        Of all places it is the one at which the means on both sides differ the most for their
        counts: the likeliest for normal values (Hinkley: "Inference About the Change-Point", 1970).
        A stream without two sides has all before, and none since.
        """
        parts = [
            (1 << level, total)
            for level in range(len(self.levels) - 1, -1, -1)
            for total in self.levels[level]
        ]
        count, total = sum(size for size, _ in parts), sum(part for _, part in parts)
        # Rounding alone makes no sides.
        most, best = 1e-12, (total / max(count, 1), 0, 0.0)
        before, below = 0, 0.0
        for size, part in parts[:-1]:
            before, below = before + size, below + part
            since, above = count - before, total - below
            apart = above / since - below / before
            if (weight := apart * apart * before * since) > most:
                most, best = weight, (below / before, since, above)
        return best
