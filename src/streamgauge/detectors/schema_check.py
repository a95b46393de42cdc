"""What the values of a feature in a window break of its schema, and what is to be expected of them.

Nothing has to be better than the reference was. Of a field that was null now and then, nulls are
allowed as often (and three standard errors more). Beyond the smallest and the largest of n numbers
lie 2 / n of all others on average, and hardly ever more than 12 / n. A name that was never seen
comes as often as names came only once (Good, "The population frequencies of species", 1953).
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

from streamgauge.contracts.reference import AnyField, Counted, Number, Reference
from streamgauge.detectors.check import Check, Kind
from streamgauge.detectors.pattern import Pattern
from streamgauge.detectors.pattern_reader import PatternError

# Where names of a window found no place, nobody knows which they were.
_OTHER = "__other__"
# The share that lies beyond n numbers is distributed as Gamma(2) / n: of 10,000 one is above this.
_BEYOND = 12.0
# Up to this share of names outside those that are known, an unknown one is a mistake.
_CLOSED = 0.005


class Expected(NamedTuple):
    """A field, the shares of it that may be wrong, and whether a row may be."""

    field: AnyField
    empty: float
    out: float
    unseen: float
    names: frozenset[str]
    pattern: Pattern | None

    @property
    def closed(self) -> bool:
        """Whether its names are all known."""
        return self.unseen <= _CLOSED


class FeatureCount(NamedTuple):
    """A feature in a window: numbers, nulls, texts, numbers out of range, and counts of names."""

    known: int = 0
    null: int = 0
    text: int = 0
    out: int = 0
    names: Mapping[str, int] = {}


def expect(reference: Reference) -> dict[str, Expected]:
    """What each feature of a reference may be; raises PatternError, which names the feature."""
    return {
        name: _expected(name, field, reference.features.get(name, Counted()), reference.rows)
        for name, field in sorted(reference.schema.items())
    }


def _expected(name: str, field: AnyField, counted: Counted, rows: int) -> Expected:
    empty = _upper(field.nulls, rows)
    if isinstance(field, Number):
        return Expected(field, empty, min(_BEYOND / (rows + 1), 1.0), 0.0, frozenset(), None)
    names = frozenset(field.values)
    total = sum(counted.names.values())
    outside = sum(count for one, count in counted.names.items() if one not in names)
    once = sum(count == 1 for one, count in counted.names.items() if one in names)
    unseen = _upper((outside + once) / total, total) if total else 0.0
    try:
        pattern = None if field.pattern is None else Pattern(field.pattern)
    except PatternError as error:
        raise PatternError(f"feature {name}: {error}") from None
    return Expected(field, empty, 0.0, unseen, names, pattern)


def _upper(share: float, samples: int) -> float:
    share = min(max(share, 0.0), 1.0)
    return min(share + 3 * math.sqrt(share * (1 - share) / samples), 1.0) if samples > 0 else share


def check(expected: Expected, count: FeatureCount, total: int) -> list[Check]:
    """All checks of a feature among `total` predictions, those that nothing breaks as well."""
    absent = max(total - count.known - count.null - count.text, 0)
    kind: Kind = "missing" if absent > count.null else "null"
    valued = count.known + count.text
    held = [Check(kind, absent + count.null, total, expected.empty)]
    if isinstance(expected.field, Number):
        return [
            *held,
            Check("type", count.text, valued, 0.0),
            Check("range", count.out, count.known, expected.out),
        ]
    known = {name: number for name, number in count.names.items() if name != _OTHER}
    named = sum(known.values())
    strange = sum(number for name, number in known.items() if name not in expected.names)
    held += [
        Check("type", count.known, valued, 0.0),
        Check("unseen", strange, named, expected.unseen),
    ]
    if expected.pattern is not None:
        wrong = sum(n for name, n in known.items() if not expected.pattern.matches(name))
        held.append(Check("format", wrong, named, 0.0))
    return held
