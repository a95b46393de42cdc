"""Whether embeddings are any good: how long the vectors are, and which have no direction."""

from collections.abc import Iterable

import numpy as np

from streamgauge.metrics.base import Marks, Metric
from streamgauge.metrics.column import Columns, Ints
from streamgauge.metrics.histogram import LogBuckets

QUANTILES = (0.05, 0.5, 0.95)
_LIMIT = 1e4
_BUCKETS = LogBuckets(low=1e-3, high=_LIMIT, growth=1.05)
_SCALE = 1e6
_ZERO, _BROKEN, _SUM, _FIRST = range(4)


class EmbeddingQuality(Metric[Columns]):
    """`embedding_norm{quantile=...}` within 2.5 %, `embedding_norm_mean`, and useless embeddings.

    `embedding_zero_count` are all zeros, `embedding_broken_count` hold numbers whose squares are
    beyond a double. Norms beyond 10,000 count as 10,000.
    """

    name = "embedding_norm"
    width = _FIRST + _BUCKETS.width

    def marks(self, batch: Columns) -> Iterable[Marks]:
        marks = []
        for group in batch.embeddings:
            place, norm, good = group.place, group.norm, group.usable
            zero, broken = place[norm == 0], place[~np.isfinite(norm)]
            held = np.minimum(norm[good], _LIMIT)
            whole = np.rint(held * _SCALE).astype(np.int64)
            marks += [
                Marks(np.full(len(zero), _ZERO), zero),
                Marks(np.full(len(broken), _BROKEN), broken),
                Marks(np.full(len(held), _SUM), place[good], whole),
                Marks(_BUCKETS.cell(held) + _FIRST, place[good]),
            ]
        return marks

    def values(self, cells: Ints, seconds: float) -> dict[str, float]:
        zero, broken, norms = cells[:_FIRST].tolist()
        counts = cells[_FIRST:]
        good = int(counts.sum())
        if not good + zero + broken:
            return {}
        values = {"embedding_zero_count": float(zero), "embedding_broken_count": float(broken)}
        if good:
            values |= {
                f'embedding_norm{{quantile="{share}"}}': _BUCKETS.quantile(counts, share)
                for share in QUANTILES
            }
            values["embedding_norm_mean"] = norms / (_SCALE * good)
        return values

    def samples(self, cells: Ints) -> dict[str, int]:
        zero, broken = cells[:_SUM].tolist()
        good = int(cells[_FIRST:].sum())
        total = good + zero + broken
        if not total:
            return {}
        samples = {"embedding_zero_count": total, "embedding_broken_count": total}
        return samples | dict.fromkeys(("embedding_norm", "embedding_norm_mean"), good)
