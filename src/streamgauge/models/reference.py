"""What the stream of a model should be like, from the rows that it was trained and judged on."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from streamgauge.baseline import training
from streamgauge.baseline.tally import Tally
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import AnyField, Reference, freeze
from streamgauge.models.feature import Feature
from streamgauge.models.target import Floats


class Held(NamedTuple):
    """The held-out rows: their places, what the model says of them, how sure it is, the truth."""

    places: Sequence[int]
    said: Floats
    confidence: Floats | None
    truth: Floats


def reference(
    model: str,
    version: str,
    features: Sequence[Feature],
    rows: Sequence[Mapping[str, Any]],
    held: Held,
    *,
    now: int,
    importances: Mapping[str, float] | None = None,
    schema: Mapping[str, AnyField] | None = None,
) -> Reference:
    """The frozen reference of a version.

    Features are counted in all rows: a model fits none of them, and more rows show smaller drifts.
    What the model says, and how far off it is, is counted in held-out rows only: it knows the
    others by heart, and would seem to get worse as soon as it serves. `schema` is that of a version
    that had one before.
    """
    sure = np.full(len(held.said), np.nan) if held.confidence is None else held.confidence
    said = {
        place: (float(value), None if np.isnan(trust) else float(trust), float(truth))
        for place, value, trust, truth in zip(held.places, held.said, sure, held.truth, strict=True)
    }
    tally = Tally()
    events = []
    for place, row in enumerate(rows):
        value, trust, _ = said.get(place, (None, None, None))
        events.append(
            Prediction(
                id=str(place),
                ts=now,
                model=model,
                version=version,
                task="regression",
                features={feature.name: row[feature.name] for feature in features},
                prediction=value,
                confidence=trust,
            )
        )
    truths = [said[place][2] if place in said else None for place in range(len(rows))]
    tally.add(events, truths)
    return training.reference(
        tally, model, version, now=now, schema=schema, importances=importances
    )


def restricted(made: Reference, fields: Collection[str]) -> Reference:
    """The same without the features that may not leave the service."""
    if made.schema.keys() <= set(fields):
        return made
    return freeze(
        msgspec.structs.replace(
            made,
            schema={name: made.schema[name] for name in made.schema if name in fields},
            features={name: made.features[name] for name in made.features if name in fields},
            importances={name: share for name, share in made.importances.items() if name in fields},
        )
    )
