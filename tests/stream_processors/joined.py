"""Outcomes and predictions that the tests of the join put together, and the join itself."""

from collections.abc import Sequence
from typing import Any

from streamgauge.contracts.outcome import Outcome
from streamgauge.contracts.prediction import Prediction
from streamgauge.contracts.receipt import Claims, Receipts
from streamgauge.join import Join
from streamgauge.metrics.label import Label, Truth
from streamgauge.stream_processors.label_join import LabelJoin
from streamgauge.stream_processors.label_store import LabelStore

NOW = 1_760_000_100_000
DESK = Receipts({"k": b"secret"})
BY_ID = Join(models=("m",))


def joined(client: Any, join: Join = BY_ID) -> LabelJoin:
    return LabelJoin(DESK, join, LabelStore(client, join))


def claims(prediction: str = "p") -> Claims:
    return Claims(
        id=prediction,
        ts=NOW - 60_000,
        model="m",
        version="7",
        prediction="cat",
        confidence=0.8,
        task="classification",
        arm="a",
        experiment="e",
        endpoint="/predict/m",
        unit="somebody",
        dimensions={"region": "eu"},
    )


def outcome(truth: Truth = "cat", *, receipt: bool = True, **fields: Any) -> Outcome:
    known: dict[str, Any] = {"id": "o", "ts": NOW, "prediction_id": "p", "truth": truth}
    known |= fields
    if receipt:
        known["receipt"] = DESK.issue(claims(known["prediction_id"]))
    return Outcome(**known)


async def ask(join: LabelJoin, outcomes: Sequence[Outcome], first: int = 0) -> list[Label]:
    offsets = range(first, first + len(outcomes))
    return (await join.resolve(outcomes, offsets, partition=0, now=NOW)).labels


def prediction(name: str, **fields: Any) -> Prediction:
    known: dict[str, Any] = {"id": name, "ts": NOW - 60_000, "model": "m", "version": "7"}
    known |= {"prediction": "cat", "confidence": 0.8, "user": "somebody", "features": {"a": 1.0}}
    return Prediction(**(known | fields))
