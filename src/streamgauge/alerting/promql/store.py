"""Series in memory: what expressions are evaluated on, as long as they look back to it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from typing import Protocol

import msgspec

from streamgauge.alerting.promql.tree import Selector
from streamgauge.alerting.promql.vector import NAME

_Key = frozenset[tuple[str, str]]


class Series:
    """Values of one set of labels over time, in ms; None is a stale marker."""

    __slots__ = ("labels", "matched", "order", "stale", "times", "values")

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = labels
        self.order = tuple(sorted(labels.items()))
        self.times: list[int] = []
        self.values: list[float | None] = []
        self.stale = 0
        # Selector → whether it selects this series: labels are matched once.
        self.matched: dict[str, bool] = {}

    def put(self, at: int, value: float | None) -> None:
        """Take a value; one of the same time is replaced, since the newer is a revision."""
        self.stale += value is None
        if not self.times or at > self.times[-1]:
            self.times.append(at)
            self.values.append(value)
            return
        place = bisect_left(self.times, at)
        if self.times[place] == at:
            self.stale -= self.values[place] is None
            self.values[place] = value
        else:
            self.times.insert(place, at)
            self.values.insert(place, value)

    def latest(self, after: int, until: int) -> tuple[int, float] | None:
        """Time and value of the last sample in (after, until], unless that is a stale marker."""
        times = self.times
        place = len(times) - 1
        if place >= 0 and times[place] > until:
            place = bisect_right(times, until) - 1
        if place < 0 or times[place] <= after:
            return None
        value = self.values[place]
        return None if value is None else (times[place], value)

    def between(self, after: int, until: int) -> tuple[list[int], list[float]]:
        """Times and values of the samples in (after, until], without stale markers."""
        first, last = bisect_right(self.times, after), bisect_right(self.times, until)
        times, values = self.times[first:last], self.values[first:last]
        if self.stale:
            times = [at for at, value in zip(times, values, strict=True) if value is not None]
        return times, [value for value in values if value is not None]

    def cut(self, before: int) -> bool:
        """Drop what is older; whether anything is left."""
        if self.times and self.times[0] < before:
            place = bisect_left(self.times, before)
            self.stale -= self.values[:place].count(None)
            del self.times[:place]
            del self.values[:place]
        return bool(self.times)

    def selected(self, selector: Selector) -> bool:
        """Whether the selector means this series."""
        found = self.matched.get(selector.key)
        if found is None:
            found = self.matched[selector.key] = selector.selects(self.labels)
        return found


class Source(Protocol):
    """What an expression is evaluated on."""

    def select(self, selector: Selector) -> list[Series]:
        """The series that the selector means, ordered by labels."""


class Store:
    """All series, by labels that include `__name__`. Times in ms, in any order.

    >>> store = Store()
    >>> store.append({"__name__": "up", "job": "a"}, at=1_000, value=1.0)
    """

    def __init__(self) -> None:
        self._series: dict[_Key, Series] = {}
        self._named: dict[str, list[Series]] = {}
        self._selected: dict[str, tuple[Selector, list[Series]]] = {}

    def append(self, labels: Mapping[str, str], at: int, value: float) -> None:
        """Take a value of a series; a second one of the same time replaces the first."""
        self._of(labels).put(at, value)

    def mark_stale(self, labels: Mapping[str, str], at: int) -> None:
        """The series ends here: instant selectors no longer see its earlier values."""
        self._of(labels).put(at, None)

    def forget(self, before: int) -> None:
        """Drop values older than this, and series that have no others."""
        gone = [key for key, series in self._series.items() if not series.cut(before)]
        if not gone:
            return
        for key in gone:
            del self._series[key]
        self._named.clear()
        self._selected.clear()
        for series in self._series.values():
            self._named.setdefault(series.labels.get(NAME, ""), []).append(series)

    def only(self, labels: Mapping[str, str]) -> "OneSeries":
        """The same store as if it had this series alone; follows what is appended later."""
        return OneSeries(self, _key(labels))

    def select(self, selector: Selector) -> list[Series]:
        """The series that the selector means, ordered by labels; matched once per series."""
        found = self._selected.get(selector.key)
        if found is None:
            every = self._named.get(selector.name, []) if selector.name else self._series.values()
            chosen = [series for series in every if series.selected(selector)]
            chosen.sort(key=_order)
            self._selected[selector.key] = found = (selector, chosen)
        return found[1]

    def find(self, key: _Key) -> Series | None:
        """The series with these labels."""
        return self._series.get(key)

    def __len__(self) -> int:
        """How many series there are."""
        return len(self._series)

    def _of(self, labels: Mapping[str, str]) -> Series:
        key = _key(labels)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = Series({n: v for n, v in labels.items() if v})
            self._named.setdefault(labels.get(NAME, ""), []).append(series)
            for selector, chosen in self._selected.values():
                if series.selected(selector):
                    insort(chosen, series, key=_order)
        return series


class OneSeries(msgspec.Struct, frozen=True):
    """One series of a store; evaluation on it costs the same however many there are."""

    store: Store
    key: _Key

    def select(self, selector: Selector) -> list[Series]:
        """The series itself if the selector means it."""
        series = self.store.find(self.key)
        return [series] if series is not None and series.selected(selector) else []


def _key(labels: Mapping[str, str]) -> _Key:
    key = frozenset(labels.items())
    return frozenset(pair for pair in key if pair[1]) if "" in labels.values() else key


def _order(series: Series) -> tuple[tuple[str, str], ...]:
    return series.order
