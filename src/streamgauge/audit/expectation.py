"""The measures that a tally of predictions leads to, and how far a published one may be off."""

from collections import Counter
from typing import NamedTuple

from streamgauge.audit.tally import COLUMNS, Tally

_OTHER = "__other__"
_NAMES = 200


class Expected(NamedTuple):
    """A value, and by which `share` of it and by how `much` a published one may differ."""

    value: float
    share: float = 1e-9
    much: float = 0.0

    def holds(self, found: float) -> bool:
        """Whether the published value is the expected one.

        >>> Expected(100.0, share=0.01).holds(99.5), Expected(100.0).holds(99.5)
        (True, False)
        """
        return abs(found - self.value) <= abs(self.value) * self.share + self.much


def expect(tally: Tally, seconds: float) -> dict[str, Expected]:
    """All values of a window of that length, by the names under which they are published."""
    count = tally.count
    expected = {
        "prediction_count": Expected(float(count)),
        "prediction_rate": Expected(count / seconds),
    }
    if not count:
        return expected
    client = tally.errors["4xx"]
    ours = tally.errors.total() - client
    expected["prediction_error_ratio"] = Expected(ours / count)
    expected["prediction_client_error_ratio"] = Expected(client / count)
    expected["prediction_fallback_ratio"] = Expected(tally.fallbacks / count)
    if asked := tally.cache.total():
        expected["prediction_cache_hit_ratio"] = Expected(tally.cache[True] / asked)
    expected |= _shares("prediction_error_class_ratio", "class", tally.errors, count)
    expected |= _shares("prediction_class_ratio", "class", tally.classes, count)
    expected |= _shares("prediction_fallback_reason_ratio", "reason", tally.reasons, count)
    for name, column in tally.columns.items():
        _, quantiles, share, much = COLUMNS[name]
        expected[f"{name}_mean"] = Expected(column.mean(), much=1e-12)
        for quantile in quantiles:
            told = Expected(column.quantile(quantile), share, much)
            expected[f'{name}{{quantile="{quantile}"}}'] = told
    return expected


def _shares(name: str, label: str, counts: Counter[str], total: int) -> dict[str, Expected]:
    kept = sorted(counts)
    if len(kept) > _NAMES:
        kept = sorted(set(kept) - {_OTHER})[:_NAMES]
    shown = {one: counts[one] for one in kept}
    if rest := counts.total() - sum(shown.values()):
        shown[_OTHER] = rest
    return {
        f'{name}{{{label}="{_escape(one)}"}}': Expected(found / total)
        for one, found in shown.items()
    }


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
