"""How sure a model is of each class that it predicts: counts by class and bucket of confidence."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from streamgauge.contracts.bucket import CONFIDENCE_EDGES
from streamgauge.metrics.base import Named
from streamgauge.metrics.category import LIMIT, OTHER, escape
from streamgauge.metrics.column import Columns

# It sorts before all printable text, so that the buckets of a class stand side by side.
_BETWEEN = "\x1f"
_EDGES = ("0", *(f"{edge:g}" for edge in CONFIDENCE_EDGES), "1")
_BUCKETS = [f"{low}-{high}" for low, high in pairwise(_EDGES)]
# NaN sorts beyond all of them: a place of its own.
_UPPER = np.array((*CONFIDENCE_EDGES, np.inf))
_ANY = "any"


class ClassConfidence(Named[Columns]):
    """`prediction_class_confidence_count{class=...,confidence_bucket=...}`, exactly.

    A bucket such as `0.7-0.9` holds confidences above its lower end and up to its upper one.
    Predictions without a class or a confidence are in none. Where a window has more classes than
    may be named, the rest counts as class `__other__`, bucket `any`.
    """

    name = "prediction_class_confidence_count"
    label = "pair"
    limit = LIMIT * len(_BUCKETS)

    def column(self, batch: Columns) -> Sequence[str | None]:
        if not batch.classed:
            return ()
        # Few classes make many events: each of their names is put together once.
        code = {name: number for number, name in enumerate(dict.fromkeys(batch.category))}
        pairs = [
            None if name is None or bucket is None else name + _BETWEEN + bucket
            for name in code
            for bucket in (*_BUCKETS, None)
        ]
        bucket = np.searchsorted(_UPPER, batch.confidence)
        of = np.fromiter(map(code.__getitem__, batch.category), np.int64, len(batch))
        return list(map(pairs.__getitem__, (of * (len(_BUCKETS) + 1) + bucket).tolist()))

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        held = dict(counts)
        if OTHER in held:
            # Some buckets of the last class may be in the rest already; all the others are whole.
            last = max((name for name in held if name != OTHER), default="")
            last = last.rpartition(_BETWEEN)[0]
            for name in [name for name in held if name.startswith(last + _BETWEEN)]:
                held[OTHER] += held.pop(name)
        values = {}
        for name, count in sorted(held.items()):
            title, _, bucket = name.rpartition(_BETWEEN) if _BETWEEN in name else (name, "", _ANY)
            labels = f'class="{escape(title)}",confidence_bucket="{bucket}"'
            values[f"{self.name}{{{labels}}}"] = float(count)
        return values

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        return {self.name: sum(counts.values())}
