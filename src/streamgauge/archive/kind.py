"""What is kept: the kinds of rows, their columns, and which of two rows is the newer one."""

from typing import Any, Literal

import msgspec

# Beside the columns of its kind every row says where it stood on Kafka, and since when.
_SOURCE = {"partition": "INTEGER", "offset": "BIGINT", "appended": "TIMESTAMP", "v": "INTEGER"}
_TEXTS = "MAP(VARCHAR, VARCHAR)"
_NUMBERS = "MAP(VARCHAR, DOUBLE)"

Name = Literal[
    "predictions",
    "outcomes",
    "feedback",
    "measures",
    "aggregates",
    "signals",
    "ticks",
    "summaries",
]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the archive. `time` is the column that its day and its queries go by.

    Rows that agree in all of `same` are revisions of one thing; the first by `newest` counts.
    Times are UTC, of millisecond precision, without a zone.
    """

    name: Name
    topic: str
    about: str
    columns: dict[str, str]
    # What stands in a column whose field was left off the wire, as SQL.
    defaults: dict[str, str] = {}
    time: str = "ts"
    same: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()

    def all_columns(self) -> dict[str, str]:
        """Names to DuckDB's types, those of the source included."""
        return _SOURCE | self.columns


_MEASURE = {
    "labels": _TEXTS,
    "model": "VARCHAR",
    "series": "VARCHAR",
    "source": "VARCHAR",
    "window": "VARCHAR",
    "start": "TIMESTAMP",
    "end": "TIMESTAMP",
    "revision": "BIGINT",
    "as_of": "TIMESTAMP",
    "final": "BOOLEAN",
    "completeness": "DOUBLE",
    "values": _NUMBERS,
    "samples": "MAP(VARCHAR, BIGINT)",
}
_REVISIONS: Any = {
    "defaults": {"source": "'predictions'"},
    "time": "start",
    "same": ("series", "source", "window", "start"),
    # Closing a window changes nothing that its revision counts; the dashboard goes by the same.
    "newest": ("final", "revision", "completeness", '"offset"'),
}

_KINDS = (
    Kind(
        name="predictions",
        topic="predictions",
        about="every prediction",
        columns={
            "id": "VARCHAR",
            "ts": "TIMESTAMP",
            "model": "VARCHAR",
            "version": "VARCHAR",
            "task": "VARCHAR",
            "features": _NUMBERS,
            "features_text": _TEXTS,
            "prediction": "DOUBLE",
            "prediction_text": "VARCHAR",
            "confidence": "DOUBLE",
            "confidence_ml": "DOUBLE",
            "confidence_rule": "DOUBLE",
            "probabilities": _NUMBERS,
            "latency_ms": "DOUBLE",
            "api_latency_ms": "DOUBLE",
            "queue_ms": "DOUBLE",
            "batch_size": "BIGINT",
            "endpoint": "VARCHAR",
            "status": "VARCHAR",
            "error": "VARCHAR",
            "reason": "VARCHAR",
            "cache_hit": "BOOLEAN",
            "fallback": "BOOLEAN",
            "fallback_reason": "VARCHAR",
            "dimensions": _TEXTS,
            "user": "VARCHAR",
            "session": "VARCHAR",
            "experiment": "VARCHAR",
            "arm": "VARCHAR",
            "allocation": "BIGINT",
            "propensity": "DOUBLE",
            "text_length": "BIGINT",
            "language": "VARCHAR",
            "embedding": "DOUBLE[]",
        },
        defaults={
            "task": "'score'",
            "features": f"MAP {{}}::{_NUMBERS}",
            "status": "'ok'",
            "fallback": "false",
            "dimensions": f"MAP {{}}::{_TEXTS}",
        },
    ),
    Kind(
        name="outcomes",
        topic="outcomes",
        about="the truth about predictions; the highest `revision` of an id is the latest",
        columns={
            "id": "VARCHAR",
            "ts": "TIMESTAMP",
            "prediction_id": "VARCHAR",
            "truth": "DOUBLE",
            "truth_text": "VARCHAR",
            "model": "VARCHAR",
            "receipt": "VARCHAR",
            "reward": "DOUBLE",
            "revision": "BIGINT",
        },
        defaults={"revision": "0"},
    ),
    Kind(
        name="feedback",
        topic="feedback",
        about="what people say about predictions",
        columns={
            "id": "VARCHAR",
            "ts": "TIMESTAMP",
            "session": "VARCHAR",
            "kind": "VARCHAR",
            "rating": "INTEGER",
            "text": "VARCHAR",
            "user": "VARCHAR",
            "prediction_id": "VARCHAR",
            "model": "VARCHAR",
            "receipt": "VARCHAR",
        },
    ),
    Kind(
        name="measures",
        topic="measures",
        about="the values of windows shorter than 5 minutes",
        columns=_MEASURE,
        **_REVISIONS,
    ),
    Kind(
        name="aggregates",
        topic="measures",
        about="the values of windows of 5 minutes and more",
        columns=_MEASURE,
        **_REVISIONS,
    ),
    Kind(
        name="signals",
        topic="measures",
        about="what the detectors saw",
        columns={
            "id": "VARCHAR",
            "labels": _TEXTS,
            "model": "VARCHAR",
            "detector": "VARCHAR",
            "stream": "VARCHAR",
            "start": "TIMESTAMP",
            "end": "TIMESTAMP",
            "active": "BOOLEAN",
            "score": "DOUBLE",
            "before": "DOUBLE",
            "after": "DOUBLE",
            "samples": "BIGINT",
        },
        time="start",
    ),
    Kind(
        name="ticks",
        topic="measures",
        about="the clock of the measures, and how complete they were",
        columns={"watermark": "TIMESTAMP", "at": "TIMESTAMP", "completeness": "DOUBLE"},
        time="at",
    ),
    Kind(
        name="summaries",
        topic="summaries",
        about="the exact integers of whole days, which weeks and months are sums of",
        columns={
            "labels": _TEXTS,
            "model": "VARCHAR",
            "series": "VARCHAR",
            "source": "VARCHAR",
            "window": "VARCHAR",
            "start": "TIMESTAMP",
            "end": "TIMESTAMP",
            "count": "BIGINT",
            "total": "BLOB",
        },
        defaults={"source": "'predictions'"},
        time="start",
        same=("series", "source", "window", "start"),
        newest=("count", '"offset"'),
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
TOPICS = tuple(dict.fromkeys(kind.topic for kind in _KINDS))
