"""`histogram_quantile` of classic histograms: series with a label `le`, counts that add up."""

import math
from collections.abc import Sequence

from streamgauge.alerting.promql.arithmetic import divide
from streamgauge.alerting.promql.function import Frame, of_whole
from streamgauge.alerting.promql.vector import Sample, bare

# Counts that differ by less are the same: sums of rates are not exact.
_SAME = 1e-12


def _histogram_quantile(frame: Frame, share: float, samples: list[Sample]) -> list[Sample]:
    groups: dict[frozenset[tuple[str, str]], dict[float, float]] = {}
    for it in samples:
        try:
            bound = float(it.labels["le"])
        except (KeyError, ValueError):
            continue
        key = frozenset(pair for pair in it.labels.items() if pair[0] != "le")
        buckets = groups.setdefault(key, {})
        buckets[bound] = buckets.get(bound, 0.0) + it.value
    return [
        Sample(bare(dict(sorted(key))), _quantile(share, sorted(buckets.items())), frame.at)
        for key, buckets in groups.items()
    ]


def _quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float:
    """The quantile, interpolated inside its bucket; `buckets` are bounds with counts up to them."""
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    bounds = [bound for bound, _ in buckets]
    counts = _monotonic([count for _, count in buckets])
    if bounds[-1] != math.inf or len(bounds) < 2 or counts[-1] == 0:
        return math.nan
    rank = share * counts[-1]
    last = len(counts) - 1
    place = next((it for it in range(last) if counts[it] >= rank), last)
    if place == last:
        return bounds[-2]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    low, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    return low + (bounds[place] - low) * divide(rank - below, counts[place] - below)


def _monotonic(counts: Sequence[float]) -> list[float]:
    """Counts that never fall: small differences are noise, larger ones come from lost samples."""
    kept = [counts[0]]
    for count in counts[1:]:
        same = abs(count - kept[-1]) < _SAME * (abs(count) + abs(kept[-1]))
        kept.append(kept[-1] if same or count < kept[-1] else count)
    return kept


FUNCTIONS = (of_whole("histogram_quantile", _histogram_quantile, "scalar", "vector"),)
