"""What a profile says of the features of each series, whatever grids they were counted on."""

import numpy as np

from streamgauge.metrics import cardinality, category, feature_name, grid
from streamgauge.metrics.cap import Key
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.histogram import quantile
from streamgauge.metrics.profile import HALF, HIGH, KNOWN, LOW, NULL, SCALE, ProfileTable
from streamgauge.metrics.schema import Grids

QUANTILES = (0.05, 0.5, 0.95)


def counts(profile: ProfileTable) -> dict[Key, int]:
    """How many feature values of each series were seen, nulls included."""
    found: dict[Key, int] = {}
    seen = profile.column("stats")[:, :3].sum(axis=1).tolist()
    for key, row in profile.rows.items():
        found[key[:-1]] = found.get(key[:-1], 0) + int(seen[row])
    return found


def values(profile: ProfileTable, grids: Grids | None = None) -> dict[Key, dict[str, float]]:
    """What is known of the features of each series, keyed as Prometheus prints samples.

    Quantiles are of what was counted on grids that are known: the generic one, and those of
    `grids`.
    """
    told: dict[Key, dict[str, float]] = {}
    for key, rows in _features(profile).items():
        told.setdefault(key[:-1], {}).update(_values(profile, key[-1], rows, grids or Grids()))
    return told


def _features(profile: ProfileTable) -> dict[Key, list[Key]]:
    """The rows of each feature, by series and name."""
    found: dict[Key, list[Key]] = {}
    for key in sorted(profile.rows):
        found.setdefault((*key[:-1], feature_name.split(key[-1])[0]), []).append(key)
    return found


def _values(profile: ProfileTable, feature: str, keys: list[Key], grids: Grids) -> dict[str, float]:
    """One feature of a series, from all rows that it has."""
    rows = [profile.rows[key] for key in keys]
    label = f'{{feature="{category.escape(feature)}"}}'
    stats = [int(cell) for cell in profile.column("stats")[rows].sum(axis=0)]
    seen = sum(stats[:3])
    told: dict[str, float] = {}
    if not seen:
        return told
    told[f"feature_count{label}"] = float(seen)
    told[f"feature_null_ratio{label}"] = stats[NULL] / seen
    if stats[KNOWN]:
        total = stats[HIGH] * HALF + stats[LOW]
        told[f"feature_mean{label}"] = total / SCALE / stats[KNOWN]
        told[f"feature_min{label}"] = float(profile.column("low")[rows].min())
        told[f"feature_max{label}"] = float(profile.column("high")[rows].max())
        told |= _range(profile, label, keys)
        if profile.fine:
            told |= _fine(profile, feature, keys, grids)
    counts: Counts = {}
    for key in keys:
        counts = category.merge(counts, profile.categories.get(key, {}))
    for name, count in sorted(counts.items()):
        both = f'feature="{category.escape(feature)}",category="{category.escape(name)}"'
        told[f"feature_category_ratio{{{both}}}"] = count / seen
    return told


def _range(profile: ProfileTable, label: str, keys: list[Key]) -> dict[str, float]:
    """The share of numbers that the schema does not allow, among those counted by it."""
    rows = [profile.rows[key] for key in keys if feature_name.is_frozen(key[-1])]
    if not (known := int(profile.column("stats")[rows, KNOWN].sum())):
        return {}
    return {f"feature_out_of_range_ratio{label}": int(profile.column("out")[rows].sum()) / known}


def _fine(profile: ProfileTable, feature: str, keys: list[Key], grids: Grids) -> dict[str, float]:
    name = category.escape(feature)
    held = profile.column("registers")[[profile.rows[key] for key in keys]].max(axis=0)
    told = {f'feature_cardinality{{feature="{name}"}}': cardinality.estimate(held)}
    middle, cells = _cells(profile, keys, grids)
    if not cells.any():
        return told
    for share in QUANTILES:
        told[f'feature_value{{feature="{name}",quantile="{share}"}}'] = quantile(
            cells, middle, share
        )
    return told


def _cells(profile: ProfileTable, keys: list[Key], grids: Grids) -> tuple[Floats, Ints]:
    """The values that cells stand for, ascending, and their counts; of grids that are known."""
    middles, cells = [np.zeros(0)], [np.zeros(0, np.int64)]
    for key in keys:
        name, digits = feature_name.split(key[-1])
        if feature_name.is_frozen(key[-1]):
            schema = grids.named(digits)
            middle = None if schema is None else schema.middles(name)
        else:
            middle = grid.MIDDLE
        if middle is not None:
            middles.append(middle)
            cells.append(profile.column("grid")[profile.rows[key]].astype(np.int64))
    every = np.concatenate(middles)
    order = np.argsort(every, kind="stable")
    return every[order], np.concatenate(cells)[order]
