"""Records to rows: which kind, day and model a record belongs to, and its JSON for DuckDB."""

from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from streamgauge.archive.kind import Name
from streamgauge.contracts.codec import batch_decoder, encode
from streamgauge.contracts.event import Labels
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.measure import AnyReading, Measure, Signal, Tick
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction

_AGGREGATE_MS = 5 * 60_000
_DAY = "1d"


class Record(NamedTuple):
    """A record of Kafka; `appended` is its timestamp there, in milliseconds."""

    offset: int
    appended: int
    value: bytes | None


class Row(NamedTuple):
    """One row; `body` is a JSON object of the columns that are not the source's."""

    kind: Name
    time: int
    model: str | None
    body: bytes


# A row that is not archived: of a kind that is not kept, or of somebody who was erased.
Left = Literal["ignored", "erased"]


class DaySummary(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """Of a record on `summaries` what the archive keeps; the ordered sample is not among it."""

    labels: Labels
    window: str
    start: int
    end: int
    count: int
    source: str = "predictions"
    generation: int = 0
    total: bytes = b""
    v: int = 1


Reader = tuple[Callable[..., Any], Callable[[Any], Row | None]]


def _prediction(event: Prediction) -> Row:
    texts: dict[str, Any] = {}
    numbers: dict[str, Any] = {}
    if str in map(type, event.features.values()):
        texts = {name: value for name, value in event.features.items() if type(value) is str}
        numbers["features"] = {
            name: value for name, value in event.features.items() if type(value) is not str
        }
        texts = {"features_text": texts}
    if type(event.prediction) is str:
        numbers["prediction"] = None
        texts["prediction_text"] = event.prediction
    body = encode(msgspec.structs.replace(event, **numbers) if numbers else event)
    return Row("predictions", event.ts, event.model, _joined(body, texts))


def _outcome(event: Outcome) -> Row:
    if type(event.truth) is str:
        fields = msgspec.structs.asdict(event)
        fields["v"] = 1
        fields["truth_text"] = fields.pop("truth")
        return Row("outcomes", event.ts, event.model, encode(fields))
    return Row("outcomes", event.ts, event.model, encode(event))


def _feedback(event: Feedback) -> Row:
    return Row("feedback", event.ts, event.model, encode(event))


def _reading(reading: AnyReading) -> Row:
    body = encode(reading)
    match reading:
        case Tick():
            return Row("ticks", reading.at, None, body)
        case Signal():
            model = _model(reading.labels)
            return Row("signals", reading.start, model, _joined(body, {"model": model}))
        case Measure():
            # Raw values are kept for a month, sums of minutes for a year: they lie apart.
            raw = reading.end - reading.start < _AGGREGATE_MS
            model = _model(reading.labels)
            extra = {"model": model, "series": series_of(reading.labels)}
            kind: Name = "measures" if raw else "aggregates"
            return Row(kind, reading.start, model, _joined(body, extra))


def _summary(summary: DaySummary) -> Row | None:
    if summary.window != _DAY:
        return None
    model = _model(summary.labels)
    extra = {"model": model, "series": series_of(summary.labels)}
    return Row("summaries", summary.start, model, _joined(encode(summary), extra))


READERS: dict[str, Reader] = {
    "predictions": (batch_decoder(Prediction), _prediction),
    "outcomes": (batch_decoder(Outcome), _outcome),
    "feedback": (batch_decoder(Feedback), _feedback),
    "measures": (batch_decoder(AnyReading), _reading),  # type: ignore[arg-type]  # a union is no type, and msgspec reads it
    "summaries": (batch_decoder(DaySummary), _summary),
}


def nobody(_event: Any, _appended: int) -> bool:
    """Nobody was erased."""
    return False


def rows(
    topic: str, records: list[Record], erased: Callable[[Any, int], bool] = nobody
) -> Iterator[tuple[Record, Row | Left]]:
    """Every record that can be read, with its row, or why it has none.

    Those that are left out cannot be decoded: they are on `dead-letters`.
    """
    decode, make = READERS[topic]
    read = decode([record.value for record in records])
    refused = {place for place, _ in read.rejects}
    fine = (record for place, record in enumerate(records) if place not in refused)
    for record, event in zip(fine, read.events, strict=True):
        yield record, "erased" if erased(event, record.appended) else make(event) or "ignored"


def series_of(labels: Labels) -> str:
    """One text for a set of labels, whatever their order.

    >>> series_of({"version": "1", "model": "scan"})
    '{"model":"scan","version":"1"}'
    """
    return encode(dict(sorted(labels.items()))).decode()


def _model(labels: Labels) -> str | None:
    return labels.get("model")


def _joined(body: bytes, extra: dict[str, Any]) -> bytes:
    """A JSON object, which has a field already, with more fields."""
    return body[:-1] + b"," + encode(extra)[1:] if extra else body
