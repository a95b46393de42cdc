"""What the rows of a window's sample break: the schema of each field, rules between fields."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from streamgauge.contracts.reference import Category
from streamgauge.contracts.summary import Sample
from streamgauge.detectors.check import Check, Kind
from streamgauge.detectors.rule import Rule
from streamgauge.detectors.schema_check import Expected

Value = float | str | None


class Rows:
    """A sample, and what each of its rows breaks. A sample without features has no rows.

    A number may lie beyond those of the reference by `margin` of their range. A number where only
    whole ones were is of the wrong form if it is none.
    """

    def __init__(
        self, sample: Sample, expected: Mapping[str, Expected], rules: Sequence[Rule], margin: float
    ) -> None:
        self.size = len(sample.id) if sample.features else 0
        self._sample = sample
        nothing: list[Value] = [None] * self.size
        self._broken: dict[str, Sequence[object]] = {}
        self.checks: dict[str, Check] = {}
        if not self.size:
            return
        for name, one in expected.items():
            self._broken[name] = _wrong(one, sample.features.get(name, nothing), margin)
        for rule in rules:
            broken = self._broken[rule.text] = rule.broken(sample.features)
            self.checks[rule.text] = Check("rule", sum(broken), self.size)

    @property
    def fine(self) -> int:
        """How many rows break nothing."""
        bad = [False] * self.size
        for broken in self._broken.values():
            if any(broken):
                bad = [was or bool(one) for was, one in zip(bad, broken, strict=True)]
        return self.size - sum(bad)

    @property
    def again(self) -> Check:
        """How many of the predictions are repeats of one that came before."""
        seen = self._sample.seen
        return Check("duplicate", sum(one - 1 for one in seen if one > 1), sum(seen))

    def evidence(self, issues: Sequence[tuple[str, Check]], most: int) -> list[str]:
        """Ids of rows that show these issues, those of the first one first."""
        places: dict[int, None] = {}
        for name, one in issues:
            places |= dict.fromkeys(self._showing(name, one.kind))
        return [self._sample.id[place] for place in places][:most]

    def _showing(self, name: str, kind: Kind) -> list[int]:
        if kind == "duplicate":
            return [place for place, seen in enumerate(self._sample.seen) if seen > 1]
        if kind in {"missing", "null"}:
            # Where nulls are allowed now and then, the rows are fine and their number is not.
            column = self._sample.features.get(name, [None] * self.size)
            return [place for place, value in enumerate(column) if value is None]
        broken = self._broken.get(name, ())
        return [place for place, one in enumerate(broken) if one in {kind, True}]


def _wrong(expected: Expected, column: Sequence[Value], margin: float) -> Sequence[Kind | None]:
    field = expected.field
    empty: Kind | None = None if field.nulls > 0 else "null"
    if isinstance(field, Category):
        kinds = {value: _name(expected, value) for value in set(column) if value is not None}
        return [empty if value is None else kinds[value] for value in column]
    beyond = margin * (field.most - field.least)
    beyond = beyond if math.isfinite(beyond) else 0.0
    least, most, whole = field.least - beyond, field.most + beyond, field.whole
    if str not in set(map(type, column)) and (empty is None or None not in column):
        # Nearly all columns are as they should be, and this says so quickly.
        numbers = np.array([value for value in column if value is not None], np.float64)
        inside = not len(numbers) or (least <= numbers.min() and numbers.max() <= most)
        if inside and not (whole and (numbers != np.floor(numbers)).any()):
            return [None] * len(column)
    return [
        empty if value is None else _number(value, least, most, whole=whole) for value in column
    ]


def _number(value: float | str, least: float, most: float, *, whole: bool) -> Kind | None:
    if isinstance(value, str):
        return "type"
    if not least <= value <= most:
        return "range"
    return "format" if whole and value != math.floor(value) else None


def _name(expected: Expected, value: float | str) -> Kind | None:
    if not isinstance(value, str):
        return "type"
    if expected.pattern is not None and not expected.pattern.matches(value):
        return "format"
    return "unseen" if expected.closed and value not in expected.names else None
