"""Sums of many series side by side: a row for each key, a column for each kind of number.

Windows, partitions and the deltas between them are all tables, so everything that adds up adds up
here. Which keys have a row of their own is bounded (see cap.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamgauge.metrics.cap import Cap, Key, Rule
from streamgauge.metrics.column import Ints

_FIRST = 4
_GROWTH = 1.5


class Column(NamedTuple):
    """Numbers of one kind: `width` of them in each row, merged by `merge`, beginning with `fill`.

    Addition, maximum and minimum do not care for order; that is why there is no other `merge`.
    """

    dtype: type[np.generic]
    width: int
    merge: np.ufunc = np.add
    fill: float = 0


class Table:
    """Rows by key. `column(name)` are the used rows of a column, in the order of `keys`."""

    def __init__(self, columns: Mapping[str, Column], rule: Rule) -> None:
        self.columns = columns
        self.rows: dict[Key, int] = {}
        self.rule = rule
        self._cap = Cap(rule)
        self._free: list[int] = []
        self._capacity = 0
        self._arrays: dict[str, NDArray[Any]] = {}
        self.clear()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def keys(self) -> list[Key]:
        """The key of each row, in order."""
        return sorted(self.rows, key=self.rows.__getitem__)

    @property
    def nbytes(self) -> int:
        """How much memory the numbers take."""
        return sum(array.nbytes for array in self._arrays.values())

    def column(self, name: str) -> NDArray[Any]:
        """The used rows of a column, shape (rows, width): a view, until a row is added."""
        return self._arrays[name][: len(self.rows)]

    def flat(self, name: str) -> NDArray[Any]:
        """All numbers of a column in one line, row after row: a view, until a row is added."""
        return self.column(name).reshape(-1)

    def place(self, keys: Sequence[Key]) -> Ints:
        """The row of each key, made if need be; those that have no place by name share one."""
        for key in keys:
            if key not in self.rows:
                self._admit(key)
        return np.array([self.rows[self.home(key)] for key in keys], np.int64)

    def home(self, key: Key) -> Key:
        """Under which key an admitted key counts."""
        return key if key in self.rows else self._cap.place(key)

    def add(self, other: "Table") -> None:
        """Add all that another table of the same columns holds."""
        rows = self.place(other.keys)
        for name in self.columns:
            self.add_rows(name, rows, other.column(name))

    def add_rows(self, name: str, rows: Ints, numbers: NDArray[Any]) -> None:
        """Merge whole rows of one column into these rows."""
        merge, mine = self.columns[name].merge, self._arrays[name]
        if len(set(rows.tolist())) == len(rows):
            mine[rows] = merge(mine[rows], numbers)
        else:
            for row, line in zip(rows, numbers, strict=True):
                mine[row] = merge(mine[row], line)

    def clear(self) -> None:
        """Forget all rows."""
        self.rows = {}
        self._free = []
        self._cap = Cap(self._cap.rule)
        self._arrays = {
            name: np.full((_FIRST, width), fill, dtype)
            for name, (dtype, width, _, fill) in self.columns.items()
        }
        self._capacity = _FIRST

    def _admit(self, key: Key) -> None:
        for gone, to in self._cap.admit(key):
            self._move(gone, to)
        self._own(self._cap.place(key))

    def _move(self, gone: Key, to: Key) -> None:
        target = self._own(to)
        source = self.rows.pop(gone)
        self.moved(gone, to)
        for name, (_, _, merge, fill) in self.columns.items():
            array = self._arrays[name]
            array[target] = merge(array[target], array[source])
            array[source] = fill
        self._free.append(source)

    def _expel(self, keys: Sequence[Key], to: Key) -> None:
        """Let whole families of keys count under `to`, and close the gaps that they leave."""
        self._cap.forget(keys)
        self._cap.admit(to)
        for key in keys:
            self._move(key, to)
        used = len(self.rows)
        holes = [row for row in self._free if row < used]
        self._free = []
        beyond = [key for key, row in self.rows.items() if row >= used]
        for key, hole in zip(beyond, holes, strict=True):
            row, self.rows[key] = self.rows[key], hole
            for name, column in self.columns.items():
                array = self._arrays[name]
                array[hole] = array[row]
                array[row] = column.fill

    def moved(self, gone: Key, to: Key) -> None:
        """Called when what counted under one key counts under another from now on.

        Both have left their places in order: `column` and `flat` may not be used here.
        """

    def _own(self, key: Key) -> int:
        row = self.rows.get(key)
        if row is None:
            row = self._free.pop() if self._free else len(self.rows)
            self.rows[key] = row
            if row >= self._capacity:
                self._grow()
        return row

    def _grow(self) -> None:
        more = max(int(self._capacity * _GROWTH) - self._capacity, 1)
        for name, (dtype, width, _, fill) in self.columns.items():
            fresh = np.full((more, width), fill, dtype)
            self._arrays[name] = np.concatenate([self._arrays[name], fresh])
        self._capacity += more
