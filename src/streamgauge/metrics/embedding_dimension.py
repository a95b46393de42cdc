"""How many predictions carry an embedding, and whether all are of one length."""

from collections.abc import Mapping, Sequence

from streamgauge.metrics import category
from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns


class EmbeddingDimensions(Named[Columns]):
    """`embedding_coverage_ratio` of all predictions, `embedding_dimension_ratio{dimension=...}`.

    The shares are of the embeddings. `embedding_dimension_mismatch_count` are those that are not as
    long as most: another model made them.

    >>> EmbeddingDimensions().values({"384": 8, "768": 2}, 20)["embedding_dimension_mismatch_count"]
    2.0
    """

    name = "embedding_dimension_ratio"
    label = "dimension"

    def column(self, batch: Columns) -> Sequence[str | None]:
        carried = batch.carried("embedding")
        if carried is None:
            return ()
        return [None if vector is None else str(len(vector)) for vector in carried]

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        carried = sum(counts.values())
        return {
            "embedding_coverage_ratio": carried / total,
            "embedding_dimension_mismatch_count": float(carried - max(counts.values())),
            **category.shares(self.name, self.label, counts, carried),
        }

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        carried = sum(counts.values())
        return {
            "embedding_coverage_ratio": total,
            "embedding_dimension_mismatch_count": carried,
            self.name: carried,
        }
