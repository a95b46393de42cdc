"""A fair sample of rows that does not depend on the order or the windows in which they came."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Self

import msgspec

Value = float | str | None
Columns = dict[str, list[Value]]
SIZE = 2_000


class Reservoir(msgspec.Struct, frozen=True, array_like=True):
    """Rows as columns: those whose ids have the smallest hashes of all that were offered.

    Who adds windows in another order, or adds reservoirs of partitions up, gets the same one.
    `hashes` ascend and belong to the rows.

    >>> one = Reservoir().add(["a", "b"], {"age": [1.0, 2.0]}, size=1)
    >>> one == Reservoir().add(["b"], {"age": [2.0]}, size=1).add(["a"], {"age": [1.0]}, size=1)
    True
    """

    hashes: list[int] = []
    columns: Columns = {}

    def add(
        self, ids: Sequence[str], columns: Mapping[str, Sequence[Value]], *, size: int = SIZE
    ) -> Self:
        """With more rows; an id that is in already does not come in again."""
        hashes = [_hash(name) for name in ids]
        if len(self.hashes) >= size:
            last = self.hashes[-1]
            entering = [place for place, one in enumerate(hashes) if one < last]
            if not entering:
                return self
            hashes = [hashes[place] for place in entering]
            some = {name: [column[at] for at in entering] for name, column in columns.items()}
        else:
            some = {name: list(column) for name, column in columns.items()}
        return self.merge(type(self)(hashes, some), size=size)

    def merge(self, other: Self, *, size: int = SIZE) -> Self:
        """The smallest hashes of both; a column that one of them lacks is null there."""
        mine, theirs = len(self.hashes), len(other.hashes)
        hashes = self.hashes + other.hashes
        first: dict[int, int] = {}
        for place, one in enumerate(hashes):
            first.setdefault(one, place)
        kept = sorted(first)[:size]
        places = [first[one] for one in kept]
        columns: Columns = {}
        for name in dict.fromkeys([*self.columns, *other.columns]):
            both = self.columns.get(name, [None] * mine) + other.columns.get(name, [None] * theirs)
            columns[name] = [both[place] for place in places]
        return type(self)(kept, columns)

    def __len__(self) -> int:
        return len(self.hashes)


def _hash(name: str) -> int:
    # MessagePack has integers of 64 bits.
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest())
