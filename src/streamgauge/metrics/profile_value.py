"""What a profile says of the features of each series, whatever grids they were counted on."""

from functools import reduce
from itertools import compress

import numpy as np

from streamgauge.metrics import cardinality, category, feature_name, grid, profile_row
from streamgauge.metrics.cap import Key
from streamgauge.metrics.category import Counts
from streamgauge.metrics.column import Floats, Ints
from streamgauge.metrics.profile import HALF, HIGH, KNOWN, LOW, NULL, SCALE, ProfileTable
from streamgauge.metrics.profile_row import Row
from streamgauge.metrics.schema import Grids

QUANTILES = (0.05, 0.5, 0.95)
_SHARES = np.array(QUANTILES)


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
    rows = profile_row.rows({name: profile.column(name) for name in profile.columns})
    for key, keys in _features(profile).items():
        mine = [rows[profile.rows[one]] for one in keys]
        values = _values(profile, key[-1], keys, mine)
        if profile.fine and any(row.stats[KNOWN] for row in mine):
            values |= _fine(profile, key[-1], keys, grids or Grids())
        told.setdefault(key[:-1], {}).update(values)
    return told


def _features(profile: ProfileTable) -> dict[Key, list[Key]]:
    """The rows of each feature, by series and name."""
    found: dict[Key, list[Key]] = {}
    for key in sorted(profile.rows):
        found.setdefault((*key[:-1], feature_name.split(key[-1])[0]), []).append(key)
    return found


def _values(
    profile: ProfileTable, feature: str, keys: list[Key], rows: list[Row]
) -> dict[str, float]:
    """One feature of a series, from all rows that it has."""
    label = f'{{feature="{category.escape(feature)}"}}'
    stats, low, high, out = reduce(Row.add, rows)
    seen = sum(stats[:3])
    if not seen:
        return {}
    told = {f"feature_count{label}": float(seen), f"feature_null_ratio{label}": stats[NULL] / seen}
    if stats[KNOWN]:
        total = stats[HIGH] * HALF + stats[LOW]
        told[f"feature_mean{label}"] = total / SCALE / stats[KNOWN]
        told[f"feature_min{label}"] = low
        told[f"feature_max{label}"] = high
        # The share among those that are counted by a schema.
        frozen = (feature_name.is_frozen(key[-1]) for key in keys)
        if known := sum(row.stats[KNOWN] for row in compress(rows, frozen)):
            told[f"feature_out_of_range_ratio{label}"] = out / known
    counts: Counts = {}
    for key in keys:
        counts = category.merge(counts, profile.categories.get(key, {}))
    for name, count in sorted(counts.items()):
        both = f'feature="{category.escape(feature)}",category="{category.escape(name)}"'
        told[f"feature_category_ratio{{{both}}}"] = count / seen
    return told


def _fine(profile: ProfileTable, feature: str, keys: list[Key], grids: Grids) -> dict[str, float]:
    """What only hours and days know of a feature that has numbers."""
    name = category.escape(feature)
    registers = profile.column("registers")
    held = reduce(np.maximum, (registers[profile.rows[key]] for key in keys))
    told = {f'feature_cardinality{{feature="{name}"}}': cardinality.estimate(held)}
    middle, cells = _cells(profile, keys, grids)
    reached = np.cumsum(cells)
    if not len(cells) or not reached[-1]:
        return told
    ranks = np.maximum(np.ceil(_SHARES * reached[-1]), 1)
    values = middle[np.searchsorted(reached, ranks)].tolist()
    for share, value in zip(QUANTILES, values, strict=True):
        told[f'feature_value{{feature="{name}",quantile="{share}"}}'] = value
    return told


def _cells(profile: ProfileTable, keys: list[Key], grids: Grids) -> tuple[Floats, Ints]:
    """The values that cells stand for, ascending, and their counts; of grids that are known."""
    known: list[tuple[Floats, Ints]] = []
    for key in keys:
        name, digits = feature_name.split(key[-1])
        middle: Floats | None = grid.MIDDLE
        if feature_name.is_frozen(key[-1]):
            schema = grids.named(digits)
            middle = None if schema is None else schema.middles(name)
        if middle is not None:
            known.append((middle, profile.column("grid")[profile.rows[key]].astype(np.int64)))
    if len(known) == 1:
        return known[0]
    every = np.concatenate([np.zeros(0), *(middle for middle, _ in known)])
    cells = np.concatenate([np.zeros(0, np.int64), *(cells for _, cells in known)])
    order = np.argsort(every, kind="stable")
    return every[order], cells[order]
