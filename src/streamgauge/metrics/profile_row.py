"""The sums of one row of a profile as plain numbers: numpy would take longer for so few."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray


class Row(NamedTuple):
    """The cells of `stats`, the extremes, and how many numbers the schema does not allow."""

    stats: list[int]
    low: float
    high: float
    out: int

    def add(self, other: "Row") -> "Row":
        """Both together."""
        return Row(
            [one + more for one, more in zip(self.stats, other.stats, strict=True)],
            min(self.low, other.low),
            max(self.high, other.high),
            self.out + other.out,
        )


def rows(columns: Mapping[str, NDArray[Any]]) -> list[Row]:
    """All rows of a profile, in order."""
    flat = (columns[name][:, 0].tolist() for name in ("low", "high", "out"))
    return [Row(*row) for row in zip(columns["stats"].tolist(), *flat, strict=True)]
