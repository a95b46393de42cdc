"""What is kept: the kinds of rows, their columns, and which of two rows is the newer one."""

from typing import Any, Literal

import msgspec

from streamgauge.archive.column import NUMBERS, TEXTS, columns_of, defaults_of
from streamgauge.contracts.event import Event
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction

# Beside the columns of its kind every row says where it stood on Kafka, and since when.
_SOURCE = {"partition": "INTEGER", "offset": "BIGINT", "appended": "TIMESTAMP", "v": "INTEGER"}

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
    "labels": TEXTS,
    "model": "VARCHAR",
    "series": "VARCHAR",
    "source": "VARCHAR",
    "window": "VARCHAR",
    "start": "TIMESTAMP",
    "end": "TIMESTAMP",
    "generation": "BIGINT",
    "revision": "BIGINT",
    "as_of": "TIMESTAMP",
    "final": "BOOLEAN",
    "completeness": "DOUBLE",
    "values": NUMBERS,
    "samples": "MAP(VARCHAR, BIGINT)",
}
_REVISIONS: Any = {
    "defaults": {"source": "'predictions'", "generation": "0"},
    "time": "start",
    "same": ("series", "source", "window", "start"),
    # Closing a window changes nothing that its revision counts; the dashboard goes by the same.
    "newest": ("generation", "final", "revision", "completeness", '"offset"'),
}


def _of_event(event: type[Event], name: Name, about: str) -> Kind:
    return Kind(
        name=name,
        topic=name,
        about=about,
        columns=columns_of(event),
        defaults=defaults_of(event),
    )


_KINDS = (
    _of_event(Prediction, "predictions", "every prediction"),
    _of_event(Outcome, "outcomes", "the truth as it came; the highest `revision` is the latest"),
    _of_event(Feedback, "feedback", "what people say about predictions"),
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
            "labels": TEXTS,
            "model": "VARCHAR",
            "detector": "VARCHAR",
            "stream": "VARCHAR",
            "finding": "VARCHAR",
            "start": "TIMESTAMP",
            "end": "TIMESTAMP",
            "active": "BOOLEAN",
            "score": "DOUBLE",
            "before": "DOUBLE",
            "after": "DOUBLE",
            "samples": "BIGINT",
        },
        defaults={"finding": "'DRIFT_DETECTED'"},
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
            "labels": TEXTS,
            "model": "VARCHAR",
            "series": "VARCHAR",
            "source": "VARCHAR",
            "window": "VARCHAR",
            "start": "TIMESTAMP",
            "end": "TIMESTAMP",
            "generation": "BIGINT",
            "count": "BIGINT",
            "total": "BLOB",
        },
        defaults={"source": "'predictions'", "generation": "0"},
        time="start",
        same=("series", "source", "window", "start"),
        newest=("generation", "count", '"offset"'),
    ),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _KINDS}
TOPICS = tuple(dict.fromkeys(kind.topic for kind in _KINDS))
