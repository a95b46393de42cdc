"""What the features looked like in training: the frozen reference that drift is measured by."""

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np

from streamgauge.contracts.decision import Reference
from streamgauge.models.feature import Feature, Matrix

BINS = 16


def reference(
    model: str, version: str, features: Sequence[Feature], x: Matrix, *, now: int
) -> Reference:
    """Counts of every number between its quantiles; `x` has shape (rows, features).

    k edges make k + 1 bins: up to the first edge, between two (the upper one belongs to the bin),
    above the last. Repeated quantiles fall together, so a feature with few values has few bins.
    """
    edges: dict[str, list[float]] = {}
    counts: dict[str, list[int]] = {}
    for place, feature in enumerate(features):
        if feature.kind == "number":
            column = x[:, place].astype(np.float64)
            cuts = np.unique(np.quantile(column, np.arange(1, BINS) / BINS))
            cuts = cuts[cuts < column.max()]
            bins = np.bincount(np.searchsorted(cuts, column, side="left"), minlength=len(cuts) + 1)
            edges[feature.name] = [float(cut) for cut in cuts]
            counts[feature.name] = [int(count) for count in bins]
    made = Reference(
        model=model,
        version=version,
        kind="training",
        ts=now,
        hash="",
        rows=len(x),
        edges=edges,
        counts=counts,
    )
    return msgspec.structs.replace(made, hash=content_hash(made))


def content_hash(made: Reference) -> str:
    """SHA-256 of everything but the hash and the time: the same content has the same hash."""
    bare = msgspec.structs.replace(made, hash="", ts=0)
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()
