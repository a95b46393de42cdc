"""In which languages people write."""

from collections.abc import Mapping, Sequence

from streamgauge.metrics import category
from streamgauge.metrics.base import Named
from streamgauge.metrics.column import Columns


class Languages(Named[Columns]):
    """`text_language_ratio{language=...}` of the predictions that name a language."""

    name = "text_language_ratio"
    label = "language"

    def column(self, batch: Columns) -> Sequence[str | None]:
        return batch.carried("language") or ()

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        return category.shares(self.name, self.label, counts, sum(counts.values()))

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        return {self.name: sum(counts.values())}
