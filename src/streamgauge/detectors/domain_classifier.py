"""Whether a classifier can tell the rows of two times apart, and by which features.

It sees what tests of single features cannot: that they do not belong together any more. It takes
seconds, so it is asked after an alarm.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from streamgauge.contracts.measure import Part
from streamgauge.detectors.window_test import Floats

Value = float | str | None
Rows = Mapping[str, Sequence[Value]]
# scikit-learn takes at most so many names of a feature; the rest count as one.
_NAMES = 250


class Separation(msgspec.Struct, frozen=True, kw_only=True):
    """How well rows of two times are told apart: `auc` is .5 where they are the same, 1 at best.

    `error` is its standard error where they are the same, `p` the chance of such an AUC then (one
    sided). NaN where there are too few rows. `parts` rank the features that tell them apart; the
    score of each is what the AUC loses without it.
    """

    active: bool
    auc: float
    error: float
    p: float
    rows: int
    parts: list[Part] = []


class DomainClassifier(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="domain_classifier"
):
    """Parameters of gradient-boosted trees and of what counts as a difference.

    Every row is judged by trees that have not seen it; of `folds` parts each is held out once. The
    AUC of a part is a Mann-Whitney statistic, of variance (n + m + 1) / 12nm where both times are
    the same; `error` is that of their mean, for which parts count as dependent (Nadeau, Bengio:
    "Inference for the Generalization Error", 2003). `seed` decides the parts, so that the same rows
    always give the same answer.
    """

    rows: int = 2_000
    least: int = 250
    folds: int = 4
    trees: int = 60
    seed: int = 1
    floor: float = 0.55
    q: float = 0.0001

    def judge(self, before: Rows, after: Rows) -> Separation:
        """Tell rows apart that are columns by name; of more than `rows` the first ones count."""
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits

        table = tabulate(before, after, self.rows)
        size = int(min(np.count_nonzero(~table.is_after), np.count_nonzero(table.is_after)))
        if size < self.least or not table.names:
            return Separation(active=False, auc=np.nan, error=np.nan, p=np.nan, rows=size)
        model = HistGradientBoostingClassifier(
            max_iter=self.trees,
            max_leaf_nodes=15,
            early_stopping=False,
            categorical_features=table.is_name,
            random_state=self.seed,
        )
        # Threads that wait for each other cost a hundred times what the little work does.
        with threadpool_limits(1, "openmp"):
            return self._separate(model, table, size)

    def _separate(self, model: Any, table: "Table", size: int) -> Separation:
        random = np.random.default_rng(self.seed)
        aucs, variances = [], []
        losses = np.zeros(len(table.names))
        for held_out in _folds(table.is_after, self.folds, random):
            model.fit(table.values[~held_out], table.is_after[~held_out])
            rows, truth = table.values[held_out], table.is_after[held_out]
            aucs.append(_auc(model, rows, truth))
            variances.append(_variance(truth))
            losses += [
                aucs[-1] - _auc(model, _shuffled(rows, column, random), truth)
                for column in range(len(table.names))
            ]
        auc = float(np.mean(aucs))
        # Folds learn from each other's rows, so their mean varies by more than if they did not.
        spread = np.mean(variances) * (1 / self.folds + 1 / (self.folds - 1))
        error = float(np.sqrt(spread))
        p = float(special.ndtr((0.5 - auc) / error))
        active = p <= self.q and auc >= self.floor
        parts = _rank(table.names, losses / self.folds) if active else []
        return Separation(active=active, auc=auc, error=error, p=p, rows=size, parts=parts)


class Table(NamedTuple):
    """Rows of both times: `values` (rows, features), NaN where there is none; names as numbers."""

    names: list[str]
    values: Floats
    is_name: NDArray[np.bool_]
    is_after: NDArray[np.bool_]


def tabulate(before: Rows, after: Rows, most: int) -> Table:
    """Features that both have, as numbers; those with more names than numbers are of names."""
    names = sorted(before.keys() & after.keys())
    sizes = [min(max(map(len, rows.values()), default=0), most) for rows in (before, after)]
    columns = [[*before[name][:most], *after[name][:most]] for name in names]
    texts = np.array([_is_text(column) for column in columns], np.bool_)
    values = np.full((sum(sizes), len(names)), np.nan)
    for place, column in enumerate(columns):
        values[:, place] = _codes(column) if texts[place] else _numbers(column)
    return Table(names, values, texts, np.repeat([False, True], sizes))


def _is_text(column: Sequence[Value]) -> bool:
    texts = sum(isinstance(value, str) for value in column)
    return 2 * texts > sum(value is not None for value in column)


def _numbers(column: Sequence[Value]) -> Floats:
    told = np.array([value if isinstance(value, int | float) else np.nan for value in column])
    return np.where(np.isfinite(told), told, np.nan)


def _codes(column: Sequence[Value]) -> Floats:
    known, codes, counts = np.unique(
        np.array(["" if value is None else f"={value}" for value in column], str),
        return_inverse=True,
        return_counts=True,
    )
    rank = np.empty(len(known), np.int64)
    rank[np.argsort(-counts, kind="stable")] = np.arange(len(known))
    ranked = np.minimum(rank, _NAMES - 1)[codes].astype(np.float64)
    return np.where(known[codes] == "", np.nan, ranked)


def _folds(
    is_after: NDArray[np.bool_], folds: int, random: np.random.Generator
) -> list[NDArray[np.bool_]]:
    """Which rows each fold holds out, of both times the same share."""
    fold = np.empty(len(is_after), np.int64)
    for side in (False, True):
        places = random.permutation(np.flatnonzero(is_after == side))
        fold[places] = np.arange(len(places)) % folds
    return [fold == one for one in range(folds)]


def _auc(model: Any, rows: Floats, truth: NDArray[np.bool_]) -> float:
    """The chance that a later row has a higher score than an earlier one; ties count half."""
    ranks = stats.rankdata(model.predict_proba(rows)[:, 1])
    later = int(truth.sum())
    below = float(ranks[truth].sum()) - later * (later + 1) / 2
    return below / (later * (len(truth) - later))


def _variance(truth: NDArray[np.bool_]) -> float:
    later = int(truth.sum())
    return (len(truth) + 1) / (12 * later * (len(truth) - later))


def _shuffled(rows: Floats, column: int, random: np.random.Generator) -> Floats:
    told = rows.copy()
    random.shuffle(told[:, column])
    return told


def _rank(names: list[str], losses: Floats) -> list[Part]:
    """Features by what the AUC loses where their values are shuffled (Breiman, 2001)."""
    kept = np.maximum(losses, 0.0)
    whole = float(kept.sum()) or 1.0
    return [
        Part(
            name=names[place],
            share=float(kept[place]) / whole,
            score=float(losses[place]),
            text=f"without {names[place]} the rows are harder to tell apart",
        )
        for place in sorted(range(len(names)), key=lambda place: (-losses[place], names[place]))
        if kept[place] > 0
    ]
