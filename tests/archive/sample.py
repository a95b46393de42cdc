"""Events for an archive, as records of Kafka."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from streamgauge.archive.manifest import Chain
from streamgauge.archive.record import Record
from streamgauge.archive.store import Store
from streamgauge.contracts.codec import encode
from streamgauge.contracts.feedback import Feedback
from streamgauge.contracts.measure import Measure
from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.settings import Archive

DAY_MS = 86_400_000
# 2026-11-20, a Friday, at midnight.
FRIDAY = (date(2026, 11, 20) - date(1970, 1, 1)).days * DAY_MS
CHAIN = Chain("predictions", "topic-id", 0)


def archive(folder: Path, **changes: Any) -> Archive:
    return Archive(folder=folder / "archive", **changes)


def prediction(number: int, **changes: Any) -> Prediction:
    fields: dict[str, Any] = {
        "id": f"p{number}",
        "ts": FRIDAY + number * 1_000,
        "model": "scan",
        "version": "1",
        "features": {"pages": float(number)},
        "prediction": number / 7,
    }
    return Prediction(**fields | changes)


def outcome(number: int, **changes: Any) -> Outcome:
    fields: dict[str, Any] = {
        "id": f"o{number}",
        "ts": FRIDAY + number * 1_000,
        "prediction_id": f"p{number}",
        "truth": float(number),
    }
    return Outcome(**fields | changes)


def feedback(number: int, **changes: Any) -> Feedback:
    fields: dict[str, Any] = {
        "id": f"f{number}",
        "ts": FRIDAY + number * 1_000,
        "session": f"s{number}",
        "kind": "suggestion",
    }
    return Feedback(**fields | changes)


def measure(start: int, revision: int, **changes: Any) -> Measure:
    fields: dict[str, Any] = {
        "labels": {"model": "scan", "version": "1"},
        "window": "1m",
        "start": start,
        "end": start + 60_000,
        "revision": revision,
        "as_of": start + revision,
        "final": False,
        "completeness": 1.0,
        "values": {"prediction_count": float(revision)},
        "samples": {"prediction_count": revision},
    }
    return Measure(**fields | changes)


def records(events: Iterable[Any], first: int = 0, appended: int | None = None) -> list[Record]:
    """Records that Kafka took when they happened, or all at one time."""
    return [
        Record(
            first + place,
            (event.ts if hasattr(event, "ts") else FRIDAY) if appended is None else appended,
            event if isinstance(event, bytes) else encode(event),
        )
        for place, event in enumerate(events)
    ]


def put(store: Store, events: Iterable[Any], topic: str = "predictions", partition: int = 0) -> int:
    """Archive events behind what is there; the next offset."""
    chain = Chain(topic, "topic-id", partition)
    end = store.ledger.state().tip(chain).end
    return store.append(chain, end, records(events, end)).end
