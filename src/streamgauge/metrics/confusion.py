"""Which classes are taken for which: the confusion matrix, precision, recall and F1."""

from collections.abc import Mapping, Sequence

from streamgauge.metrics.base import Named
from streamgauge.metrics.category import OTHER, escape
from streamgauge.metrics.label_column import LabelColumns

# No printable text holds it, and events with anything else are refused.
_BETWEEN = "\x1f"
_RATES = ("precision", "recall", "f1", "false_positive_rate", "false_negative_rate")
_AVERAGED = ("precision", "recall", "f1")


class Confusion(Named[LabelColumns]):
    """`model_confusion_ratio{truth=...,predicted=...}` of all judged predictions, and its rates.

    By class these are `model_precision`, `model_recall`, `model_f1`, `model_false_positive_rate`
    and `model_false_negative_rate`; the first three also with `average="macro"` and `"weighted"`.
    A rate of nothing is 0, as in scikit-learn. Where there are more pairs than a window may name,
    what is known of a class is not exact: then there is only the share of those pairs,
    `model_confusion_overflow_ratio`.
    """

    name = "model_confusion_ratio"
    label = "pair"
    # 32 classes that are all taken for each other; a real matrix is sparse and may have more.
    limit = 1_024
    brief = True

    def column(self, batch: LabelColumns) -> Sequence[str | None]:
        return [
            None if truth is None or predicted is None else pair(truth, predicted)
            for truth, predicted in zip(batch.truth_class, batch.predicted_class, strict=True)
        ]

    def values(self, counts: Mapping[str, int], total: int) -> dict[str, float]:
        """All of it from the counted pairs; counts of 0 or less are what corrections left."""
        held = {name: count for name, count in sorted(counts.items()) if count > 0}
        whole = sum(held.values())
        if not whole:
            return {}
        if OTHER in held:
            return {"model_confusion_overflow_ratio": held[OTHER] / whole}
        matrix = {_split(name): count for name, count in held.items()}
        values = {
            f'{self.name}{{truth="{escape(truth)}",predicted="{escape(predicted)}"}}': count / whole
            for (truth, predicted), count in matrix.items()
        }
        by_class = rates(matrix)
        for rate in _RATES:
            for name, (figures, _) in by_class.items():
                values[f'model_{rate}{{class="{escape(name)}"}}'] = figures[rate]
        for rate in _AVERAGED:
            every = [(figures[rate], support) for figures, support in by_class.values()]
            plain = sum(figure for figure, _ in every) / len(every)
            weighted = sum(figure * support for figure, support in every) / whole
            values[f'model_{rate}{{average="macro"}}'] = plain
            values[f'model_{rate}{{average="weighted"}}'] = weighted
        return values

    def samples(self, counts: Mapping[str, int], total: int) -> dict[str, int]:
        """How many judged predictions stand behind each name of `values`."""
        names = {name.partition("{")[0] for name in self.values(counts, total)}
        return dict.fromkeys(sorted(names), sum(count for count in counts.values() if count > 0))


def pair(truth: str, predicted: str) -> str:
    """A truth and what it was taken for as one name."""
    return truth.replace(_BETWEEN, " ") + _BETWEEN + predicted.replace(_BETWEEN, " ")


def truths(counts: Mapping[str, int]) -> dict[str, int]:
    """How often each class was the truth; `__other__` for pairs that have no name of their own.

    >>> truths({pair("a", "b"): 2, pair("a", "a"): 1})
    {'a': 3}
    """
    found: dict[str, int] = {}
    for name, count in sorted(counts.items()):
        truth = _split(name)[0]
        found[truth] = found.get(truth, 0) + count
    return {truth: count for truth, count in found.items() if count > 0}


def _split(name: str) -> tuple[str, str]:
    truth, _, predicted = name.partition(_BETWEEN)
    return truth, predicted


def rates(matrix: Mapping[tuple[str, str], int]) -> dict[str, tuple[dict[str, float], int]]:
    """The rates of each class against the rest, and how often it was the truth.

    >>> rates({("a", "a"): 1, ("b", "a"): 1})["a"][0]["precision"]
    0.5
    """
    whole = sum(matrix.values())
    truths: dict[str, int] = {}
    guesses: dict[str, int] = {}
    for (truth, predicted), count in matrix.items():
        truths[truth] = truths.get(truth, 0) + count
        guesses[predicted] = guesses.get(predicted, 0) + count
    by_class = {}
    for name in sorted(truths.keys() | guesses.keys()):
        hits, real, said = matrix.get((name, name), 0), truths.get(name, 0), guesses.get(name, 0)
        figures = {
            "precision": _share(hits, said),
            "recall": _share(hits, real),
            "f1": _share(2 * hits, said + real),
            "false_positive_rate": _share(said - hits, whole - real),
            "false_negative_rate": _share(real - hits, real),
        }
        by_class[name] = figures, real
    return by_class


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
