"""A stream of a model version and its closed windows, as the stages really close them."""

import msgspec
import numpy as np
from tests.metrics.event import MINUTE, T0, prediction
from tests.metrics.frozen import fields, grids, reference
from tests.stream_processors.partition_log import Log, Reader

from streamgauge.baseline.period import Period
from streamgauge.contracts.codec import decode, encode
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.reference import Category, Reference
from streamgauge.contracts.summary import Summary
from streamgauge.metrics.rollup import DAY, HOUR

# Seed 5.
AGES = np.random.default_rng(5).normal(40.0, 5.0, 4_000).round(2)
HELD = reference(
    {**fields(age=AGES.tolist()), "city": Category(values=["ams", "ber"])}, effective=T0
)
MADE = [
    prediction(
        number,
        at=number * 20 * MINUTE // len(AGES),
        features={"age": float(age), "city": ("ams", "ber", "rom", None)[number % 4]},
        prediction=float(age) * 2,
    )
    for number, age in enumerate(AGES)
]
EVER = Period(T0 - DAY, T0 + DAY)


def summaries(events: list[Prediction], known: Reference | None) -> list[Summary]:
    """All windows that are closed of events."""
    book = grids(*([known] if known else []))
    log, reader = Log(grids=book), Reader(grids=book)
    reader.take(log.add(events, idle=T0 + DAY + HOUR), 0.0)
    told = [decode(Summary, encode(o)) for o in reader.publish(0.0) if isinstance(o, Summary)]
    return [sampled(one, events) for one in told]


def sampled(window: Summary, events: list[Prediction]) -> Summary:
    """A window with the features of what is drawn of it."""
    of = {event.id: event.features for event in events}
    drawn = [of[name] for name in window.sample.id]
    columns = {name: [features[name] for features in drawn] for name in ("age", "city")}
    sample = msgspec.structs.replace(window.sample, features=columns if drawn else {})
    return msgspec.structs.replace(window, sample=sample)


WINDOWS = summaries(MADE, HELD)
